//! The page of a report, opened in a real browser.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use tempfile::TempDir;

use crate::report::{compared_project, hostile_project};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser, if there is one on the path.
fn browser() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let places = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// The browser; without one the test is left out, which in CI on Linux is a failure.
pub fn browser_or_skip() -> Option<PathBuf> {
    let found = browser();
    if found.is_none() {
        // Past the harness's capture, so that the skip is seen.
        let skipped = format!("skipped: no browser of {BROWSERS:?} is here to open the page in\n");
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        let in_ci = cfg!(target_os = "linux") && env::var("CI").as_deref() == Ok("true");
        assert!(!in_ci, "CI has no browser: install chromium");
    }
    found
}

/// The page's elements after its script ran, and what the browser's console said.
pub fn opened(browser: &Path, page: &str, hash: &str) -> (String, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("report.html");
    fs::write(&path, page).unwrap();
    let profile = folder.path().join("profile");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}{hash}", path.display()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(dom.contains("</html>"), "the browser gave no page:\n{told}");
    (dom, told.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect())
}

/// The text of the element with this id, or of what else begins so, without its tags.
pub fn text(dom: &str, opening: &str, closing: &str) -> String {
    assert!(dom.contains(opening), "no {opening} in:\n{dom}");
    let from = dom.split_once(opening).unwrap().1;
    let inside = from.split_once('>').unwrap().1.split_once(closing).unwrap().0;
    Regex::new("<[^>]*>").unwrap().replace_all(inside, " ").into_owned()
}

fn rows(dom: &str) -> usize {
    Regex::new(r#"role="row" id="row-\d+""#).unwrap().find_iter(dom).count()
}

#[test]
fn a_browser_filters_opens_a_hostile_record_and_has_nothing_to_complain_about() {
    let Some(browser) = browser_or_skip() else { return };
    let page = hostile_project().evenhand(&["report", "--html", "-"]).stdout;
    let hash = "#status=differs&record=%3C%2Fscript%3E%3Cscript%3Econsole.error('id')%3C%2Fscript%3E";
    let (dom, console) = opened(&browser, &page, hash);
    assert_eq!(console, Vec::<String>::new());
    assert_eq!(text(&dom, "id=\"shown\"", "</p>"), "3 of 6 records");
    assert_eq!(rows(&dom), 3);
    let detail = text(&dom, "id=\"detail\"", "</aside>");
    for shown in [
        "&lt;/script&gt;&lt;script&gt;console.error('id')&lt;/script&gt;",
        "&lt;img src=x onerror=alert(1)&gt; @you",
        "r2: go away",
        "Decide whether the text is polite.",
        "raw reply",
        "&lt;b&gt;tag&lt;/b&gt;",
    ] {
        assert!(detail.contains(shown), "{shown} is not in:\n{detail}");
    }
    assert!(!dom.contains("<img"));
    let summary = text(&dom, "id=\"summary\"", "</section>");
    assert!(
        summary.contains("accuracy") && summary.contains("40.0 %") && summary.contains("2 of 5"),
        "{summary}"
    );
}

/// Keys pressed once the page is there. The policy that forbids any other script is taken out for it.
const PRESSES: &str = r##"<script type="module">
const press = (key, target = document.activeElement) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const noted = [];
const note = (what) => noted.push(`${what}: ${document.querySelector("#detail h2")?.textContent ?? "closed"}`);
press("j"); press("j"); press("k"); press("j"); press("Enter"); note("opened");
press("j"); note("next");
press("Escape"); note("left");
press("/");
noted.push(`search: ${document.activeElement.id}`);
document.activeElement.value = "label:yes PLAIN";
document.activeElement.dispatchEvent(new Event("input"));
noted.push(`found: ${document.querySelector("#shown").textContent}`);
press("Enter"); press("j"); press("Enter"); note("the found one");
document.querySelector("#theme").click(); document.querySelector("#theme").click();
noted.push(`theme: ${document.documentElement.dataset.theme}, ${getComputedStyle(document.body).backgroundColor}`);
noted.push(`link: ${location.hash}`);
document.body.append(Object.assign(document.createElement("ol"), { id: "noted", textContent: noted.join("\n") }));
</script></body>"##;

#[test]
fn the_keyboard_reaches_everything() {
    let Some(browser) = browser_or_skip() else { return };
    let page = hostile_project().evenhand(&["report", "--html", "-"]).stdout;
    let policy = Regex::new(r#"<meta http-equiv="Content-Security-Policy"[^>]*>"#).unwrap();
    let page = policy.replace(&page, "").replace("</body>", PRESSES);
    let (dom, console) = opened(&browser, &page, "#sort=id&status=same,failed");
    assert_eq!(console, Vec::<String>::new());
    insta::assert_snapshot!(text(&dom, "id=\"noted\"", "</ol>"));
}

/// Tips opened and closed by the keyboard, a finger and a mouse; and the headings that hold a word and do not explain it.
const EXPLAINS: &str = r#"<script type="module">
const noted = [];
const note = (how) => noted.push(`${how}: ${document.querySelector(".tip:popover-open")?.textContent ?? "nothing"}`);
const word = (text) => [...document.querySelectorAll("button.word")].find((one) => one.textContent === text);
const kappa = word("Cohen's κ");
kappa.focus({ focusVisible: true }); note("reached by Tab");
kappa.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })); note("Escape");
kappa.click(); note("Enter or a finger");
document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })); note("elsewhere");
const point = (what, one) => one.dispatchEvent(new PointerEvent(what, { pointerType: "mouse" }));
point("pointerenter", word("accuracy")); note("pointed at");
point("pointerleave", word("accuracy")); note("left");
noted.push(`read out: ${document.getElementById(kappa.getAttribute("aria-describedby")).textContent}`);
const known = JSON.parse(document.getElementById("words").textContent).map(({ shown }) => shown.toLowerCase());
const plain = [...document.querySelectorAll("th, dt, h2")].filter((one) => !one.querySelector(".word") && known.includes(one.textContent.toLowerCase()));
noted.push(`not explained: ${plain.length}`);
document.body.append(Object.assign(document.createElement("ol"), { id: "noted", textContent: noted.join("\n") }));
</script></body>"#;

