// One record, whole.

function part(title, note, ...content) {
  const shown = content.flat(2).filter(Boolean);
  if (shown.length === 0) return null;
  return el("section", {}, el("h3", {}, title, note && el("small", {}, note)), shown);
}

const bullets = (items) => items.length > 0 && el("ul", { class: "plain" }, items.map((item) => el("li", {}, item)));

function whole(record, suite, frames) {
  return [
    facts([
      ["Verdict", record.verdict],
      ["Label", record.label],
      ["Score", decimal(record.score)],
      ["Confidence", record.confidence === undefined ? "" : percent(record.confidence)],
      ["Golden", record.golden && el("span", {}, goldenPill(record.golden.state), ` was ${record.golden.verdict ?? "without a verdict"}`,
        record.golden.score === undefined ? "" : `, score ${decimal(record.golden.score)}`)],
      ["Tags", (record.tags ?? []).join(", ")],
      ["Dataset", record.line && suite.dataset ? `${suite.dataset}, line ${record.line}` : ""],
      ["Time", time(record.elapsed_ms)],
    ]),
    part("Broken rules", null, bullets(record.golden?.broke ?? [])),
    record.unscored && part("Why there is no score", null,
      el("p", {}, `${record.unscored.reason}: ${record.unscored.detail}`), record.unscored.remedy && el("p", { class: "soft" }, record.unscored.remedy)),
    part("Reasons", record.reasons_after ? "asked for after the verdict: they did not lead to it" : null,
      record.reasons && el("p", { class: "prose" }, record.reasons)),
    part("Evidence", null, bullets((record.evidence ?? []).map(([quote, found]) =>
      [`“${quote}” `, el("span", { class: `pill is-${found ? "same" : "differs"}` }, found ? "in the material" : "not in the material")]))),
    part("What would raise the score", null, bullets(record.suggestions ?? [])),
    part("Shares of the verdicts", null, (record.distribution ?? []).map(([verdict, share]) => shareBar(verdict, share))),
    part("Cascade", null, bullets((record.stages ?? []).map((one) => one.is_asked
      ? [`${one.stage}: ${one.verdict ?? "no verdict"}${known(one.confidence) ? `, confidence ${decimal(one.confidence)}` : ""} `, one.stands && el("span", { class: "pill is-same" }, "stands")]
      : `${one.stage}: not asked`))),
    part("Parts", null, (record.parts ?? []).filter(({ name }) => !(record.stages ?? []).some(({ stage }) => stage === name)).map((one) => el("div", {},
      el("p", {}, el("b", {}, one.name), `: ${one.verdict}`, one.score === undefined ? "" : `, score ${decimal(one.score)}`, `, weight ${one.weight}`),
      one.reasons && el("p", { class: "soft" }, one.reasons)))),
    part("Checks", null, bullets((record.checks ?? []).map((check) =>
      [el("span", { class: `pill is-${{ pass: "same", fail: "differs" }[check.verdict] ?? "undecided"}` }, check.verdict.replace("_", " ")), ` ${check.name}: ${check.detail}`]))),
    part("Route", null, bullets((record.routes ?? []).map((route) => route.rule === undefined ? `${route.judge}: no rule fits`
      : `${route.judge}: rule “${route.rule}”, to ${route.to.join(", then ")}; ${route.answered ? `${route.answered} answered` : "nobody answered"}`))),
    part("Orders", null, bullets((record.orders ?? []).map((order) => `${order.order}: ${order.verdict ?? "no verdict"}`))),
    record.run ? transcript(record.run) : part("Output", null, record.output !== undefined && el("pre", {}, asText(record.output))),
    prompts(record, suite, frames),
    calls(record),
  ];
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function shareBar(verdict, share) {
  const fill = el("i", {});
  fill.style.width = `${share * 100}%`;
  return el("div", { class: "share" }, el("span", {}, verdict), el("b", {}, fill), el("span", { class: "number" }, percent(share)));
}

function prompts(record, suite, frames) {
  if (!record.prompts?.length) {
    const why = suite.prompts_missing ?? ((record.calls ?? []).length === 0 ? null : "it cannot be rendered again as it was sent: the suite, the record or the model's settings changed since");
    return why && part("Prompt", null, el("p", { class: "soft" }, `Not shown: ${why}.`));
  }
  const message = ({ role, content }) => [el("p", { class: "role" }, role), el("pre", {}, content)];
  return record.prompts.map((prompt) => part("Prompt", prompt.part ?? "as it was sent",
    frames[prompt.frame].length > 0 && el("details", {}, el("summary", {}, "The instruction, the same for every record"), frames[prompt.frame].map(message)),
    prompt.messages.map(message)));
}

function calls(record) {
  const all = record.calls ?? [];
  return part(all.length === 1 ? "The call" : "Calls", all.length > 1 ? `${all.length}, in order` : null, all.map((call, index) => el("div", { class: "call" },
    el("p", {}, el("b", {}, `${index + 1}. ${purpose(call)}`), call.part ? `, ${call.part}` : "", call.order ? `, order ${call.order}` : "", call.role ? `, ${call.role}` : "", call.model ? `, ${call.model}` : ""),
    facts([
      ["Tokens", call.prompt_tokens === undefined ? "" : `${counted(call.prompt_tokens)} in the prompt, ${counted(call.completion_tokens ?? 0)} in the answer`],
      ["Time", call.cached ? "nothing: from the cache" : time(call.took_ms)],
      ["Failed", call.failure],
      ["Key", call.key.slice(0, 16)],
    ]),
    call.reply !== undefined && [el("p", { class: "role" }, call.reply === "" ? "the raw reply is empty" : "raw reply"), call.reply !== "" && el("pre", {}, call.reply)],
    call.faults?.length > 0 && [el("p", { class: "role warn" }, "cannot be used, because"), bullets(call.faults)],
    call.repairs?.length > 0 && [el("p", { class: "role" }, "repaired"), bullets(call.repairs.map((repair) => repair.replaceAll("_", " ")))],
    call.notes?.length > 0 && [el("p", { class: "role" }, "notes"), bullets(call.notes)])));
}

function purpose(call) {
  return { verdict: "for the verdict", again: "again, after an invalid answer", reasons: "for reasons, after the verdict" }[call.purpose] ?? call.purpose;
}
