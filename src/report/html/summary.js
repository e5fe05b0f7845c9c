// The head of the page: what came of the run, the answer first.

function summary(suite) {
  const ended = suite.ended === "complete" ? null : el("b", { class: "warn" }, ` The run is ${suite.ended.replace("_", " ")}.`);
  const by = suite.reading === "exact" ? "no model is asked" : [el("span", {}, "judged by "), el("b", {}, suite.model), `, read ${suite.reading}`];
  one("summary").replaceChildren(
    el("p", { class: "about" }, suite.suite),
    el("h1", {}, conclusion(suite)),
    ...(suite.conclusion ? [el("p", { class: "statement" }, `${answered(suite)[1]}.`)] : []),
    el("p", { class: "statement" }, `${plural(suite.settled, "record")}: ${standing(suite).map(([status, count]) => `${counted(count)} ${TOLD[status]}`).join(", ")}.`),
    el("p", { class: "lede" }, `${suite.signature}, `, by, `. ${suite.run}.`, ended),
    el("div", { class: "columns" },
      el("div", {}, el("table", { class: "figures" }, el("tbody", {}, suite.figures.map(figureRow)))),
      el("div", {}, composition(suite), took(suite), unscored(suite))));
}

const TOLD = {
  differs: "with a verdict that is not the label", failed: "below the pass mark", unscored: "without a score",
  undecided: "with a verdict that decides nothing", passed: "that pass", same: "with the label as verdict",
};
const CONCLUSIONS = { pass: "passed", improvement: "passed", regression: "failed", inconclusive: "undecided", "inconclusive, let pass": "undecided", "not recorded": "unscored", "too many unscored": "unscored" };

// What followed from a check; else the first figure.
function conclusion(suite) {
  if (suite.conclusion) {
    const tone = CONCLUSIONS[suite.conclusion] ?? "failed";
    return el("span", { class: `pill is-${tone}` }, answered(suite)[0]);
  }
  const [first] = suite.figures;
  if (!first) return suite.suite;
  return [`${first.title[0].toUpperCase()}${first.title.slice(1)} `, el("span", { class: "whole" }, written(first)), known(first.low) && el("small", {}, ` ${written(first, "low")} to ${written(first, "high")}`)];
}

// The answer in a word, and what it says more: `FAILED. 6 of 10 passed`.
function answered(suite) {
  const end = suite.answer.indexOf(". ");
  const word = suite.answer.slice(0, end);
  return [word[0] + word.slice(1).toLowerCase(), suite.answer.slice(end + 2)];
}

const written = (figure, what = "value") => (!known(figure[what]) ? "undefined" : figure.form === "share" ? percent(figure[what]) : decimal(figure[what]));

function figureRow(figure) {
  const share = figure.form === "share";
  const between = figure.low === undefined ? "" : share
    ? `${(figure.low * 100).toFixed(1)} to ${(figure.high * 100).toFixed(1)} %` : `${decimal(figure.low)} to ${decimal(figure.high)}`;
  const n = figure.n === undefined ? "" : figure.count === undefined ? `n ${counted(figure.n)}` : `${counted(figure.count)} of ${counted(figure.n)}`;
  return el("tr", {},
    el("th", { scope: "row" }, explained(figure.title)),
    el("td", { class: "value" }, written(figure)),
    el("td", { class: "bar" }, bar(figure)),
    el("td", { class: "between", "aria-label": figure.level ? `${figure.level * 100} % interval: ${between}` : null }, between),
    el("td", { class: "n" }, n));
}

function standing(suite) {
  const counts = {};
  for (const row of suite.rows) counts[row.status] = (counts[row.status] ?? 0) + 1;
  return Object.keys(STATUSES).filter((status) => counts[status]).map((status) => [status, counts[status]]);
}

function composition(suite) {
  const all = standing(suite);
  const parts = all.map(([status, count]) => {
    const piece = el("i", { class: `fill is-${status}`, title: `${WHOLE[status]}: ${counted(count)}` });
    piece.style.flexGrow = count;
    return piece;
  });
  return [el("h2", {}, "How the records stand"), el("div", { class: "composition", "aria-hidden": "true" }, parts),
    el("dl", { class: "facts" }, all.map(([status, count]) => [el("dt", {}, pill(status)), el("dd", {}, counted(count), el("span", { class: "soft" }, `  ${WHOLE[status]}`))]),
      suite.left_out.pending > 0 && [el("dt", {}, "not judged yet"), el("dd", {}, counted(suite.left_out.pending))],
      suite.left_out.lines > 0 && [el("dt", {}, "lines left out"), el("dd", {}, counted(suite.left_out.lines))])];
}

