// The page of a bench: what to use first, then quality against time and cost, times, throughput, and every figure.

const { headline, why, about, lede, cells, tables: figures, said, roles, answers } = report;

// One color a cell, by its place. Styles are classes: the page runs no other.
const hue = (place) => `hue-${place % 8}`;

// The cells that no other beats in quality without taking more.
function front(points) {
  const inOrder = [...points].sort((a, b) => a.takes - b.takes || b.merit - a.merit);
  let best = -Infinity;
  return inOrder.filter((one) => one.merit > best && ((best = one.merit), true));
}

const steps = (all) => all.map(([x, y], index) => (index === 0 ? `M${x} ${y}` : `H${x}V${y}`)).join("");

function key() {
  return el("div", { class: "legend" }, cells.map((cell, place) =>
    el("span", {}, el("i", { class: `fill ${hue(place)}` }), cell.name)));
}

// Quality against what a record takes, each with its interval.
function scatter({ title, note, of, below, write }) {
  const points = cells.map((cell, place) => ({ place, name: cell.name, merit: cell.merit?.value, low: cell.merit?.low, high: cell.merit?.high, ...of(cell) }))
    .filter((one) => known(one.merit) && known(one.takes));
  const ends = (one) => [one.low ?? one.merit, one.high ?? one.merit, one.merit];
  const [x, y] = [axis([0, ...points.flatMap((one) => [one.takes, one.from ?? one.takes, one.to ?? one.takes])]), axis(points.flatMap(ends))];
  if (!x || points.length === 0) return null;
  const best = front(points);
  const words = best.map((one) => `${one.name}: ${decimal(one.merit)} at ${write(one.takes)}`);
  return card(title, note,
    plot({ x, y, label: `${title}; on the front: ${words.join(", ")}`, below, beside: report.merit }, (across, up) => [
      svg("path", { class: "front", d: steps(best.map((one) => [across(one.takes), up(one.merit)])) }),
      points.map((one) => [
        known(one.low) && svg("path", { class: `stroke thin ${hue(one.place)}`, d: `M${across(one.takes)} ${up(one.low)}V${up(one.high)}` }),
        known(one.from) && known(one.to) && svg("path", { class: `stroke thin ${hue(one.place)}`, d: `M${across(one.from)} ${up(one.merit)}H${across(one.to)}` }),
        svg("circle", { class: `fill ${hue(one.place)}`, cx: across(one.takes), cy: up(one.merit), r: 5 },
          svg("title", {}, `${one.name}: ${decimal(one.merit)} at ${write(one.takes)}`)),
      ]),
    ]), key());
}

// The share of records that were judged in a time or less.
function times() {
  const shown = cells.map((cell, place) => ({ place, name: cell.name, times: cell.times })).filter((cell) => cell.times.length > 1);
  const x = axis([0, ...shown.flatMap((cell) => cell.times)]);
  if (!x || shown.length === 0) return null;
  const words = shown.map((cell) => `${cell.name} ${time(cell.times[Math.floor(cell.times.length / 2)])} at the median`);
  return card("Times of a record", "How many of the records were judged in a time or less. A steep line is steady; a long tail is not.",
    plot({ x, y: SHARES, label: `Times of a record: ${words.join(", ")}`, below: "milliseconds", beside: "share of the records" }, (across, up) =>
      shown.map((cell) => svg("path", { class: `stroke ${hue(cell.place)}`,
        d: steps([[across(0), up(0)], ...cell.times.map((at, index) => [across(at), up((index + 1) / cell.times.length)])]) },
        svg("title", {}, cell.name)))), key());
}

// Records a second by how many are judged at the same time.
function throughput() {
  const shown = cells.map((cell, place) => ({ place, name: cell.name, curve: cell.throughput })).filter((cell) => cell.curve.length > 0);
  const [x, y] = [axis([0, ...shown.flatMap((cell) => cell.curve.map(([at]) => at))]), axis([0, ...shown.flatMap((cell) => cell.curve.map(([, rate]) => rate))])];
  if (!x || shown.length === 0) return null;
  const words = shown.map((cell) => `${cell.name} ${cell.curve.map(([at, rate]) => `${decimal(rate)} at ${at}`).join(", ")}`);
  return card("Throughput", "Records a second, by how many are judged at the same time.",
    plot({ x, y, label: `Throughput: ${words.join("; ")}`, below: "records at the same time", beside: "records a second" }, (across, up) =>
      shown.map((cell) => [
        svg("path", { class: `stroke ${hue(cell.place)}`, d: cell.curve.map(([at, rate], index) => `${index === 0 ? "M" : "L"}${across(at)} ${up(rate)}`).join("") }),
        cell.curve.map(([at, rate]) => svg("circle", { class: `fill ${hue(cell.place)}`, cx: across(at), cy: up(rate), r: 4 }, svg("title", {}, `${cell.name}: ${decimal(rate)} a second at ${at}`))),
      ])), key());
}

function sentences([title, list]) {
  return el("div", { class: "card" }, el("h2", {}, title), el("ul", {}, list.map((text) => el("li", {}, text))));
}

sections({ summary: "What to use", plots: "Plots", figures: "Figures", said: "Limits, pairs and roles", answers: "The same record side by side" });
fill("summary", answer({ about, tone: report.tone, headline, statement: why, lede }));
fill("plots",
  scatter({ title: "Quality against time", note: "Upwards is better, leftwards faster. On the dashed line is what no other beats in both. Strokes are 95 % intervals.",
    of: (cell) => ({ takes: cell.p50?.ms, from: cell.p50?.low, to: cell.p50?.high }), below: "milliseconds of a record, at the median", write: time }),
  cells.some((cell) => cell.cost > 0) && scatter({ title: "Quality against cost", note: "Upwards is better, leftwards cheaper.",
    of: (cell) => ({ takes: cell.cost }), below: "US dollars for 100,000 records", write: (usd) => `$${usd.toFixed(2)}` }),
  times(), throughput());
fill("figures", figures.map(({ title, columns, rows, notes }) => tableCard(title, notes.map((note, index) => [index > 0 && el("br"), note]), columns, rows)));
fill("said", said.map(sentences), roles && el("div", { class: "card advice" }, el("h2", {}, "For evenhand.toml"), el("pre", {}, roles)));
fill("answers", answers.map(recordCard));
