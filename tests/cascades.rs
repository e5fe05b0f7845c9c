//! Cascades: a cheap judge first, and the next one where it is not sure enough.

use evenhand::report::Detail;
use evenhand::stats::Promise;
use evenhand::suite::{CalibrateOptions, CascadeEnd, Environment, Exit, Project as Suites};
use insta::assert_snapshot;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::advice::follow;
use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::Project;
use crate::support::server::{Reply, openai_answer};

const SURE: &str = r#"
instruction = "Decide whether the text is polite."

[inputs.text]
description = "What was said."

[outputs.verdict]
description = "The verdict."
choices = ["yes", "no"]

[outputs.confidence]
description = "How sure you are."
type = "number"
min = 0.0
max = 1.0

[score]
field = "verdict"
labels = { yes = 1.0, no = 0.0 }
"#;

/// A judge that is right where it is sure, and sure of the records r1 to r3 alone.
fn cheap() -> Mock {
    Mock::new(|request| {
        let is_sure = ["r1", "r2", "r3"].contains(&record(request).as_str());
        let fair: Value = serde_json::from_str(&fair_answer(request)).unwrap();
        let verdict = if is_sure { fair["verdict"].clone() } else { json!("no") };
        openai_answer(
            &json!({"verdict": verdict, "confidence": if is_sure { 0.95 } else { 0.4 }}).to_string(),
        )
    })
}

fn dear() -> Mock {
    Mock::new(|request| {
        let fair: Value = serde_json::from_str(&fair_answer(request)).unwrap();
        openai_answer(&json!({"verdict": fair["verdict"], "confidence": 0.7}).to_string())
    })
}

fn project(cheap: &Mock, dear: &Mock, last: &str) -> Project {
    let project = Project::empty();
    let model = |role: &str, mock: &Mock, price: f64| {
        format!(
            "[models.{role}]\nmodel = \"openai/{role}\"\nbase_url = \"{}\"\ntransport_retries = 0\n\
             price = {{ input_per_million = {price:.1}, output_per_million = {price:.1} }}\n\n",
            mock.url("/v1")
        )
    };
    project.write(
        "evenhand.toml",
        format!(
            "{}{}[suites.polite]\nsignature = \"sure\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n\n\
             [[suites.polite.cascade.stages]]\nname = \"cheap\"\nmodel = \"cheap\"\nthreshold = 0.8\n\n\
             [[suites.polite.cascade.stages]]\nname = \"dear\"\nmodel = \"dear\"\n{last}\n",
            model("cheap", cheap, 1.0),
            model("dear", dear, 10.0)
        ),
    );
    project.write("signatures/sure.toml", SURE);
    project.write("polite.jsonl", crate::support::project::records(6));
    project
}

#[test]
fn the_next_stage_is_asked_where_the_one_before_is_not_sure_enough() {
    let (cheap, dear) = (cheap(), dear());
    let project = project(&cheap, &dear, "");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!((cheap.requests().len(), dear.requests().len()), (6, 3));
    let mut asked = dear.asked();
    asked.sort();
    assert_eq!(asked, ["r4", "r5", "r6"]);
    assert_snapshot!(ran);
    let summary = &project.evenhand(&["run", "--json", "--no-cache"]).json().1["summary"];
    let cascade = &summary["cascades"][0];
    // A call is 29 tokens: 6 cheap and 3 dear ones at 1 and 10 dollars a million, where 6 dear ones were 1,740 millionths.
    let millionths = |value: &Value| format!("{:.1}", 1e6 * value.as_f64().unwrap());
    assert_eq!(millionths(&cascade["cost_usd"]), "1044.0");
    assert_eq!(millionths(&cascade["last_alone_usd"]), "1740.0");
    assert_eq!(format!("{:.3}", cascade["saved"].as_f64().unwrap()), "0.400");
    assert_eq!(cascade["stages"][0]["stands"]["count"], 3);
    assert_eq!(cascade["stages"][1]["stands"]["count"], 3);
}

