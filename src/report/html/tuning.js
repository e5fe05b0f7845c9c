// The page of a tuning: the verdict first, then what was tried over calls and tokens, every candidate, and the winner's prompt.

const { page, advice, objective, order, difference: changes } = report;
const { standings, test } = page;
const winner = page.best > 0 ? standings[page.best] : undefined;
const dash = (text) => text || "–";

function statement() {
  const of = (place) => undefinedOr(standings[place]?.objective);
  if (!winner) {
    const tested = test ? `, and ${undefinedOr(test.baseline)} on the test part` : "";
    return `The baseline's ${objective} is ${of(0)} on the validation part${tested}.`;
  }
  const tested = test && ` On ${counted(test.compared)} test records, which no choice depended on, it is ${undefinedOr(test.winner)} instead of `
    + `${undefinedOr(test.baseline)}: a difference of ${undefinedOr(test.difference, signed)}${test.interval ? ` (95 % ${between(test.interval, signed)}, paired)` : ""}.`;
  return `“${winner.candidate.origin}” had the highest ${objective} on the validation part, ${of(page.best)} against the baseline's ${of(0)}.${tested ?? ""}`;
}

function undefinedOr(number, write = decimal) {
  return known(number) ? write(number) : "undefined";
}

const points = (share, interval) => `${signed(100 * share, 1)} points${interval ? ` (95 % ${between(interval, (end) => signed(100 * end, 1))})` : ""}`;

function head() {
  const { low, high } = test?.interval ?? {};
  const models = [page.model, ...(page.also_for ?? [])].flatMap((name, index) => [index > 0 && " and ", el("b", {}, name)]);
  return answer({
    about: `${page.suite}, tuned`, tone: report.tone, headline: report.headline, statement: statement(),
    plot: winner && test && difference({ value: test.difference, low, high,
      label: `Winner less baseline on the test part: ${undefinedOr(test.difference, signed)}`, below: `${objective} of the winner less the baseline's, test part` }),
    lede: ["Signature ", el("b", {}, page.signature), ", tuned by ", el("b", {}, page.optimizer), ` (seed ${page.seed}) for ${objective}, judged by `, models, `, read ${page.reading}`],
  });
}

function parts() {
  const words = ["to learn from (training)", "to compare on (validation)", "to test on: judged once, at the end"];
  return el("div", { class: "parts" }, page.parts.map((number, index) =>
    el("div", { class: "part" }, el("b", {}, counted(number)), el("span", {}, `records ${words[index]}`))));
}

function spending() {
  if (!page.spent) return null;
  const row = (name, spent) => [name, counted(spent.calls), ...[spent.prompt_tokens, spent.completion_tokens].map((tokens) => dash(known(tokens) && counted(tokens))),
    dash(known(spent.cost_usd) && `$${spent.cost_usd.toFixed(4)}`), dash(known(spent.seconds) && time(spent.seconds * 1000))];
  const when = ["before the start", "once the baseline was judged"];
  return tablePlace(["", "calls", "tokens in prompts", "in answers", "cost", "time"],
    [...(page.expected ?? []).map((spent, index) => row(`expected ${when[index]}`, spent)), row("spent, with the test", page.spent)]);
}

function threshold() {
  const figures = test?.threshold;
  if (!figures) return null;
  const row = (name) => [name, decimal(figures[`${name}_at`]), undefinedOr(figures[`${name}_before`]), undefinedOr(figures[`${name}_after`])];
  const together = known(figures.hits) ? ` With it right verdicts change by ${points(figures.hits, figures.hits_interval)}, compared with the baseline's verdicts as they are.` : "";
  return card("The threshold", ["Placed on the validation part, its effect on the test part.", together],
  tablePlace(["", "passes from", "κ as it is", "κ from there on"], [row("baseline"), winner && row("winner")].filter(Boolean)));
}

