// Elements. Text is only ever set as text: nothing here takes HTML.

function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value);
  }
  // A text node never becomes markup, whatever a record or a model wrote.
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const one = (id) => document.getElementById(id);
const counted = (number) => number.toLocaleString("en-US");
const plural = (number, word) => `${counted(number)} ${word}${number === 1 ? "" : "s"}`;
const known = (value) => value !== undefined && value !== null;

// A number with so many decimals, a minus that is one, and no negative zero; nothing where there is no number.
function decimal(number, decimals = 2) {
  if (!known(number)) return "";
  const text = number.toFixed(decimals);
  return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

const signed = (number, decimals = 2) => {
  const text = decimal(number, decimals);
  return /^[^−]*[1-9]/.test(text) ? `+${text}` : text;
};
const between = (interval, write = decimal) => (known(interval) ? `${write(interval.low)} to ${write(interval.high)}` : "");
const pValue = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));
const percent = (share) => `${(share * 100).toFixed(1)} %`;

function time(ms) {
  if (!known(ms)) return "";
  if (ms < 99.5) return `${ms.toFixed(0)} ms`;
  if (ms < 59950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} min`;
}

// How records stand, the most urgent first.
const STATUSES = {
  differs: "differs",
  failed: "fails",
  unscored: "no score",
  undecided: "undecided",
  passed: "passes",
  same: "agrees",
};
const WHOLE = {
  differs: "The verdict is not the label",
  failed: "The score is below the pass mark; there is no label",
  unscored: "There is no score",
  undecided: "The verdict decides nothing; there is no label",
  passed: "The score reaches the pass mark; there is no label",
  same: "The verdict is the label",
};
// What became of records since their scores were locked, the worst first.
const GOLDEN = {
  worse: "worse", newly_unscored: "score lost", flipped: "flipped", flaky: "flaky", better: "better", newly_scored: "score gained",
  not_recorded: "not recorded", new_record: "new", missing_record: "missing", same: "same",
};

const tone = (state) => (state === "same" ? "is-golden-same" : `is-${state}`);
const pill = (status) => el("span", { class: `pill is-${status}`, title: WHOLE[status] }, STATUSES[status]);
const goldenPill = (state) => el("span", { class: `pill ${tone(state)}` }, GOLDEN[state]);