#[test]
fn a_word_that_heads_something_explains_itself_by_keyboard_finger_and_mouse() {
    let Some(browser) = browser_or_skip() else { return };
    let page = compared_project().evenhand(&["report", "--html", "-"]).stdout;
    let policy = Regex::new(r#"<meta http-equiv="Content-Security-Policy"[^>]*>"#).unwrap();
    let page = policy.replace(&page, "").replace("</body>", EXPLAINS);
    let (dom, console) = opened(&browser, &page, "");
    assert_eq!(console, Vec::<String>::new());
    insta::assert_snapshot!(text(&dom, "id=\"noted\"", "</ol>"));
}

#[test]
fn an_agents_run_is_a_numbered_transcript_with_calls_folded() {
    let Some(browser) = browser_or_skip() else { return };
    let page = crate::report::agents_project().evenhand(&["report", "--html", "-"]).stdout;
    let (dom, console) = opened(&browser, &page, "#record=b");
    assert_eq!(console, Vec::<String>::new());
    let body = text(&dom, "id=\"body\"", "<aside");
    assert!(body.contains("user: Where is my order 17? 1. say"), "{body}");
    let steps = text(&dom, "class=\"steps\"", "</ol>");
    let order = [
        "user:",
        "Where is my order 17?",
        "1.",
        "I look it up.",
        "2.",
        "get_order",
        "3.",
        "get_carrier",
        "error: &lt;/script&gt;",
        "final answer:",
    ];
    let places =
        order.map(|shown| steps.find(shown).unwrap_or_else(|| panic!("{shown} is not in:\n{steps}")));
    assert!(places.is_sorted(), "{places:?}\n{steps}");
    // Arguments, results and the raw run are made when they are opened.
    let detail = text(&dom, "id=\"detail\"", "</aside>");
    assert!(
        !steps.contains(&"x".repeat(200)) && detail.contains("The run as it was logged, JSON"),
        "{detail}"
    );
    let open = "<script type=\"module\">document.querySelectorAll('details').forEach((one) => { one.open = true; });</script></body>";
    let policy = Regex::new(r#"<meta http-equiv="Content-Security-Policy"[^>]*>"#).unwrap();
    let (dom, _) = opened(&browser, &policy.replace(&page, "").replace("</body>", open), "#record=b");
    let steps = text(&dom, "class=\"steps\"", "</ol>");
    assert!(
        steps.contains(&"x".repeat(300)) && steps.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "{steps}"
    );
    assert!(text(&dom, "The run as it was logged", "</details>").contains("\"say\": \"I look it up.\""));
    assert!(!dom.contains("<img"));
}

#[test]
fn old_and_new_stand_side_by_side() {
    let Some(browser) = browser_or_skip() else { return };
    let page = compared_project().evenhand(&["report", "--html", "-"]).stdout;
    let (dom, console) = opened(&browser, &page, "#q=golden:worse");
    assert_eq!(console, Vec::<String>::new());
    assert_eq!(text(&dom, "id=\"shown\"", "</p>"), "1 of 6 records");
    let golden = text(&dom, "id=\"golden\"", "</section>");
    for shown in ["regression", "openai/mock-0", "prompt", "−0.050", "−0.090 to −0.010"] {
        assert!(golden.contains(shown), "{shown} is not in:\n{golden}");
    }
    assert!(dom.contains("Scores of the golden file against scores now"));
}

#[test]
fn the_page_of_a_tuning_has_the_verdict_first() {
    let Some(browser) = browser_or_skip() else { return };
    let (dom, console) = opened(&browser, &crate::tune::hostile_page(), "");
    assert_eq!(console, Vec::<String>::new());
    let summary = text(&dom, "id=\"summary\"", "</section>");
    let places = [
        "The new prompt gains: κ 0.00 to 1.00",
        "95 % +1.00 to +1.00, paired",
        "Do this",
        "evenhand run polite",
        "records to learn from",
    ]
    .map(|shown| summary.find(shown).unwrap_or_else(|| panic!("{shown} is not in:\n{summary}")));
    assert!(places.is_sorted(), "{summary}");
    let plots = text(&dom, "id=\"plots\"", "</section>");
    assert!(plots.contains("Objective over calls") && plots.contains("Quality against tokens"), "{plots}");
    assert!(dom.matches("<circle").count() > 6, "points are drawn");
    let prompt = text(&dom, "id=\"prompt\"", "</section>");
    assert!(prompt.contains("+ Polite means please. &lt;/pre&gt;&lt;script&gt;alert(1)"), "{prompt}");
    assert!(dom.contains("<span class=\"more\">"));
    let candidates = dom.split("id=\"candidates\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(candidates.matches("<tr").count() - 1, 3, "the baseline and two candidates");
}

#[test]
fn the_page_of_a_tuning_that_noted_less_has_no_plots() {
    let Some(browser) = browser_or_skip() else { return };
    let (dom, console) = opened(&browser, &crate::tune::page_of_one_that_noted_less(), "");
    assert_eq!(console, Vec::<String>::new());
    let summary = text(&dom, "id=\"summary\"", "</section>");
    assert!(summary.contains("The new prompt gains"), "{summary}");
    assert!(text(&dom, "id=\"candidates\"", "</section>").contains("harvested demos"));
    assert_eq!(text(&dom, "id=\"plots\"", "</section>"), "");
}

#[test]
fn the_page_of_a_comparison_has_the_direction_first_and_both_sides_of_changed_records() {
    let Some(browser) = browser_or_skip() else { return };
    let [page, _] = crate::compare::reports();
    let (dom, console) = opened(&browser, &page, "");
    assert_eq!(console, Vec::<String>::new());
    let main = text(&dom, "id=\"page\"", "</main>");
    let places = [
        "No difference shown",
        "get the right verdict",
        "Keep what you have",
        "3 records with another verdict",
        "r1",
        "old",
        "new",
        "Too familiar.",
    ]
    .map(|shown| main.find(shown).unwrap_or_else(|| panic!("{shown} is not in:\n{main}")));
    assert!(places[..5].is_sorted(), "{places:?}\n{main}");
    assert_eq!(dom.matches("<article").count(), 3);
}

#[test]
fn the_page_of_a_calibration_has_the_verdict_first_and_the_disagreements() {
    let Some(browser) = browser_or_skip() else { return };
    let [page, _] = crate::calibrate::reports();
    let (dom, console) = opened(&browser, &page, "");
    assert_eq!(console, Vec::<String>::new());
    let main = text(&dom, "id=\"page\"", "</main>");
    let places = [
        "The judge agrees with the labels beyond chance",
        "Keep what you have",
        "Reliability",
        "Agreement",
        "with a verdict that is not the label",
    ]
    .map(|shown| main.find(shown).unwrap_or_else(|| panic!("{shown} is not in:\n{main}")));
    assert!(places.is_sorted(), "{places:?}\n{main}");
    assert!(dom.matches("<article").count() > 5);
}

#[test]
fn the_page_of_a_bench_has_what_to_use_first_and_its_plots() {
    let Some(browser) = browser_or_skip() else { return };
    let (dom, console) = opened(&browser, &crate::bench::hostile_page(), "");
    assert_eq!(console, Vec::<String>::new());
    let summary = text(&dom, "id=\"summary\"", "</section>");
    assert!(summary.contains("use sharp: κ 1.00"), "{summary}");
    let plots = text(&dom, "id=\"plots\"", "</section>");
    for title in ["Quality against time", "Quality against cost", "Times of a record", "Throughput"] {
        assert!(plots.contains(title), "{title} is not in:\n{plots}");
    }
    assert!(dom.matches("<circle").count() >= 8, "points are drawn");
    assert!(dom.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "names are text");
    let figures = text(&dom, "id=\"figures\"", "</section>");
    assert!(figures.contains("20 tokens") && figures.contains("100,000"), "{figures}");
}