// How each of several target models did.
function models() {
  if (!page.also_for?.length) return null;
  const row = (name, place) => {
    const [before, after, tested] = [standings[0]?.models?.[place], winner?.models?.[place], test?.models?.[place]];
    const shown = after ?? before;
    const placed = tested?.threshold && (winner
      ? `${decimal(tested.threshold.winner_at)}: κ ${undefinedOr(tested.threshold.winner_after)}` : `${decimal(tested.threshold.baseline_at)}: κ ${undefinedOr(tested.threshold.baseline_after)}`);
    return [name, after && undefinedOr(after.objective), before && undefinedOr(before.objective), winner && tested && undefinedOr(tested.winner),
      tested && undefinedOr(tested.baseline), known(tested?.hits) && points(tested.hits, tested.hits_interval), placed, decimal(shown?.prompt_tokens, 0), shown && String(shown.invalid)].map(dash);
  };
  return tableCard("Each model", `The ${objective} of the winner and of the baseline; what decides is the mean over the models. Tokens and invalid answers are those of the winner, or of the baseline where it stays, on the validation part.`,
    ["", "validation: winner", "baseline", "test: winner", "baseline", "right verdicts on the test part", "passes from, and κ from there on", "tokens", "invalid"],
    [page.model, ...page.also_for].map(row));
}

const kind = (place) => (place === 0 ? "baseline" : place === page.best ? "winner" : "candidate");

// The objective of each candidate that finished, and the best so far, over the calls; nothing where no calls were noted.
function overCalls() {
  const noted = standings.map((standing, place) => ({ place, ...standing })).filter((one) => one.calls_so_far > 0);
  const finished = noted.filter((one) => known(one.objective)).sort((a, b) => a.calls_so_far - b.calls_so_far || a.place - b.place);
  const y = axis(finished.flatMap(({ objective: value, interval }) => [value, interval?.low ?? value, interval?.high ?? value]));
  if (!y) return null;
  const best = [];
  for (const one of finished) if (known(one.worth) && (best.length === 0 || one.worth > best.at(-1).worth)) best.push(one);
  const x = axis([0, page.calls]);
  const label = `${objective} on the validation part over ${counted(page.calls)} calls: baseline ${undefinedOr(standings[0]?.objective)}, best ${undefinedOr(standings[page.best]?.objective)}`;
  return card("Objective over calls", "Each candidate that judged every validation record, at the call that completed it, with its 95 % interval. Strokes below are candidates that dropped out.",
    plot({ x, y, label, below: "calls spent", beside: `${objective} on the validation part` }, (across, up) => [
      noted.filter((one) => one.fate !== "running").map((one) => svg("path", { class: "dropped", d: `M${across(one.calls_so_far)} 230v-9` },
        svg("title", {}, `${one.place}: ${one.candidate.origin}, dropped after ${one.judged} records`))),
      finished.filter((one) => one.interval).map((one) => svg("path", { class: "spread", d: `M${across(one.calls_so_far)} ${up(one.interval.low)}V${up(one.interval.high)}` })),
      svg("path", { class: "best", d: `${steps(best.map((one) => [across(one.calls_so_far), up(one.objective)]))}H${across(page.calls)}` }),
      finished.map((one) => svg("circle", { class: kind(one.place), cx: across(one.calls_so_far), cy: up(one.objective), r: 5 },
        svg("title", {}, `${one.place}: ${one.candidate.origin}, ${objective} ${decimal(one.objective)} after ${one.calls_so_far} calls`))),
    ]),
    marksLegend([["best", "best so far", true], ["baseline", "baseline"], ["winner", "winner"], ["candidate", "judged every record"], ["dropped", "dropped", true]]));
}

// Through these points: sideways first, then up or down.
const steps = (all) => all.map(([x, y], index) => (index === 0 ? `M${x} ${y}` : `H${x}V${y}`)).join("");

// Those that no other equals with fewer tokens, or beats with as many; the shortest prompt first.
function front(judged) {
  const inOrder = [...judged].sort((a, b) => a.prompt_tokens - b.prompt_tokens || b.objective - a.objective || a.place - b.place);
  let best = -Infinity;
  return inOrder.filter((one) => one.objective > best && ((best = one.objective), true));
}

