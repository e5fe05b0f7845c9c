// The table of records, and what the user does. The state is in the address: a link shows the same again.

const lines = one("details").textContent.split("\n");

sections({ summary: "Summary", golden: "Compared with the golden file", plots: "Plots", records: "Records" });
one("records").append(
  el("div", { class: "toolbar" },
    el("h2", {}, "Records"),
    el("div", { id: "statuses", role: "group", "aria-label": "Show records by how they stand" }),
    el("label", { class: "search" }, el("span", { class: "unseen" }, "Search the records"),
      el("input", { id: "query", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "Search, or label:pass verdict:fail tag:hard" })),
    el("p", { id: "shown", role: "status", "aria-live": "polite" })),
  el("div", { class: "split" },
    el("div", { id: "viewport", tabindex: 0, role: "grid", "aria-label": "Records", "aria-readonly": "true" },
      el("div", { class: "head", role: "row", id: "head" }), el("div", { id: "body", role: "rowgroup" })),
    el("aside", { id: "detail", "aria-label": "Record", tabindex: -1, hidden: true })),
  el("p", { class: "keys" }, [["j"], ["k", "next and previous"], ["Enter", "open"], ["/", "search"], ["Esc", "close"]]
    .map(([key, what]) => [el("kbd", {}, key), what ? ` ${what} ` : " "])));

// How tall a row is: the style says it, by how narrow the screen is and whether inputs are known.
const rowHeight = () => parseFloat(getComputedStyle(one("viewport")).getPropertyValue("--row"));
const narrow = matchMedia("(max-width: 900px)");
const SPARE = 12;
const COLUMNS = [
  ["id", "Record", (row) => row.id],
  ["status", "Standing", (row) => Object.keys(STATUSES).indexOf(row.status)],
  ["label", "Label", (row) => row.label],
  ["verdict", "Verdict", (row) => row.verdict],
  ["score", "Score", (row) => row.score],
  ["confidence", "Sure", (row) => row.confidence],
  ["golden", "Golden", (row) => Object.keys(GOLDEN).indexOf(row.golden)],
  ["said", "Reasons", (row) => row.said],
  ["ms", "Time", (row) => row.ms],
];
const LATE = ["confidence", "golden", "said", "ms"];
const NUMBERS = ["score", "confidence", "ms"];

let state = {};
let suite;
let rows = [];
let selected = -1;

function read() {
  const from = new URLSearchParams(location.hash.slice(1));
  const text = (name) => from.get(name) ?? "";
  state = {
    suite: text("suite"), q: text("q"), sort: text("sort"), record: text("record"),
    status: text("status").split(",").filter(Boolean),
  };
}

function write() {
  const to = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...state, status: state.status.join(",") })) if (value) to.set(name, value);
  const hash = to.toString();
  // An address that cannot be changed, as in some viewers, costs the link and nothing else.
  try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { /* no link */ }
}

// --- which records ---

function terms(query) {
  return [...query.matchAll(/(?:(label|verdict|tag|status|id|golden):)?(?:"([^"]*)"?|(\S+))/g)]
    .map(([, field, quoted, plain]) => ({ field, text: (quoted ?? plain).toLowerCase() }));
}

function haystack(row) {
  row.hay ??= [row.id, row.label, row.verdict, row.input, row.said, row.status, ...(row.tags ?? [])].join("\n").toLowerCase();
  return row.hay;
}

function fits(row, term) {
  if (!term.field) return haystack(row).includes(term.text);
  if (term.field === "tag") return (row.tags ?? []).some((tag) => tag.toLowerCase() === term.text);
  return String(row[term.field] ?? "").toLowerCase() === term.text;
}

function choose() {
  const wanted = terms(state.q);
  const open = rows[selected]?.place;
  rows = suite.rows.filter((row) =>
    (state.status.length === 0 || state.status.includes(row.status)) && wanted.every((term) => fits(row, term)));
  sort();
  selected = rows.findIndex((row) => (state.record ? row.id === state.record : row.place === open));
}

function sort() {
  const down = state.sort.startsWith("-");
  const column = COLUMNS.find(([name]) => name === state.sort.replace("-", ""));
  if (!column) {
    rows.sort((a, b) => b.bad - a.bad || a.place - b.place);
    return;
  }
  const key = column[2];
  const missing = (value) => value === undefined || value === "";
  rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    // What has no value stands last, whichever way it is sorted.
    if (missing(x) || missing(y)) return missing(x) - missing(y) || a.place - b.place;
    const order = typeof x === "number" ? x - y : x.localeCompare(y, undefined, { numeric: true });
    return (down ? -order : order) || a.place - b.place;
  });
}

