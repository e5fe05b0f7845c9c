// What every page has: its data, the switch between light and dark; and the parts that several pages have.

const report = JSON.parse(one("report").textContent);

// The sections of the page, by their names for those who cannot see it.
function sections(names) {
  one("page").append(...Object.entries(names).map(([id, name]) => el("section", { id, "aria-label": name })));
}

function fill(id, ...content) {
  const shown = content.flat(Infinity).filter(Boolean);
  one(id).hidden = shown.length === 0;
  one(id).replaceChildren(...shown);
  fit();
}

// The head of a page that has one answer: what it is about, the answer, and what that rests on.
function answer({ about, tone, headline, statement, plot, lede }) {
  return [
    el("p", { class: "about" }, about),
    el("h1", { class: "verdict" }, el("span", { class: `pill is-${tone}` }, headline)),
    statement && el("p", { class: "statement" }, statement),
    plot,
    lede && el("p", { class: "lede" }, lede),
  ];
}

// What to do about the answer: keep what there is, or the steps with the commands to type.
function advised({ keep, steps } = {}) {
  const step = ({ what, command }) => el("div", {}, el("p", {}, `${what}${known(command) ? ":" : "."}`), known(command) && el("pre", {}, command));
  return [known(keep) && el("p", { class: "statement" }, el("b", {}, "Keep what you have: "), `${keep}.`),
    steps?.length > 0 && el("div", { class: "card advice" }, el("h2", {}, "Do this"), steps.map(step))];
}

function facts(pairs) {
  const told = pairs.filter(([, value]) => known(value) && value !== "");
  return el("dl", { class: "facts" }, told.map(([name, value]) => [el("dt", {}, explained(name)), el("dd", {}, value)]));
}

function table(names, rows, attributes = []) {
  const kind = (content) => (content === "" ? "empty" : typeof content === "string" && content.length > 30 ? "long" : null);
  // Rows are named by this page where the first column has no name of its own, else by records, tags or checks.
  const row = (content) => (names[0] === "" ? explained(content) : content);
  // The heads of columns stand in the cells too, for narrow screens; in the first row they explain themselves.
  const cell = (content, index, first) => (index === 0 ? el("th", { scope: "row" }, row(content))
    : el("td", { class: kind(content) }, el("span", { class: "column" }, first ? explained(names[index]) : names[index]), content));
  return el("table", { class: names.length > 3 ? "table many" : "table" },
    el("thead", {}, el("tr", {}, names.map((name) => el("th", { scope: "col" }, explained(name))))),
    el("tbody", {}, rows.map((cells, index) => el("tr", attributes[index] ?? {}, cells.map((content, place) => cell(content, place, index === 0))))));
}

const tablePlace = (...parts) => el("div", { class: "scroll" }, table(...parts));

// A table that is wider than its place is shown row by row, each row a block with the columns' names in it.
function fit() {
  for (const place of document.querySelectorAll(".scroll:has(> .table)")) {
    place.classList.remove("stacked");
    place.classList.toggle("stacked", place.scrollWidth > place.clientWidth + 1);
  }
}
addEventListener("resize", fit);

function tableCard(title, note, names, rows, attributes) {
  const made = card(title, note, tablePlace(names, rows, attributes));
  made.classList.toggle("wide", names.length > 5);
  return made;
}

// A record, and what was said of it, side by side.
function recordCard({ id, what, tone, label, sides }) {
  const said = ({ name, verdict, score, reasons }) => el("section", {},
    el("p", { class: "role" }, name),
    el("p", {}, el("span", { class: `pill is-${!known(label) ? "undecided" : verdict === label ? "same" : "differs"}` }, verdict), known(score) && el("span", { class: "soft" }, `  ${decimal(score)}`)),
    known(reasons) && el("p", { class: "prose" }, reasons));
  return el("article", { class: "card changed" },
    el("header", {}, el("h3", {}, id), what && el("span", { class: `pill is-${tone}` }, what), known(label) && el("span", { class: "soft" }, `label ${label}`)),
    el("div", { class: "sides" }, sides.map(said)));
}

const THEMES = ["", "light", "dark"];
let theme = "";
// Where nothing can be stored the switch works all the same.
try { theme = localStorage.getItem("evenhand-theme") ?? ""; } catch { /* not kept */ }

function paint() {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const name = { "": "as the system", light: "light", dark: "dark" }[theme];
  one("theme").textContent = { "": "◐", light: "○", dark: "●" }[theme];
  one("theme").setAttribute("aria-label", `Colors: ${name}`);
  one("theme").title = `Colors: ${name}`;
}

one("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try { localStorage.setItem("evenhand-theme", theme); } catch { /* not kept */ }
  paint();
});
paint();