#[test]
fn the_page_shows_the_stages_and_on_a_record_which_one_stands() {
    let (cheap, dear) = (cheap(), dear());
    let project = project(&cheap, &dear, "");
    let ran = project.evenhand(&["run", "--html", "report.html", "--json-report", "report.json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
    let suite = &report["suites"][0];
    assert_eq!(suite["cascades"][0]["stages"][0]["stands"], 3);
    let stages = |id: &str| {
        let records = suite["records"].as_array().unwrap();
        records.iter().find(|record| record["id"] == id).unwrap()["stages"].clone()
    };
    let said = |stages: &Value| {
        let of = |stage: &Value| (stage["is_asked"] == true, stage["stands"] == true);
        stages.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(said(&stages("r1")), [(true, true), (false, false)], "the first stage is sure enough");
    assert_eq!(said(&stages("r4")), [(true, false), (true, true)], "the second is asked, and stands");
    let Some(browser) = crate::report_page::browser_or_skip() else { return };
    let (dom, console) = crate::report_page::opened(&browser, &project.read("report.html"), "#record=r5");
    assert!(console.is_empty(), "{console:?}");
    assert!(dom.contains("The cascade sure") && dom.contains("40.0 % of dear alone"), "{dom}");
    assert!(dom.contains("dear: yes, confidence 0.70 "), "{dom}");
}

#[test]
fn after_the_last_stage_it_abstains_and_a_stage_that_fails_is_never_a_score() {
    let (first, last) = (cheap(), dear());
    let abstaining = project(&first, &last, "threshold = 0.9");
    let ran = abstaining.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let (_, summary) = ran.json();
    assert_eq!(summary["summary"]["undecided"], 3);
    assert_eq!(summary["summary"]["cascades"][0]["abstains"]["count"], 3);
    let abstains = |line: &&Value| line["result"]["scored"]["label"] == "abstains";
    assert_eq!(abstaining.journal().iter().filter(abstains).count(), 3);
    let broken = Mock::new(|_| Reply::status(400));
    let first_fails = project(&broken, &last, "");
    let ran = first_fails.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "the next stage answers: {ran}");
    assert_eq!(ran.json().1["summary"]["cascades"][0]["stages"][1]["stands"]["count"], 6);
    let last_fails = project(&first, &broken, "");
    let ran = last_fails.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 3, "{ran}");
    assert_eq!(ran.json().1["summary"]["unscored"]["refused"], 3, "{ran}");
}

#[test]
fn a_cascade_is_locked_and_replayed_and_its_threshold_is_a_part_of_the_judge() {
    let (cheap, dear) = (cheap(), dear());
    let project = project(&cheap, &dear, "");
    assert_eq!(project.evenhand(&["golden", "lock", "polite", "--replies"]).code, 0);
    let before = cheap.requests().len() + dear.requests().len();
    assert_eq!(project.evenhand(&["check", "--replay"]).code, 0);
    assert_eq!(cheap.requests().len() + dear.requests().len(), before);
    let dry = project.evenhand(&["run", "--dry-run", "--no-cache"]);
    assert!(dry.stdout.contains("6 records, 12 calls"), "at most: {dry}");
    project
        .write("evenhand.toml", project.read("evenhand.toml").replace("threshold = 0.8", "threshold = 0.3"));
    let checked = project.evenhand(&["check", "--replay"]);
    assert!(checked.stdout.contains("judge prompt"), "{checked}");
}

#[test]
fn what_no_cascade_can_be_is_an_error_that_says_why() {
    let server = Mock::fair();
    let errors = [
        (
            "stages = [{ name = \"a\" }, { name = \"b\" }]",
            "a has no threshold, so no stage after it is ever asked",
        ),
        ("stages = [{ name = \"a\", threshold = 0.5 }]", "has less than 2 items"),
        (
            "stages = [{ name = \"a\", threshold = 0.5 }, { name = \"b\", accuracy = 0.9 }]",
            "`accuracy` is of a jury's",
        ),
        (
            "stages = [{ name = \"a\", threshold = 1.5 }, { name = \"b\" }]",
            "1.5 is greater than the maximum of 1",
        ),
    ];
    for (cascade, expected) in errors {
        let project = Project::judged_at(&server.url("/v1"));
        project.add("evenhand.toml", &format!("\n[suites.polite.cascade]\n{cascade}\n"));
        let ran = project.evenhand(&["run"]);
        assert_eq!(ran.code, 2, "{cascade}: {ran}");
        assert!(ran.stderr.contains(expected), "{cascade}: {ran}");
    }
    let both = Project::judged_at(&server.url("/v1"));
    let jury = "[suites.polite.jury]\nmembers = [{ name = \"a\" }, { name = \"b\" }]\n";
    let cascade = "[suites.polite.cascade]\nstages = [{ name = \"c\", threshold = 0.5 }, { name = \"d\" }]\n";
    both.add("evenhand.toml", &format!("\n{jury}{cascade}"));
    assert!(both.evenhand(&["run"]).stderr.contains("a judge is a jury or a cascade, not both"));
    assert!(server.requests().is_empty());
}

/// The number of the record that is asked about, and its label.
fn numbered(request: &crate::support::server::RecordedRequest) -> (usize, &'static str) {
    let number: usize = record(request).trim_start_matches('r').parse().unwrap();
    (number, if number.is_multiple_of(3) { "no" } else { "yes" })
}

/// A judge that is as sure of a record as this says, in hundredths, and wrong where this says so.
fn sure_and_wrong(sure: fn(usize) -> u32, wrong: fn(usize) -> bool) -> Mock {
    Mock::new(move |request| {
        let (number, label) = numbered(request);
        let other = if label == "yes" { "no" } else { "yes" };
        let verdict = if wrong(number) { other } else { label };
        let confidence = f64::from(sure(number)) / 100.0;
        openai_answer(&json!({"verdict": verdict, "confidence": confidence}).to_string())
    })
}

fn hundredth(number: usize) -> u32 {
    u32::try_from(number * 37 % 100).unwrap()
}

/// A cascade of a cheap judge, which is wrong on every fourth record that it is not sure of, and a dear one that is
/// wrong on the four in a hundred that it is least sure of.
fn with_labels(records: usize) -> (Project, Mock, Mock) {
    let cheap = sure_and_wrong(hundredth, |n| hundredth(n) < 50 && n % 4 == 1);
    let dear = sure_and_wrong(|n| 60 + hundredth(n) / 3, |n| hundredth(n) < 4);
    let project = project(&cheap, &dear, "");
    let line = |n: usize| {
        let label = if n.is_multiple_of(3) { "no" } else { "yes" };
        format!("{}\n", json!({"id": format!("r{n}"), "text": format!("r{n}: a text"), "label": label}))
    };
    project.write("polite.jsonl", (1..=records).map(line).collect::<String>());
    (project, cheap, dear)
}

#[cfg(unix)]
#[test]
fn labels_give_thresholds_with_a_guarantee_which_are_stored_and_void_after_a_change() {
    let (project, cheap, dear) = with_labels(240);
    let ran = project.evenhand(&["calibrate", "polite", "--cascade", "--limit", "200"]);
    assert_eq!((cheap.requests().len(), dear.requests().len()), (200, 200), "every stage is asked: {ran}");
    assert_snapshot!(ran);
    project.write("evenhand.toml", format!("{}\n[suites.polite.cascade]\n", project.read("evenhand.toml")));
    follow(&project, &ran.stdout);
    assert!(project.read("evenhand.toml").contains("calibration = \"calibration/polite.cascade.json\""));
    let used = project.evenhand(&["run", "--json"]);
    assert_eq!(used.code, 0, "{used}");
    assert!(used.stderr.contains("left out: 200 records that the calibration was fitted on"), "{used}");
    let promise = &used.json().1["summary"]["cascades"][0]["promise"];
    assert_eq!(promise, &json!({"alpha": 0.1, "delta": 0.1}));
    let told = project.evenhand(&["run"]).stdout;
    assert!(told.contains("at most 10 % of the verdicts that stand are wrong"), "{told}");
    assert!(!told.contains("nothing is guaranteed"), "{told}");
    let own = project.evenhand(&["run", "--no-calibration"]).stdout;
    assert!(own.contains("nothing is guaranteed"), "{own}");
    assert_eq!(project.evenhand(&["calibrate", "polite", "--cascade", "--check"]).code, 0);
    let config = project.read("evenhand.toml").replace("openai/dear", "openai/other");
    project.write("evenhand.toml", config);
    let changed = project.evenhand(&["calibrate", "polite", "--cascade", "--check"]);
    assert_eq!(changed.code, 1, "{changed}");
    assert!(
        changed.stdout.contains("dear: the model changed from `openai/dear` to `openai/other`"),
        "{changed}"
    );
    let refused = project.evenhand(&["run"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("dear: the model changed"), "{refused}");
}

#[test]
fn a_stage_for_which_no_threshold_holds_is_not_asked() {
    let cheap = sure_and_wrong(hundredth, |n| n % 3 == 1);
    let dear = sure_and_wrong(|n| 60 + hundredth(n) / 3, |n| n % 50 == 11);
    let project = project(&cheap, &dear, "");
    let (labelled, _, _) = with_labels(120);
    project.write("polite.jsonl", labelled.read("polite.jsonl"));
    let calibrate =
        |words: &[&str]| project.evenhand(&[&["calibrate", "polite", "--cascade"][..], words].concat());
    let ran = calibrate(&["--write", "--limit", "100"]);
    assert!(ran.stdout.contains("No threshold holds for cheap, so it is not asked"), "{ran}");
    project.write(
        "evenhand.toml",
        format!(
            "{}\n[suites.polite.cascade]\ncalibration = \"calibration/polite.cascade.json\"\n",
            project.read("evenhand.toml")
        ),
    );
    let before = cheap.requests().len();
    let used = project.evenhand(&["run", "--json"]);
    assert_eq!(used.code, 0, "{used}");
    assert_eq!((cheap.requests().len(), used.json().0.len()), (before, 20), "{used}");
    // Nothing can be promised by few labels, and that is said with their number.
    let few = calibrate(&["--limit", "25"]);
    assert!(few.stdout.starts_with("\npolite: no threshold holds"), "{few}");
    let words = few.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("25 labelled records are too few. It would take about"), "{few}");
    assert_eq!(calibrate(&["--limit", "25", "--write"]).code, 2);
    // A run of the cascade itself asks the later stages about some records alone.
    let some = project.evenhand(&["run", "--no-calibration"]);
    assert_eq!(some.code, 0, "{some}");
    let from = calibrate(&["--from", "last"]);
    assert!(from.stderr.contains("not every stage was asked about every labelled record"), "{from}");
}

#[test]
fn a_cascade_beside_checks_is_calibrated_by_itself() {
    let (project, _cheap, _dear) = with_labels(100);
    project.add(
        "evenhand.toml",
        "\n[suites.polite.checks.text]\nkind = \"contains\"\nexpected = [\"text\"]\n\n\
         [suites.polite.label_values]\nyes = \"pass\"\nno = \"fail\"\n",
    );
    let ran = project.evenhand(&["calibrate", "polite", "--cascade", "--json", "--alpha", "0.2"]);
    assert_eq!(ran.code, 0, "{ran}");
    let line: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    let page = &line["page"];
    assert_eq!((&line["type"], &page["labelled"]), (&json!("cascade_calibration"), &json!(100)));
    assert!(page["stages"][0]["threshold"]["upper"].as_f64().unwrap() <= 0.2, "{page}");
    // $1 and $10 a million tokens, and 29 tokens a call.
    assert_eq!(page["unit"], "dollars");
    let cost = |stage: usize| format!("{:.1}", 1e6 * page["stages"][stage]["cost"].as_f64().unwrap());
    assert_eq!((cost(0), cost(1)), ("29.0".to_owned(), "290.0".to_owned()));
    let named = project.evenhand(&["calibrate", "polite", "--cascade", "--judge", "other"]);
    assert!(named.stderr.contains("has no judge `other` that is a cascade"), "{named}");
    let share = project.evenhand(&["calibrate", "polite", "--cascade", "--alpha", "1.5"]);
    assert!(share.stderr.contains("--alpha 1.5 is not a share between 0 and 1"), "{share}");
}

#[test]
fn a_program_looks_for_thresholds_as_the_command_does() {
    let (project, cheap, _dear) = with_labels(240);
    let suites = Suites::open(project.path("evenhand.toml"), Environment::of([("", ""); 0])).unwrap();
    let calibrated = |judge: Option<&str>| {
        let mut options = CalibrateOptions::default();
        options.run.limit = Some(200);
        let promise = Promise { alpha: 0.1, delta: 0.1 };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asked = suites.suite("polite").unwrap().calibrate_cascade(judge, promise, options, |_| {});
        runtime.block_on(asked)
    };
    let Ok(CascadeEnd::Calibrated(found)) = calibrated(None) else { panic!("it is not interrupted") };
    assert_eq!((found.exit(), cheap.requests().len()), (Exit::Success, 200));
    let by_program = found.page().text(Detail::Figures);
    let ran = project.evenhand(&["calibrate", "polite", "--cascade", "--limit", "200"]);
    assert!(ran.stdout.contains(&by_program), "{ran}\n{by_program}");
    assert!(calibrated(Some("other")).is_err());
}