// --- the table ---

function cell(name, row) {
  const kind = `${NUMBERS.includes(name) ? "number " : ""}${LATE.includes(name) ? "late " : ""}${name}`;
  const content = {
    id: () => row.id,
    status: () => pill(row.status),
    label: () => row.label ?? "",
    verdict: () => row.verdict ?? "",
    score: () => decimal(row.score),
    confidence: () => (row.confidence === undefined ? "" : `${(row.confidence * 100).toFixed(0)} %`),
    golden: () => (row.golden ? goldenPill(row.golden) : ""),
    said: () => row.said ?? "",
    ms: () => time(row.ms),
  }[name]();
  return el("div", { role: "gridcell", class: kind }, content);
}

const columns = () => COLUMNS.filter(([name]) => name !== "golden" || suite.golden);

function head() {
  one("head").replaceChildren(...columns().map(([name, title]) => {
    const sorted = state.sort === name ? "ascending" : state.sort === `-${name}` ? "descending" : "none";
    const next = sorted === "none" ? name : sorted === "ascending" ? `-${name}` : "";
    const kind = `${NUMBERS.includes(name) ? "number " : ""}${LATE.includes(name) ? "late" : ""}`;
    return el("div", { role: "columnheader", "aria-sort": sorted, class: kind },
      el("button", { type: "button", onclick: () => change({ sort: next }) }, title),
      wordIn(title) && explainer("?", wordIn(title), { "aria-label": `What is “${title}”?` }));
  }));
}

// Only the rows that can be seen are there.
function draw() {
  const viewport = one("viewport");
  const tall = rowHeight();
  const first = Math.max(0, Math.floor(viewport.scrollTop / tall) - SPARE);
  const last = Math.min(rows.length, first + Math.ceil((viewport.clientHeight || 600) / tall) + 2 * SPARE);
  const shown = [];
  for (let index = first; index < last; index += 1) {
    const row = rows[index];
    const line = el("div", {
      role: "row", id: `row-${index}`, "aria-rowindex": index + 2, "aria-selected": index === selected ? "true" : "false",
      onclick: () => openAt(index),
    }, columns().map(([name]) => cell(name, row)), row.input && el("div", { role: "gridcell", class: "input" }, row.input));
    line.style.top = `${index * tall}px`;
    shown.push(line);
  }
  if (rows.length === 0) shown.push(el("p", { class: "nothing" }, "No record fits."));
  one("body").replaceChildren(...shown);
  one("body").style.height = rows.length === 0 ? "auto" : `${rows.length * tall}px`;
  viewport.setAttribute("aria-rowcount", rows.length + 1);
  if (selected >= 0) viewport.setAttribute("aria-activedescendant", `row-${selected}`);
  else viewport.removeAttribute("aria-activedescendant");
}

function reveal() {
  const viewport = one("viewport");
  const row = rowHeight();
  const [top, tall] = [selected * row, viewport.clientHeight - row];
  if (top < viewport.scrollTop) viewport.scrollTop = top;
  else if (top + row > viewport.scrollTop + tall) viewport.scrollTop = top + row - tall;
}

// The open record comes into view; on a narrow screen it takes the place of the list.
function bringIntoView() {
  const place = narrow.matches ? one("detail") : one("records");
  const { top } = place.getBoundingClientRect();
  if (narrow.matches || top > innerHeight / 2 || one("detail").getBoundingClientRect().top < 0) place.scrollIntoView({ block: "start" });
}

// --- the open record ---

function detail() {
  const place = one("detail");
  const row = rows[selected];
  const open = Boolean(state.record) && row !== undefined;
  place.hidden = !open;
  document.querySelector(".split").classList.toggle("open", open);
  if (!open) {
    place.replaceChildren();
    return;
  }
  const record = JSON.parse(lines[suite.first_detail + row.place]);
  place.replaceChildren(
    el("header", {}, el("h2", {}, record.id), pill(record.status),
      el("button", { type: "button", class: "quiet", "aria-label": "Previous record", onclick: () => move(-1) }, "↑"),
      el("button", { type: "button", class: "quiet", "aria-label": "Next record", onclick: () => move(1) }, "↓"),
      el("button", { type: "button", class: "quiet", "aria-label": "Close the record", title: "Close the record", onclick: close }, "×")),
    ...whole(record, suite, report.frames).flat().filter(Boolean));
  place.scrollTop = 0;
}

