// The page on which people label: one record at a time beside the rubric, by the keyboard or by hand. Nothing is shown
// before the server has the label before it on disk.

const decides = report.mode === "adjudicate";
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];
let shown = null;
let busy = false;

const key = (name) => el("kbd", {}, name);
const written = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const told = await response.json();
  if (!response.ok && response.status !== 409) throw new Error(told.error ?? response.statusText);
  return told;
}

// One thing at a time: a key that is pressed twice gives one label.
async function act(path, body) {
  if (busy) return;
  busy = true;
  one("page").setAttribute("aria-busy", "true");
  try {
    show(await ask(path, body));
  } catch (error) {
    one("trouble").textContent = `Not saved: ${error.message}. Is evenhand label still running?`;
    one("trouble").hidden = false;
  } finally {
    busy = false;
    one("page").removeAttribute("aria-busy");
  }
}

const remark = () => one("remark");
const give = (label) => shown && act("/label", { id: shown.id, label, remark: remark().value });
const undo = () => !one("undo").disabled && act("/undo", {});

function input({ name, value }) {
  const about = report.rubric.inputs.find(([known]) => known === name)?.[1];
  return el("section", { class: "label-input" },
    el("h3", {}, name, about && el("small", { class: "soft" }, ` ${about}`)),
    el("div", { class: "label-text" }, written(value)));
}

const AGAIN = {
  rubric: "You labelled this record by an earlier rubric. Please label it by the rubric as it is now.",
  record: "This record has changed since you labelled it. Please label it again.",
};

function said({ by, label, remark: why }) {
  return el("li", {}, el("b", {}, by), `: ${label}`, why && el("span", { class: "soft" }, ` (${why})`));
}

function show(state) {
  shown = state.record;
  one("trouble").hidden = !known(state.error);
  one("trouble").textContent = state.error ?? "";
  one("undo").disabled = !state.undo;
  one("progress").textContent = `${counted(state.done)} of ${counted(state.asked)}`;
  one("done").max = Math.max(state.asked, 1);
  one("done").value = state.done;
  remark().value = "";
  for (const button of document.querySelectorAll("#answers button")) button.disabled = !shown;
  if (!shown) {
    const nothing = decides ? "Nothing is left to decide." : "All done. Thank you.";
    fill("record", el("h1", {}, nothing), el("p", { class: "lede" }, "You may close this page, and end the command with Ctrl-C."));
    return;
  }
  fill("record",
    el("h1", { class: "label-id" }, shown.id),
    known(shown.again) && el("p", { class: "label-again" }, AGAIN[shown.again]),
    shown.said?.length > 0 && el("div", { class: "card" }, el("h2", {}, "What people say"), el("ul", { id: "said" }, shown.said.map(said))),
    shown.inputs.map(input),
    shown.run && transcript(shown.run));
  scrollTo(0, 0);
  document.activeElement?.blur();
}

// A title, a note beside it, and content, as a transcript wants it.
function part(title, note, ...content) {
  return el("section", { class: "label-input" }, el("h3", {}, title, known(note) && el("small", { class: "soft" }, ` ${note}`)), content);
}
const asText = written;

function meaning({ label, meaning: text }) {
  return [el("dt", {}, label), el("dd", {}, text ?? "")];
}

function criterion({ name, description, levels }) {
  return el("div", { class: "label-criterion" }, el("h3", {}, name), el("p", {}, description),
    levels.length > 0 && el("dl", { class: "facts" }, levels.map(meaning)));
}

function answers() {
  const { labels, bounds } = report.rubric;
  const made = labels.map(({ label, meaning: text }, place) => el("button", { type: "button", "data-label": label, onclick: () => give(label) },
    place < KEYS.length && labels.length <= KEYS.length && key(KEYS[place]), " ", el("b", {}, label), text && el("span", { class: "soft" }, ` ${text}`)));
  if (bounds) {
    const number = el("input", { type: "number", id: "number", min: bounds[0], max: bounds[1], step: "any", "aria-label": `From ${bounds[0]} to ${bounds[1]}` });
    made.push(el("form", { onsubmit: (event) => { event.preventDefault(); if (number.value !== "") { give(number.value); number.value = ""; } } }, number, el("button", {}, "Keep")));
  }
  made.push(el("button", { type: "button", "data-cannot": true, onclick: () => give(null) }, key("x"), " cannot tell"));
  return made;
}

one("suites").append(el("span", { class: "soft" }, `${report.suite}, ${report.person}${decides ? ", decides" : ""}`));
one("page").append(el("div", { class: "label-columns" },
  el("div", {}, el("p", { id: "trouble", class: "warn", role: "alert", hidden: true }), el("section", { id: "record", "aria-label": "Record", "aria-live": "polite" })),
  el("aside", { class: "label-side" },
    el("div", { class: "card label-answers" },
      el("p", { class: "soft" }, el("span", { id: "progress" }), " ", el("progress", { id: "done", "aria-label": "Progress" })),
      report.rubric.verdict && el("p", {}, report.rubric.verdict),
      el("div", { id: "answers", role: "group", "aria-label": "Labels" }, answers()),
      el("label", { class: "soft" }, "Remark ", key("r"), el("textarea", { id: "remark", rows: 2 })),
      el("button", { type: "button", id: "undo", class: "quiet", onclick: undo }, key("u"), " undo")),
    el("details", { class: "card label-rubric", open: matchMedia("(min-width: 900px)").matches },
      el("summary", {}, "What is asked"),
      report.rubric.instructions.map((text) => el("p", { class: "label-text" }, text)),
      report.rubric.criteria.map(criterion),
      el("p", { class: "soft" }, `rubric ${report.rubric.version}`)))));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const { labels } = report.rubric;
  const place = labels.length <= KEYS.length ? KEYS.indexOf(event.key) : -1;
  const does = { x: () => give(null), u: undo, r: () => remark().focus() }[event.key]
    ?? (place >= 0 && place < labels.length ? () => give(labels[place].label) : null);
  if (!does) return;
  event.preventDefault();
  does();
});

act("/next");
