// Plots, as inline SVG.

// A figure's interval and value on an axis from 0, or lower where it must, to 1.
function bar(figure) {
  if (figure.value === undefined || figure.low === undefined) return null;
  const low = Math.min(0, figure.low, figure.value) < 0 ? -1 : 0;
  const x = (value) => ((Math.min(1, Math.max(low, value)) - low) / (1 - low)) * 180;
  return svg("svg", { width: 180, height: 16, viewBox: "0 0 180 16", "aria-hidden": "true" },
    svg("line", { class: "axis", x1: 0, x2: 180, y1: 8, y2: 8 }),
    [low, 0, 1].map((tick) => svg("line", { class: "axis", x1: x(tick), x2: x(tick), y1: 4, y2: 12 })),
    svg("rect", { class: "reach", x: x(figure.low), width: Math.max(1, x(figure.high) - x(figure.low)), y: 3, height: 10, rx: 2 }),
    svg("circle", { class: "dot", cx: x(figure.value), cy: 8, r: 4 }));
}

function card(title, note, ...content) {
  return el("div", { class: "card" }, el("h2", {}, explained(title)), el("p", {}, note), ...content);
}

function legend(entries) {
  return el("div", { class: "legend" }, entries.map(([status, text]) =>
    el("span", {}, el("i", { class: `fill is-${status}` }), text)));
}

function histogram(suite) {
  const [width, height] = [320, 170];
  const total = (bin) => bin.same + bin.differs + bin.unlabelled;
  const most = Math.max(1, ...suite.histogram.map(total));
  const kinds = [["same", "verdict is the label"], ["differs", "verdict differs"], ["unlabelled", "no label"]]
    .filter(([kind]) => suite.histogram.some((bin) => bin[kind] > 0));
  const bars = suite.histogram.flatMap((bin) => {
    let top = height;
    return kinds.map(([kind]) => {
      const tall = (bin[kind] / most) * (height - 14);
      top -= tall;
      return svg("rect", { class: `fill is-${kind}`, x: bin.low * width + 1, y: top, height: tall, width: (bin.high - bin.low) * width - 2 },
        svg("title", {}, `${bin.low.toFixed(2)} to ${bin.high.toFixed(2)}: ${counted(bin[kind])}`));
    });
  });
  const text = `Histogram of the scores: ${plural(suite.histogram.reduce((sum, bin) => sum + total(bin), 0), "record")}`;
  return card("Scores", "How many records have which score.",
    svg("svg", { viewBox: `-4 -4 ${width + 8} ${height + 28}`, width: "100%", role: "img", "aria-label": text },
      bars,
      svg("line", { class: "axis", x1: 0, x2: width, y1: height, y2: height }),
      [0, 0.25, 0.5, 0.75, 1].map((at) =>
        svg("text", { x: at * width, y: height + 17, "text-anchor": "middle" }, String(at))),
      svg("text", { x: 0, y: 6 }, `${counted(most)} at most`)),
    legend(kinds));
}

// An axis with round ends that all of these lie on, and about four steps between; nothing without any.
function axis(values) {
  const all = values.filter(Number.isFinite);
  if (all.length === 0) return null;
  let [low, high] = [Math.min(...all), Math.max(...all)];
  // Where all are alike there is room on both sides.
  const room = high - low < 1e-9 ? Math.max(Math.abs(high) / 10, 0.05) : 0;
  const rough = (high - low + 2 * room) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((times) => times * power >= rough - 1e-12) ?? 10);
  low = Math.floor((low - room) / step + 1e-9) * step;
  high = Math.ceil((high + room) / step - 1e-9) * step;
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)));
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
  return {
    share: (value) => (value - low) / (high - low),
    ticks: ticks.map((at) => [at, Math.abs(at) < step / 2 ? "0" : decimal(at, decimals)]),
  };
}

const SHARES = { share: (value) => value, ticks: [[0, "0"], [0.5, "0.5"], [1, "1"]] };