function took(suite) {
  const took = suite.took;
  const more = [[took.cached_calls, "from the cache"], [took.asked_again, "asked again"], [took.invalid, "invalid answers"], [took.repaired, "repaired"], [took.failed_calls, "failed"]]
    .filter(([number]) => number > 0).map(([number, what]) => `, ${counted(number)} ${what}`);
  const model = (one) => [one.model, [`${counted(one.calls)} calls`, one.failed_calls > 0 && `${counted(one.failed_calls)} failed`,
    `${counted(one.prompt_tokens)} + ${counted(one.completion_tokens)} tokens`, one.cost_usd > 0 && `$${one.cost_usd.toFixed(4)}`,
    one.p50_ms !== undefined && `a call: median ${time(one.p50_ms)}`].filter(Boolean).join(", ")];
  return el("div", {}, el("p", { class: "role" }, "Cost and time"), facts([
    ...(took.models ?? []).map(model),
    ["Calls", took.calls > 0 ? `${counted(took.calls)}${more.join("")}` : ""],
    ["Tokens", took.prompt_tokens > 0 ? `${counted(took.prompt_tokens)} in prompts, ${counted(took.completion_tokens)} in answers` : ""],
    ["Cost", took.cost_usd > 0 ? `$${took.cost_usd.toFixed(4)}` : ""],
    ["Time", `${time(took.wall_s * 1000)}${took.p50_ms === undefined ? "" : `; a record: median ${time(took.p50_ms)}, 95th percentile ${time(took.p95_ms)}`}`],
  ]));
}

function unscored(suite) {
  return suite.unscored.length > 0 && el("ul", { class: "reasons-list" }, suite.unscored.map((reason) =>
    el("li", {}, el("b", {}, `${counted(reason.count)} without a score, ${reason.reason}`), `: ${reason.example}`)));
}

function golden(suite) {
  const place = one("golden");
  const gates = suite.gates ?? [];
  place.hidden = !suite.golden && gates.length === 0;
  place.replaceChildren(...[suite.golden && goldenCard(suite), gates.length > 0 && gateCard(gates)].filter(Boolean));
}

function juryCard(jury) {
  const share = (value) => (value === undefined ? "" : `${(100 * value).toFixed(1)} %`);
  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;
  const note = `${jury.rule.replaceAll("_", " ")} of ${jury.members.length}: ${counted(jury.verdicts)} verdicts, ${counted(jury.ties)} tied${jury.saved_votes > 0 ? `, ${counted(jury.saved_votes)} votes not needed` : ""}${jury.alpha === undefined ? "" : `; Krippendorff's α of the members ${jury.alpha.toFixed(2)}`}.`;
  return tableCard(`The jury ${jury.judge}`, note, ["member", "votes", "right", "the jury is better by", "95 %", "verdicts that stay without it"],
    jury.members.map((one) => [one.member, counted(one.voted), share(one.accuracy), one.jury_gains === undefined ? "" : `${signed(one.jury_gains)} points`,
      one.interval ? one.interval.map(signed).join(" to ") : "", share(one.same_without)]));
}

function cascadeCard({ judge, stages, abstains, cost_usd: cost, last_alone_usd: alone, saved, promise }) {
  const share = (part, of, interval) => (of > 0 ? `${((100 * part) / of).toFixed(1)} % (${counted(part)} of ${counted(of)}${interval ? `, 95 % ${interval.map((end) => (100 * end).toFixed(1)).join(" to ")} %` : ""})` : "");
  const last = stages.at(-1).stage;
  const notes = [
    abstains > 0 && `On ${plural(abstains, "record")} nobody is sure enough.`,
    known(saved) && `It ${saved < 0 ? "costs" : "saves"} ${Math.abs(100 * saved).toFixed(1)} % ${saved < 0 ? "more than" : "of"} ${last} alone: $${cost.toFixed(4)} for about $${alone.toFixed(4)}.`,
    promise ? `The promise: ${promise}.` : "The thresholds are those of evenhand.toml: nothing is guaranteed.",
  ].filter(Boolean);
  return tableCard(`The cascade ${judge}`, notes.join(" "), ["stage", "stands", "right", "cost"], stages.map((one) =>
    [one.stage, share(one.stands, one.reached, one.stands_interval), share(one.right, one.labelled, one.right_interval), known(one.cost_usd) ? `$${one.cost_usd.toFixed(4)}` : ""]));
}

