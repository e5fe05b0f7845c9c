// What an agent did: its steps by their numbers, calls folded, and the whole as it was logged.

const LINE = 90;
const cut = (text) => (text.length > LINE ? `${text.slice(0, LINE)}…` : text).replaceAll(/\s+/g, " ");
const compact = (value) => (typeof value === "string" ? value : JSON.stringify(value));

// Folded content is made when it is opened for the first time.
function folded(attributes, summary, content) {
  const made = el("details", attributes, el("summary", {}, summary));
  made.addEventListener("toggle", () => made.append(...[content()].flat(Infinity).filter(Boolean)), { once: true });
  return made;
}

function call({ name, arguments: given, malformed, result, error }) {
  const returned = result === null ? "no result" : cut(compact(result));
  return folded({ class: error ? "step-call is-failed" : "step-call" },
    [el("b", {}, name), " ", el("code", {}, cut(compact(given))), el("span", { class: error ? "warn returned" : "soft returned" }, error ? ` → error: ${returned}` : ` → ${returned}`)],
    () => [
      el("p", { class: "role" }, malformed ? "arguments, which are not JSON" : "arguments"), el("pre", {}, asText(given)),
      result !== null && [el("p", { class: "role" }, error ? "error" : "result"), el("pre", {}, asText(result))],
    ]);
}

function step({ number, event }) {
  const [kind, told] = Object.entries(event)[0];
  const content = {
    said: () => el("p", {}, told),
    called: () => call(told),
    heard: () => (told.text.length > 400 ? folded({}, `${told.role}: ${cut(told.text)}`, () => el("pre", {}, told.text)) : el("p", {}, el("span", { class: "soft" }, `${told.role}: `), told.text)),
  }[kind]();
  return el("li", {}, el("span", { class: "step-number" }, known(number) ? `${number}.` : ""), content);
}

function transcript({ steps, answer, raw }) {
  const numbered = steps.filter((one) => known(one.number)).length;
  return part("What the agent did", plural(numbered, "step"), el("ol", { class: "steps" },
    steps.map(step),
    el("li", { class: "answer" }, el("span", { class: "step-number" }), el("p", {}, el("span", { class: "soft" }, "final answer: "), answer ?? "none in words"))),
  folded({}, "The run as it was logged, JSON", () => el("pre", {}, JSON.stringify(raw, null, 2))));
}