// Quality against tokens; nothing where the server counted none.
function againstTokens() {
  const judged = standings.map((standing, place) => ({ place, ...standing })).filter((one) => known(one.prompt_tokens) && known(one.objective));
  const [x, y] = [axis(judged.map((one) => one.prompt_tokens)), axis(judged.map((one) => one.objective))];
  if (!x) return null;
  const best = front(judged);
  const words = best.map((one) => `candidate ${one.place}: ${decimal(one.objective)} with ${decimal(one.prompt_tokens, 0)}`);
  return card("Quality against tokens", "On the front is who no other candidate beats without a longer prompt. The numbers are those of the table.",
    plot({ x, y, label: `${objective} against prompt tokens; on the front: ${words.join(", ")}`, below: "tokens of a prompt, on average", beside: `${objective} on the validation part` }, (across, up) => [
      svg("path", { class: "front", d: steps(best.map((one) => [across(one.prompt_tokens), up(one.objective)])) }),
      judged.map((one) => svg("circle", { class: kind(one.place) === "candidate" && best.includes(one) ? "on-front" : kind(one.place), cx: across(one.prompt_tokens), cy: up(one.objective), r: 5 },
        svg("title", {}, `${one.place}: ${one.candidate.origin}, ${objective} ${decimal(one.objective)} with ${decimal(one.prompt_tokens, 0)} tokens`))),
      best.map((one) => svg("text", { class: "name", x: across(one.prompt_tokens) + 8, y: up(one.objective) - 6 }, String(one.place))),
    ]),
    marksLegend([["front", "front", true], ["on-front", "on the front"], ["baseline", "baseline"], ["winner", "winner"], ["candidate", "another is better and no longer"]]));
}

function fate(place, { fate: ended, objective: value }) {
  if (ended.beaten) return `dropped: worse than candidate ${ended.beaten.by}`;
  if (ended === "cut") return "cut: no calls left for it";
  if (kind(place) !== "candidate") return kind(place);
  return known(value) ? "judged every record" : "not finished";
}

function candidates() {
  const row = (place) => {
    const one = standings[place];
    const told = one.candidate.instruction;
    const what = [one.candidate.origin, known(told) && el("details", {}, el("summary", {}, "its instruction"), el("pre", {}, told))];
    return [String(place), what, fate(place, one), dash(decimal(one.objective)), between(one.interval), dash(decimal(one.mean_loss, 3)),
      dash(decimal(one.prompt_tokens, 0)), String(one.demos), counted(one.judged), counted(one.calls), String(one.invalid)];
  };
  return tableCard("Candidates", `Best first. ${standings.filter((one) => known(one.objective)).length} judged every one of the ${counted(page.parts[1])} validation records; tokens are a prompt's, on average, as the server counted them.`,
    ["#", "what", "fate", objective, "95 %", "mean loss", "tokens", "demos", "judged", "calls", "invalid"], order.map(row),
    order.map((place) => (place === page.best ? { class: "chosen" } : {})));
}

// What changed in the prompt, line by line.
function prompt() {
  if (!winner) return null;
  const [more, less] = page.lines;
  const line = (text) => el("span", { class: { "+": "more", "-": "less" }[text[0]] }, `${text}\n`);
  return card("The winner's prompt",
    `What changed in the part that is the same for every record: ${known(winner.candidate.instruction) ? "another instruction" : "the same instruction"}, ${plural(winner.demos, "demo")}, ${plural(more, "line")} more, ${counted(less)} less.`,
    known(changes) ? el("pre", {}, changes.trimEnd().split("\n").map(line)) : el("p", {}, "It is not in the tuning's folder."));
}

sections({ summary: "Verdict", plots: "Plots", candidates: "Candidates", prompt: "The winner's prompt" });
fill("summary", head(), advised(advice), parts(),
  el("div", { class: "columns" },
    el("div", { class: "stack" }, facts([
      ["tried", `${plural(standings.length - 1, "candidate")} and the baseline`],
      ["calls", `${counted(page.calls)} for the search`],
      ["saved", page.saved > 0 ? `${counted(page.saved)} calls, by dropping early what was beaten` : ""],
      ["end", page.end === "out_of_calls" ? "the calls were used up before every candidate was tried" : ""],
      ["penalty", page.token_penalty > 0 ? `${page.token_penalty} for a thousand tokens of prompt` : ""],
      ["right verdicts", winner && known(test?.hits) ? points(test.hits, test.hits_interval) : ""],
      ["p-value", winner && known(test?.p_value) ? `${pValue(test.p_value)} for the mean difference in loss (paired permutation)` : ""],
    ]), spending()),
    el("div", { class: "stack" }, threshold())),
  models());
fill("plots", overCalls(), againstTokens());
fill("candidates", candidates());
fill("prompt", prompt());