function roleCard(roles) {
  const share = (part, of) => (of > 0 ? `${((100 * part) / of).toFixed(1)} % (${counted(part)} of ${counted(of)})` : "");
  return tableCard("Routes", "What each role did: the records that it answered, its accuracy on labels, and what its calls took.",
    ["role", "answered", "failed", "accuracy", "a call, median", "cost"],
    roles.map((one) => [one.judge === undefined ? one.role : `${one.judge}: ${one.role}`, share(one.answered, one.records), counted(one.failed),
      one.accuracy === undefined ? "" : `${(100 * one.accuracy).toFixed(1)} % of ${counted(one.labelled)}`,
      one.p50_ms === undefined ? "" : time(one.p50_ms), one.cost_usd === undefined ? "" : `$${one.cost_usd.toFixed(4)}`]));
}

function gateCard(gates) {
  const number = (value) => (value === undefined ? "" : String(Number(value.toPrecision(4))));
  return tableCard("Gates", "What the suite must reach, whatever was before.", ["gate", "bound", "value", "interval", "verdict"],
    gates.map((gate) => [gate.gate, number(gate.bound), number(gate.value), gate.low === undefined ? "" : `${number(gate.low)} to ${number(gate.high)}`,
      el("span", { class: `pill ${{ holds: "is-same", fails: "is-differs" }[gate.verdict] ?? "is-undecided"}`, title: gate.why }, gate.verdict === "holds" ? "passes" : gate.verdict)]));
}

function goldenCard(suite) {
  return el("div", { class: "card" },
    el("h2", {}, explained("Compared with the golden file:"), " ", el("span", { class: `pill ${VERDICTS[suite.golden.verdict] ?? "is-undecided"}` }, suite.golden.verdict)),
    el("p", {}, `Locked from ${suite.golden.golden_model}.`, suite.golden.subject.length > 0 ? ` Changed since: ${suite.golden.subject.join(", ")}.` : ""),
    el("div", { class: "columns" }, measures(suite.golden.measures), becameWhat(suite.golden)));
}

const VERDICTS = { regression: "is-differs", "rule broken": "is-differs", inconclusive: "is-undecided", pass: "is-same", improvement: "is-better" };

function measures(all) {
  const signed = (number) => (number === undefined ? "" : `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`);
  const mean = (number) => (number === undefined ? "" : number.toFixed(3));
  const names = ["part", "golden", "now", "difference", "interval", "n", "verdict"];
  const rows = all.map((one) => [one.name, mean(one.golden), mean(one.now), signed(one.difference),
    el("span", { title: one.level ? `at ${(one.level * 100).toFixed(1)} %` : null }, one.low === undefined ? "" : `${signed(one.low)} to ${signed(one.high)}`),
    counted(one.n), el("span", { class: `pill ${VERDICTS[one.verdict] ?? "is-undecided"}` }, one.verdict)]);
  return tablePlace(names, rows);
}

function becameWhat(golden) {
  const missing = golden.missing ?? [];
  return el("div", {},
    el("dl", { class: "facts" }, golden.counts.map(({ state, count }) => [el("dt", {}, goldenPill(state)), el("dd", {}, plural(count, "record"))])),
    missing.length > 0 && el("p", {}, `Not judged now: ${missing.slice(0, 12).join(", ")}${missing.length > 12 ? ", …" : ""}`));
}

function plots(suite, choose) {
  const interval = (figure) => (figure.low === undefined ? "" : figure.form === "share"
    ? `${(figure.low * 100).toFixed(0)} to ${(figure.high * 100).toFixed(0)} %` : `${decimal(figure.low)} to ${decimal(figure.high)}`);
  const parts = (suite.parts ?? []).map((figure) => [figure.title, written(figure), interval(figure), counted(figure.n ?? 0)]);
  const groups = (suite.groups ?? []).map((group) => {
    const first = group.figures[0];
    return first ? [group.name, written(first), interval(first), counted(first.n ?? 0)] : [group.name, "no labels", "", ""];
  });
  const tables = [
    suite.confusion && confusion(suite.confusion, choose),
    parts.length > 0 && tableCard("Parts of the score", "Checks by how often they pass, judges and criteria by their mean.", ["part", "value", "95 %", "n"], parts),
    ...(suite.juries ?? []).map(juryCard),
    ...(suite.cascades ?? []).map(cascadeCard),
    (suite.roles ?? []).length > 0 && roleCard(suite.roles),
    groups.length > 0 && tableCard("Groups", "The first figure of each tag or field.", ["group", "value", "95 %", "n"], groups),
  ].filter(Boolean);
  one("plots").replaceChildren(...[
    suite.golden && oldAndNew(suite),
    suite.histogram?.length > 0 && histogram(suite),
    suite.reliability && reliability(suite.reliability, "How often the judge is right when it is so sure", "confidence", "share of right verdicts"),
    tables.length > 0 && el("div", { class: "stack" }, tables),
  ].filter(Boolean));
}
