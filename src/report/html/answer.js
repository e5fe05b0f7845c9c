// The page of a report with one answer: the answer, what it rests on, the figures, and the records that bear on it.

const minus = (text) => text.replaceAll(/(^|[\s(])-(?=\d)/g, "$1−");

function tables() {
  return report.tables.map(({ title, note, columns, rows }) => tableCard(title, note, columns, rows.map((row) => row.map(minus))));
}

const AT_ONCE = 100;

// Many records are shown step by step.
function records({ title, list }) {
  const place = el("div", { class: "stack" });
  const more = el("button", { type: "button", class: "more-button" });
  const show = () => {
    const shown = place.children.length;
    place.append(...list.slice(shown, shown + AT_ONCE).map(recordCard));
    more.hidden = place.children.length >= list.length;
    more.textContent = `Show more of ${plural(list.length, "record")}`;
  };
  more.addEventListener("click", show);
  show();
  return [el("h2", {}, title), place, more];
}

const { difference: found, reliability: stated, confusion: counts, curves: drawn, statement, records: all, facts: besides, advice, ...top } = report;
const higher = (value) => `${value > 0 ? "new" : "old"} higher by ${Math.abs(value * 100).toFixed(1)} points`;
sections({ summary: "Answer", plots: "Figures", records: "Records", facts: "What else is to be known" });
fill("summary", answer({
  ...top,
  statement: minus(statement.join(" ")),
  plot: found && difference({ ...found, scale: 100, below: `${found.of}, in points: left of 0 old is higher, right of 0 new is higher`, label: `${found.of}: ${higher(found.value)}` }),
}), advised(advice));
fill("plots", stated && reliability(stated, "What the judge says a pass is likely to be, and how often it was one", "says pass", "came true"), counts && confusion(counts), (drawn ?? []).map(curve), tables());
fill("records", records(all));
fill("facts", facts(besides.map(([name, what]) => [name, minus(what)])));
