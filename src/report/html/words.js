// The words of a report with their meanings: a heading that holds one of them says on demand what it means. By the mouse
// it is enough to point at it; by keyboard and touch it is a button.

const WORDS = JSON.parse(one("words").textContent);

// The word that a heading holds: as it is shown, somewhere in the heading; or its name, as the whole of it.
function wordIn(heading) {
  const whole = heading.trim().toLowerCase();
  const holds = (shown) => {
    const at = whole.indexOf(shown.toLowerCase());
    const end = at + shown.length;
    const parted = (char) => char === undefined || !/[\p{L}\p{N}]/u.test(char);
    return at >= 0 && parted(whole[at - 1]) && parted(whole[end]);
  };
  return WORDS.find(({ name, other }) => name === whole || other.includes(whole))
    ?? WORDS.filter(({ shown }) => holds(shown)).sort((a, b) => b.shown.length - a.shown.length)[0];
}

// A heading as it is, or as a button that explains its word.
function explained(heading) {
  const word = typeof heading === "string" ? wordIn(heading) : undefined;
  return word ? explainer(heading, word) : heading;
}

function explainer(text, word, attributes = {}) {
  const button = el("button", { type: "button", class: "word", "aria-describedby": tip(word).id, ...attributes }, text);
  const opened = () => tip(word).matches(":popover-open");
  const pointed = (event, then) => event.pointerType === "mouse" && then();
  button.addEventListener("pointerenter", (event) => pointed(event, () => showTip(button, word)));
  button.addEventListener("pointerleave", (event) => pointed(event, hideTips));
  button.addEventListener("focus", () => button.matches(":focus-visible") && showTip(button, word));
  button.addEventListener("blur", hideTips);
  button.addEventListener("click", () => showTip(button, word));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !opened()) return;
    event.stopPropagation();
    hideTips();
  });
  return button;
}

const tips = new Map();

// One tip a word, made when it is first needed.
function tip(word) {
  if (!tips.has(word.name)) {
    const made = el("div", { id: `word-${word.name}`, class: "tip", role: "tooltip", popover: "manual" }, el("b", {}, word.shown), ` ${word.meaning}`);
    document.body.append(made);
    tips.set(word.name, made);
  }
  return tips.get(word.name);
}

// Below its heading, or above where there is no room; always within the screen.
function showTip(button, word) {
  hideTips();
  const shown = tip(word);
  shown.showPopover();
  const [at, size] = [button.getBoundingClientRect(), shown.getBoundingClientRect()];
  const below = at.bottom + 6;
  shown.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  shown.style.top = `${below + size.height > innerHeight ? Math.max(8, at.top - size.height - 6) : below}px`;
}

function hideTips() {
  for (const shown of tips.values()) if (shown.matches(":popover-open")) shown.hidePopover();
}

document.addEventListener("pointerdown", (event) => event.target.closest?.(".word") ?? hideTips());
addEventListener("scroll", hideTips, { capture: true, passive: true });
addEventListener("resize", hideTips);