// A plot with two axes. What `marks` draws is put where it says by the two functions that it gets.
function plot({ x, y, width = WIDE, height = 230, label, below, beside, kind = "plot" }, marks) {
  const [across, up] = [(value) => x.share(value) * width, (value) => height - y.share(value) * height];
  return svg("svg", { class: kind, viewBox: `-56 -12 ${width + 76} ${height + 58}`, width: "100%", role: "img", "aria-label": label },
    y.ticks.map(([at, name]) => [
      svg("path", { class: "axis", d: `M0 ${up(at)}H${width}` }),
      svg("text", { x: -8, y: up(at) + 4, "text-anchor": "end" }, name),
    ]),
    x.ticks.map(([at, name]) => svg("text", { x: across(at), y: height + 18, "text-anchor": "middle" }, name)),
    marks(across, up),
    svg("text", { x: width / 2, y: height + 38, "text-anchor": "middle" }, below),
    svg("text", { transform: `translate(-44 ${height / 2}) rotate(-90)`, "text-anchor": "middle" }, beside));
}

// On a narrow screen a plot is drawn narrower, so that its text stays as large as it is.
const WIDE = Math.max(200, Math.min(460, innerWidth - 150));

// A square from 0 to 1 on both axes, with its diagonal.
function square(label, below, beside, marks) {
  return plot({ x: SHARES, y: SHARES, width: 210, height: 210, label, below, beside, kind: "square" }, (x, y) =>
    [svg("path", { class: "axis", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}`, "stroke-dasharray": "4 4" }), marks(x, y)]);
}

// A difference and its interval on a line on which 0 is marked.
function difference({ value, low, high, label, below, scale = 1 }) {
  if (!known(value) || !known(low)) return null;
  const line = axis([0, value, low, high].map((at) => at * scale));
  const x = (at) => line.share(at * scale) * WIDE;
  return svg("svg", { class: "difference", viewBox: `-20 0 ${WIDE + 40} 62`, width: "100%", role: "img", "aria-label": label },
    svg("path", { class: "axis", d: `M0 16H${WIDE}` }),
    line.ticks.map(([at, name]) => [
      svg("path", { class: "axis", d: `M${x(at / scale)} 8V24` }),
      svg("text", { x: x(at / scale), y: 40, "text-anchor": "middle" }, name),
    ]),
    svg("path", { class: "zero", d: `M${x(0)} 4V28` }),
    svg("rect", { class: "reach", x: x(low), y: 9, width: Math.max(1, x(high) - x(low)), height: 14, rx: 3 }),
    svg("circle", { class: "dot", cx: x(value), cy: 16, r: 6 }),
    svg("text", { x: WIDE / 2, y: 58, "text-anchor": "middle" }, below));
}

// One figure against another: points that are joined, each with what it may be, and further ones with their names.
function curve({ title, note, below, beside, points, marks, limit }) {
  if (points.length === 0) return null;
  const all = [...points, ...marks];
  const across = axis(all.map((point) => point.x));
  const up = axis([...all.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]), limit ?? points[0].y]);
  const said = ({ name, x, y }) => `${name}: ${below} ${Number(x.toPrecision(4))}, ${beside} ${percent(y)}`;
  const drawn = (point, kind, x, y) => [
    known(point.high) && svg("path", { class: "spread", d: `M${x(point.x)} ${y(point.low ?? point.y)}V${y(point.high)}` }),
    svg("circle", { class: kind, cx: x(point.x), cy: y(point.y), r: kind === "dot" ? 3 : 5 }, svg("title", {}, said(point)))];
  return card(title, note, plot({ x: across, y: up, below, beside, label: `${title}: ${all.map(said).join("; ")}` }, (x, y) => [
    known(limit) && svg("path", { class: "dropped", d: `M${x(across.ticks[0][0])} ${y(limit)}H${x(across.ticks.at(-1)[0])}` }),
    svg("path", { class: "best", d: points.map((point, at) => `${at ? "L" : "M"}${x(point.x)} ${y(point.y)}`).join("") }),
    points.map((point) => drawn(point, "dot", x, y)),
    marks.map((point) => [drawn(point, "baseline", x, y), svg("text", { class: "name", x: x(point.x), y: y(point.y) - 10, "text-anchor": across.share(point.x) > 0.7 ? "end" : "start" }, point.name)]),
  ]), marksLegend([["best", "a threshold", true], ...(known(limit) ? [["dropped", "what is promised at most", true]] : []), ...(marks.length > 0 ? [["baseline", marks.map(({ name }) => name).join(", ")]] : [])]));
}

// What the marks of a plot mean: a kind of point or, with a path, of line.
function marksLegend(entries) {
  const mark = (kind, path) => (path ? svg("path", { class: kind, d: "M0 6H14" }) : svg("circle", { class: kind, cx: 7, cy: 6, r: 5 }));
  return el("div", { class: "legend" }, entries.map(([kind, text, path]) =>
    el("span", {}, svg("svg", { width: 14, height: 12, "aria-hidden": "true" }, mark(kind, path)), text)));
}

// What was stated beside how often it happened, with the number of records as the size of the points.
function reliability({ points, n, calibration_error: error }, note, below, beside) {
  const most = Math.max(...points.map((point) => point.n));
  const text = points.map((point) => `of ${plural(point.n, "record")} at ${percent(point.confidence)}, ${percent(point.right)}`);
  return card("Reliability", `${note}: ${plural(n, "labelled record")}, calibration error ${decimal(error)}. On the diagonal it can be believed.`,
    square(`Reliability: ${text.join("; ")}`, below, beside, (x, y) => points.map((point) => [
      svg("path", { class: "spread", d: `M${x(point.confidence)} ${y(point.low)}V${y(point.high)}` }),
      svg("circle", { class: "dot", cx: x(point.confidence), cy: y(point.right), r: 3 + 6 * Math.sqrt(point.n / most) },
        svg("title", {}, `${below} ${percent(point.confidence)}, ${beside} ${percent(point.right)}, n ${counted(point.n)}`)),
    ])));
}

// How often a label got a verdict; `choose` is told which cell is chosen, where one may be.
function confusion({ labels, counts }, choose) {
  const most = Math.max(1, ...counts.flat());
  const cell = (count, r, c) => {
    const one = choose
      ? el("button", { type: "button", onclick: () => choose(labels[r], labels[c]), "aria-label": `label ${labels[r]}, judge ${labels[c]}: ${plural(count, "record")}` }, counted(count))
      : el("span", {}, counted(count));
    one.classList.toggle("right", r === c);
    if (count > 0) one.style.background = `color-mix(in oklab, var(--${r === c ? "good" : "bad"}) ${Math.round(8 + 34 * (count / most))}%, var(--card))`;
    return el("td", {}, one);
  };
  return card("Labels and verdicts", `Rows are labels, columns what the judge said.${choose ? " Choose a cell to see its records." : ""}`,
    el("div", { class: "scroll" }, el("table", { class: "matrix" },
      el("thead", {}, el("tr", {}, el("th", {}, el("span", { class: "unseen" }, "label")), labels.map((label) => el("th", { scope: "col" }, label)))),
      el("tbody", {}, counts.map((row, r) => el("tr", {}, el("th", { scope: "row" }, labels[r]), row.map((count, c) => cell(count, r, c))))))));
}

// Old score against new score; records at one place are one dot.
function oldAndNew(suite) {
  const places = new Map();
  for (const row of suite.rows) {
    if (row.golden_score === undefined || row.score === undefined) continue;
    const key = `${row.golden} ${row.golden_score.toFixed(2)} ${row.score.toFixed(2)}`;
    const place = places.get(key) ?? { state: row.golden, before: row.golden_score, now: row.score, n: 0 };
    place.n += 1;
    places.set(key, place);
  }
  if (places.size === 0) return null;
  const all = [...places.values()].sort((a, b) => b.n - a.n);
  const most = Math.max(...all.map((place) => place.n));
  const plot = square("Scores of the golden file against scores now", "golden", "now", (x, y) => all.map((place) =>
    svg("circle", { class: `fill ${tone(place.state)}`, "fill-opacity": 0.75, cx: x(place.before), cy: y(place.now), r: 2.5 + 7 * Math.sqrt(place.n / most) },
      svg("title", {}, `${decimal(place.before)} to ${decimal(place.now)}: ${plural(place.n, "record")}`))));
  const states = [...new Set(all.map((place) => place.state))];
  return card("Old and new", "Each record's score in the golden file, and now. Above the diagonal it is better.", plot,
    el("div", { class: "legend" }, states.map((state) => el("span", {}, el("i", { class: `fill ${tone(state)}` }), GOLDEN[state]))));
}
