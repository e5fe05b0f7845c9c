//! The pages of reports on screens of every width, light and dark: nothing is wider than the screen, cut off, or broken into
//! letters, and what is asked for comes first.

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::report::{agents_project, compared_project, hostile_project};
use crate::report_page::browser_or_skip;

const WIDTHS: [u32; 3] = [1280, 768, 390];
const HEIGHT: u32 = 900;

/// What is wrong with a page, found in it once it is there and told to the page around it.
const MEASURE: &str = r##"<script type="module">
const faults = [];
const name = (one) => `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ""}.${[...one.classList].join(".")} "${one.textContent.slice(0, 40)}"`;
const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
const inside = (one, holds) => { for (let up = one.parentElement; up; up = up.parentElement) if (holds(up)) return true; return false; };
const shown = (one) => one.checkVisibility?.() && !one.closest(".unseen, script, style, title");
if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
for (const one of document.querySelectorAll("body *")) {
  if (!shown(one) || one.closest("svg") !== null && one.tagName !== "svg") continue;
  const box = one.getBoundingClientRect();
  if (box.width > innerWidth + 0.5) faults.push(`${box.width} wide: ${name(one)}`);
  if (box.width > 0 && !inside(one, scrolls) && (box.right > innerWidth + 0.5 || box.left < -0.5)) faults.push(`from ${box.left} to ${box.right}: ${name(one)}`);
  // Rows of the list end in dots, by intention.
  const isRow = one.closest("[role=row], .composition, input") !== null;
  if (innerWidth < 600 && !isRow && one.tagName !== "svg" && getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1)
    faults.push(`${one.scrollWidth} in ${one.clientWidth}, cut off or scrolled: ${name(one)}`);
}
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const range = document.createRange();
while (texts.nextNode()) {
  const node = texts.currentNode;
  if (!node.parentElement || !shown(node.parentElement) || node.parentElement.closest("svg, [role=row]")) continue;
  for (const word of node.data.matchAll(/\p{L}{4,20}/gu)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
    if (lines > 2) faults.push(`"${word[0]}" on ${lines} lines`);
  }
}
const detail = document.querySelector("#detail:not([hidden])");
const told = {
  page: document.title, width: innerWidth,
  dark: getComputedStyle(document.body).backgroundColor,
  first: Math.round(document.querySelector("#summary h1").getBoundingClientRect().bottom + scrollY),
  open: detail && Math.round(detail.getBoundingClientRect().top),
};
// Every word that explains itself does so within the screen.
const words = [...document.querySelectorAll("button.word")].filter(shown);
for (const word of words) {
  word.scrollIntoView({ block: "center" });
  word.click();
  const box = document.querySelector(".tip:popover-open")?.getBoundingClientRect();
  if (!box) faults.push(`no tip: ${name(word)}`);
  else if (box.left < 0 || box.right > innerWidth + 0.5 || box.top < 0 || box.bottom > innerHeight + 0.5) faults.push(`tip from ${box.left} to ${box.right}, ${box.top} to ${box.bottom}: ${name(word)}`);
}
told.words = words.length;
told.faults = [...new Set(faults)].slice(0, 12);
parent.postMessage(JSON.stringify(told), "*");
</script></body>"##;

/// Every page, with the part of the address that opens something.
fn pages() -> Vec<(String, &'static str)> {
    let of = |project: crate::support::project::Project| project.evenhand(&["report", "--html", "-"]).stdout;
    let (agents, hostile) = (of(agents_project()), of(hostile_project()));
    let [comparison, _] = crate::compare::reports();
    let [calibration, _] = crate::calibrate::reports();
    vec![
        (hostile.clone(), ""),
        (hostile, "#record=%3C%2Fscript%3E%3Cscript%3Econsole.error('id')%3C%2Fscript%3E"),
        (agents, "#record=b"),
        (of(compared_project()), ""),
        (crate::tune::hostile_page(), ""),
        (comparison, ""),
        (calibration, ""),
        (crate::bench::hostile_page(), ""),
    ]
}

/// What the pages tell, each opened at each width on a screen that is light or dark.
fn measured(browser: &Path, pages: &[(String, &str)], scheme: &str) -> Vec<Value> {
    let folder = TempDir::new().unwrap();
    let policy = Regex::new(r#"<meta http-equiv="Content-Security-Policy"[^>]*>"#).unwrap();
    let mut frames = String::new();
    for (number, (page, hash)) in pages.iter().enumerate() {
        let measuring = policy.replace(page, "").replace("</body>", MEASURE);
        fs::write(folder.path().join(format!("{number}.html")), measuring).unwrap();
        for width in WIDTHS {
            frames += &format!(
                "<iframe src=\"{number}.html{hash}\" style=\"border:0;width:{width}px;height:{HEIGHT}px\"></iframe>"
            );
        }
    }
    let listen = "<ol id=told></ol><script>addEventListener('message', ({ data }) => {
        told.append(Object.assign(document.createElement('li'), { textContent: data })); });</script>";
    fs::write(folder.path().join("all.html"), format!("<!doctype html><body>{listen}{frames}")).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--hide-scrollbars", "--window-size=1400,900"])
        .args([scheme, "--virtual-time-budget=8000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", folder.path().join("all.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = Regex::new("<li>(.*?)</li>").unwrap();
    let plain = |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    told.captures_iter(&dom).map(|found| serde_json::from_str(&plain(&found[1])).unwrap()).collect()
}

#[test]
fn every_page_fits_every_screen_light_and_dark() {
    let Some(browser) = browser_or_skip() else { return };
    let pages = pages();
    for (scheme, background) in [
        ("--blink-settings=preferredColorScheme=1", "rgb(251, 250, 246)"),
        ("--blink-settings=preferredColorScheme=0", "rgb(22, 22, 26)"),
    ] {
        let told = measured(&browser, &pages, scheme);
        assert_eq!(told.len(), pages.len() * WIDTHS.len(), "{told:#?}");
        for page in &told {
            assert_eq!(page["faults"], Value::Array(Vec::new()), "{page:#}");
            assert_eq!(page["dark"], background, "{page:#}");
            assert!(page["words"].as_u64().unwrap() > 0, "words explain themselves: {page:#}");
            assert!(page["first"].as_u64().unwrap() < 300, "the answer is at the top: {page:#}");
        }
        let open: Vec<&Value> = told.iter().filter(|page| !page["open"].is_null()).collect();
        assert_eq!(open.len(), 2 * WIDTHS.len());
        for page in open {
            let top = page["open"].as_i64().unwrap();
            assert!((0..i64::from(HEIGHT / 2)).contains(&top), "the open record is in view: {page:#}");
        }
    }
}