function openAt(index) {
  selected = index;
  const wasOpen = Boolean(state.record);
  state.record = rows[index]?.id ?? "";
  // The way back from a record that was opened leads to the list.
  if (!wasOpen && narrow.matches) history.pushState(null, "");
  write();
  detail();
  reveal();
  draw();
  bringIntoView();
}

function move(by) {
  if (rows.length === 0) return;
  const next = Math.min(rows.length - 1, Math.max(0, selected + by));
  if (state.record) {
    openAt(next);
    return;
  }
  selected = next;
  reveal();
  draw();
}

function close() {
  state.record = "";
  write();
  detail();
  reveal();
  draw();
  one("viewport").focus({ preventScroll: true });
  if (narrow.matches) one("records").scrollIntoView({ block: "start" });
}

// --- what changes ---

function change(what) {
  Object.assign(state, what);
  write();
  list();
}

function list() {
  choose();
  head();
  statuses();
  const all = suite.rows.length;
  one("shown").textContent = rows.length === all ? plural(all, "record") : `${counted(rows.length)} of ${plural(all, "record")}`;
  detail();
  one("viewport").scrollTop = 0;
  if (selected >= 0) reveal();
  draw();
}

function statuses() {
  one("statuses").replaceChildren(...standing(suite).map(([status, count]) => {
    const on = state.status.includes(status);
    const next = on ? state.status.filter((one) => one !== status) : [...state.status, status];
    return el("button", { type: "button", class: `is-${status}`, "aria-pressed": String(on), onclick: () => change({ status: next }) },
      pill(status), ` ${counted(count)}`);
  }));
}

function tabs() {
  const several = (name) => report.suites.filter((one) => one.suite === name).length > 1;
  const title = (one) => (several(one.suite) ? `${one.suite}, ${one.model}` : one.suite);
  one("suites").replaceChildren(...(report.suites.length < 2 ? [] : report.suites.map((one, index) =>
    el("button", { type: "button", "aria-current": String(one === suite), onclick: () => { state = { suite: String(index), q: "", sort: "", record: "", status: [] }; write(); show(); } }, title(one)))));
}

function show() {
  suite = report.suites[Number(state.suite) || 0] ?? report.suites[0];
  if (!suite) {
    one("summary").replaceChildren(el("h1", {}, "No runs"));
    return;
  }
  selected = -1;
  rows = [];
  const quoted = (text) => (/^[^\s"]+$/.test(text) ? text : `"${text.replaceAll('"', "")}"`);
  tabs();
  summary(suite);
  golden(suite);
  plots(suite, (label, verdict) => {
    change({ q: `label:${quoted(label)} verdict:${quoted(verdict)}`, status: [], record: "" });
    one("query").value = state.q;
    one("records").scrollIntoView({ behavior: "smooth" });
  });
  document.body.classList.toggle("golden", Boolean(suite.golden));
  document.body.classList.toggle("inputs", suite.rows.some((row) => row.input));
  one("query").value = state.q;
  list();
  fit();
  if (!one("detail").hidden) bringIntoView();
}

// --- the keyboard ---

const KEYS = {
  j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
  PageDown: () => move(10), PageUp: () => move(-10), Home: () => move(-rows.length), End: () => move(rows.length),
  Enter: () => openAt(Math.max(0, selected)),
  "/": () => one("query").focus(),
  Escape: () => (state.record ? close() : change({ q: (one("query").value = ""), status: [] })),
};
const EVERYWHERE = ["j", "k", "/", "Escape"];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !suite) return;
  if (event.target === one("query")) {
    if (event.key === "Escape" || event.key === "Enter") one("viewport").focus({ preventScroll: true });
    return;
  }
  const inTable = event.target === one("viewport");
  if (!KEYS[event.key] || !(inTable || EVERYWHERE.includes(event.key) || (event.key === "Enter" && event.target === document.body))) return;
  event.preventDefault();
  KEYS[event.key]();
});

one("query").addEventListener("input", (event) => change({ q: event.target.value }));
one("viewport").addEventListener("scroll", draw, { passive: true });
window.addEventListener("resize", draw);
window.addEventListener("hashchange", () => { read(); show(); });

for (const one of report.suites) one.rows.forEach((row, place) => { row.place = place; });
read();
show();
