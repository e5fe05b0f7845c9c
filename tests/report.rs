//! Reports of runs, in every form.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use regex::Regex;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::{Project, json_lines};
use crate::support::server::openai_answer;

/// What a record or a model may write to get out of a report.
const BREAKOUT: &str =
    "</script><script>console.error('out')</script><img src=x onerror=alert(1)> @you | `b` ]]>";

/// Ids, texts and labels of records that are hostile, each to another format.
fn hostile() -> String {
    let records = [
        ("=HYPERLINK(\"http://e.example\")", "r1: please wait", json!("yes")),
        ("</script><script>console.error('id')</script>", "r2: go away", json!("yes")),
        ("a\u{1b}[31m]]>\u{0}b", "r3: please come in", json!("no")),
        ("::error title=x::y\n%0A@you|`c`", "r4: shut the door", json!("yes")),
        ("plain", "r5: please mind the step", json!("yes")),
        ("unlabelled", "r6: move", Value::Null),
    ];
    let line = |(id, text, label): &(&str, &str, Value)| {
        json!({"id": id, "text": text, "label": label, "tags": ["<b>tag</b>"]}).to_string() + "\n"
    };
    records.iter().map(line).collect()
}

/// A judge whose reasons are hostile, and that says nonsense about the fifth record at first.
fn hostile_judge() -> Mock {
    Mock::new(|request| {
        let again = crate::support::mock::is_again(request);
        if record(request) == "r5" && !again {
            return openai_answer("I would say yes. </script>");
        }
        openai_answer(&fair_answer(request).replace("It does not say please.", BREAKOUT))
    })
}

/// A project that was judged once, with hostile records.
pub fn hostile_project() -> Project {
    let server = hostile_judge();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", hostile());
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

/// A project with two runs of an agent, judged once: calls that are long, an error, and markup.
pub fn agents_project() -> Project {
    let server =
        Mock::new(|_| openai_answer("{\"reasoning\": \"It did what was asked.\", \"verdict\": \"yes\"}"));
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", "trajectory = { field = \"did\" }\nfields = { text = \"did\" }\n");
    let run = |id: &str, answer: &str| {
        json!({"id": id, "label": "yes", "did": {
            "steps": [
                {"user": "Where is my order 17?"},
                {"say": "I look it up."},
                {"call": "get_order", "arguments": {"id": 17, "token": "x".repeat(300)}, "result": {"status": "late", "note": "late ".repeat(80)}},
                {"call": "get_carrier", "arguments": {"id": 17}, "result": BREAKOUT, "error": true},
            ],
            "answer": answer,
        }})
        .to_string()
            + "\n"
    };
    project.write("polite.jsonl", run("a", "It is late.") + &run("b", BREAKOUT));
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

/// A text without what differs from run to run.
fn stable(text: &str) -> String {
    let replacements = [
        (r"\d{8}T\d{6}(\.\d+)?-", "[when]-"),
        (r#"time="[\d.]+""#, "time=\"[time]\""),
        (r"; (\d+ ms|[\d.]+ s)\n", "; [time]\n"),
        (r"(?m),[\d.]+,,$", ",[time],,"),
    ];
    replacements.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        Regex::new(pattern).unwrap().replace_all(&text, *replacement).into_owned()
    })
}

#[test]
fn hostile_records_as_markdown_csv_and_junit() {
    let project = hostile_project();
    let report = |flag: &str| stable(&project.evenhand(&["report", flag, "-"]).stdout);
    assert_snapshot!(report("--markdown"));
    assert_snapshot!(report("--csv"));
    assert_snapshot!(report("--junit"));
}

#[test]
fn every_form_is_written_at_the_end_of_a_run_and_the_report_stays() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let words = [
        "--html",
        "out/r.html",
        "--markdown",
        "r.md",
        "--junit",
        "r.xml",
        "--csv",
        "r.csv",
        "--json-report",
        "r.json",
    ];
    let ran = project.evenhand(&[&["run"], &words[..]].concat());
    assert_snapshot!(ran);
    for file in ["out/r.html", "r.md", "r.xml", "r.csv", "r.json"] {
        let at_the_end = project.read(file);
        let flag = words[words.iter().position(|word| *word == file).unwrap() - 1];
        assert_eq!(project.evenhand(&["report", flag, "-"]).stdout, at_the_end, "{file}");
    }
    // Without a format a report is what the run printed.
    let again = project.evenhand(&["report", "last", "polite"]);
    assert_eq!(again.stdout, ran.stdout);
}

#[test]
fn json_is_as_its_schema_says() {
    let project = hostile_project();
    let report: Value = serde_json::from_str(&project.evenhand(&["report", "--json", "-"]).stdout).unwrap();
    let schema: Value = serde_json::from_str(&project.evenhand(&["schema", "report"]).stdout).unwrap();
    let faults: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    let committed = include_str!("../docs/schema/report.json");
    let same = schema == serde_json::from_str::<Value>(committed).unwrap();
    assert!(same, "evenhand schema report > docs/schema/report.json");
    let suite = &report["suites"][0];
    assert_eq!(
        (&report["format"], &suite["settled"], &suite["ended"]),
        (&json!(1), &json!(6), &json!("complete"))
    );
    let statuses: Vec<&str> = suite["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["same", "differs", "differs", "differs", "same", "failed"]);
    assert_eq!(suite["records"][4]["calls"][0]["reply"], "I would say yes. </script>");
    assert!(!suite["records"][4]["calls"][0]["faults"].as_array().unwrap().is_empty());
    assert_eq!(suite["records"][1]["line"], 2);
}

#[test]
fn a_run_is_named_by_its_folder_its_name_or_its_suite() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!(project.evenhand(&["report"]));
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let folder = project.last_run();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let by_suite = project.evenhand(&["report", "polite", "--csv", "-"]).stdout;
    for run in [name, folder.to_str().unwrap(), "last"] {
        assert_eq!(project.evenhand(&["report", run, "--csv", "-"]).stdout, by_suite);
    }
    // Named twice it is reported once.
    assert_eq!(project.evenhand(&["report", name, "polite", "--csv", "-"]).stdout, by_suite);
    assert_snapshot!(project.evenhand(&["report", "politeness"]));
}

#[test]
fn a_run_that_did_not_end_is_reported_from_its_journal() {
    let project = hostile_project();
    std::fs::remove_file(project.last_run().join("summary.json")).unwrap();
    let report = project.evenhand(&["report", "--json", "-"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let suite = &report["suites"][0];
    assert_eq!((&suite["ended"], &suite["settled"]), (&json!("unfinished"), &json!(6)));
    assert_eq!(suite["figures"][0]["name"], "accuracy");
    // The suite is not needed either; then nobody knows its scale.
    project.write("evenhand.toml", "");
    let name = project.last_run().file_name().unwrap().to_str().unwrap().to_owned();
    let bare = project.evenhand(&["report", &name, "--markdown", "-"]);
    assert_eq!(bare.code, 0, "{bare}");
}

/// What junit-10.xsd of Jenkins' xUnit plugin allows: an element's attributes, those it must have, and its children.
const ALLOWED: [(&str, &str, &str, &str); 8] = [
    ("testsuites", "name time tests failures errors", "", "testsuite"),
    (
        "testsuite",
        "name tests failures errors group time skipped timestamp hostname id package file log url",
        "name tests failures errors",
        "testsuite properties testcase system-out system-err",
    ),
    ("properties", "", "", "property"),
    ("property", "name value", "name value", ""),
    ("testcase", "name time classname group", "name", "skipped error failure system-out system-err"),
    ("failure", "type message", "", ""),
    ("error", "type message", "", ""),
    ("skipped", "type message", "", ""),
];

fn attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let pair = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        (
            text(attribute.key.as_ref().as_bytes()),
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned(),
        )
    };
    element.attributes().map(|attribute| pair(attribute.unwrap())).collect()
}

/// An element's name and attributes.
type Seen = (String, Vec<(String, String)>);

/// Checks an element against the rules, and gives its name and attributes.
fn checked(element: &BytesStart<'_>, parent: Option<&str>) -> Seen {
    let name = String::from_utf8(element.name().as_ref().as_bytes().to_vec()).unwrap();
    let rule = ALLOWED.iter().find(|rule| rule.0 == name);
    assert!(rule.is_some(), "<{name}>");
    let (_, allowed, needed, _) = rule.unwrap();
    let attributes = attributes(element);
    let named: BTreeSet<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert!(named.iter().all(|name| allowed.split(' ').any(|one| one == *name)), "{name}: {named:?}");
    assert!(needed.split_whitespace().all(|one| named.contains(one)), "{name}: {named:?}");
    let children =
        parent.map_or("testsuites", |parent| ALLOWED.iter().find(|rule| rule.0 == parent).unwrap().3);
    assert!(children.split(' ').any(|child| child == name), "<{name}> in {parent:?}");
    let times = attributes.iter().filter(|(name, _)| name == "time");
    times.for_each(|(_, time)| assert!(Regex::new(r"^\d+\.\d{3}$").unwrap().is_match(time), "{time}"));
    (name, attributes)
}

#[test]
fn junit_is_what_jenkins_schema_allows_and_its_counts_are_right() {
    let text = hostile_project().evenhand(&["report", "--junit", "-"]).stdout;
    assert!(!text.contains(['\0', '\u{1b}']));
    let mut reader = Reader::from_str(&text);
    let (mut path, mut seen): (Vec<String>, Vec<Seen>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                seen.push(checked(&element, path.last().map(String::as_str)));
                path.push(seen.last().unwrap().0.clone());
            }
            Event::Empty(element) => seen.push(checked(&element, path.last().map(String::as_str))),
            Event::End(_) => drop(path.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty());
    let number = |name: &str| seen.iter().filter(|(element, _)| element == name).count().to_string();
    let suite = &seen.iter().find(|(element, _)| element == "testsuite").unwrap().1;
    let told = |name: &str| suite.iter().find(|(attribute, _)| attribute == name).unwrap().1.clone();
    let counts =
        [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")];
    for (told_as, element) in counts {
        assert_eq!(told(told_as), number(element), "{element}");
    }
    assert_eq!(number("failure"), "4");
}

#[test]
fn records_without_a_score_are_skipped_and_errors_only_where_they_are_too_many() {
    let server = Mock::new(|request| match record(request).as_str() {
        "r3" => openai_answer("no"),
        _ => openai_answer(&fair_answer(request)),
    });
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--junit", "r.xml"]);
    assert_eq!(ran.code, 3);
    assert!(
        project.read("r.xml").contains(r#"<error message="unscored: invalid answer"#),
        "{}",
        project.read("r.xml")
    );
    project.add("evenhand.toml", "max_unscored = 0.5\n");
    assert_eq!(project.evenhand(&["run", "--junit", "r.xml", "--refresh"]).code, 0);
    let text = project.read("r.xml");
    assert!(
        text.contains(r#"errors="0" skipped="1""#) && text.contains("<skipped message=\"unscored: "),
        "{text}"
    );
}

#[test]
fn annotations_and_a_job_summary_for_github() {
    let project = hostile_project();
    let summary = project.path("summary.md");
    let ran =
        project.evenhand_with(("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()), &["report", "--github"]);
    assert_eq!(ran.code, 0);
    assert_snapshot!(ran);
    // Every line is one command of ours: none of a record's own.
    assert!(ran.stderr.lines().all(|line| line.starts_with("::warning ")), "{ran}");
    let markdown = project.evenhand(&["report", "--markdown", "-"]).stdout;
    assert_eq!(project.read("summary.md"), markdown);
    // A second report is added to what is there.
    project.evenhand_with(("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()), &["report", "--github"]);
    assert_eq!(project.read("summary.md"), markdown.repeat(2));
}

/// The text of one of the page's scripts.
pub fn script<'a>(page: &'a str, id: &str) -> &'a str {
    let from = page.split_once(&format!("id=\"{id}\">")).unwrap().1;
    from.split_once("</script>").unwrap().0
}

#[test]
fn nothing_hostile_is_html_in_the_page() {
    let project = hostile_project();
    let page = project.evenhand(&["report", "--html", "-"]).stdout;
    assert_eq!(page.matches("<script").count(), 4);
    assert_eq!(page.matches("</script>").count(), 4);
    assert!(!page.contains("<img") && !page.contains("<b>tag"));
    let head: Value = serde_json::from_str(script(&page, "report")).unwrap();
    assert_eq!(head["suites"][0]["rows"][1]["id"], "</script><script>console.error('id')</script>");
    let details = json_lines(script(&page, "details"));
    assert_eq!(details[1]["reasons"], BREAKOUT);
    assert_eq!(details[4]["calls"][0]["reply"], "I would say yes. </script>");
}

#[test]
fn the_page_shows_prompts_as_they_were_sent_and_says_where_it_cannot() {
    let project = hostile_project();
    let prompts = || {
        let page = project.evenhand(&["report", "--html", "-"]).stdout;
        let head: Value = serde_json::from_str(script(&page, "report")).unwrap();
        (json_lines(script(&page, "details")), head)
    };
    let (details, head) = prompts();
    let shown = &details[3]["prompts"][0];
    assert!(shown["messages"][0]["content"].as_str().unwrap().contains("r4: shut the door"));
    assert!(head["frames"][0][0]["content"].as_str().unwrap().contains("Decide whether the text is polite."));
    project.write(
        "signatures/polite.toml",
        project.read("signatures/polite.toml").replace("polite.\"", "kind.\""),
    );
    let (details, head) = prompts();
    assert!(details.iter().all(|detail| detail["prompts"].is_null()));
    assert_eq!(
        head["suites"][0]["prompts_missing"],
        "the suite, the dataset or the model's settings changed since the run"
    );
}

#[test]
fn inputs_are_shown_only_as_they_were_judged() {
    let project = agents_project();
    let page = || project.evenhand(&["report", "--html", "-"]).stdout;
    let row = |page: &str| {
        serde_json::from_str::<Value>(script(page, "report")).unwrap()["suites"][0]["rows"][0].clone()
    };
    let run = |page: &str| json_lines(script(page, "details"))[0]["run"].clone();
    let shown = page();
    assert!(
        row(&shown)["input"]
            .as_str()
            .unwrap()
            .starts_with("user: Where is my order 17? 1. say: I look it up.")
    );
    assert_eq!(run(&shown)["steps"][3]["event"]["called"]["error"], true);
    assert_eq!(run(&shown)["raw"]["steps"][1]["say"], "I look it up.");
    // Another prompt, and the dataset as it was: the inputs are known still.
    let signature = project.read("signatures/polite.toml").replace("polite.\"", "kind.\"");
    project.write("signatures/polite.toml", signature);
    let other_prompt = page();
    assert_eq!((row(&other_prompt), run(&other_prompt)), (row(&shown), run(&shown)));
    // Another dataset too: nobody knows what was judged.
    project.write("polite.jsonl", project.read("polite.jsonl").replace("order 17", "order 18"));
    let other_records = page();
    assert!(row(&other_records)["input"].is_null() && run(&other_records).is_null());
}

#[test]
fn a_page_to_look_at() {
    let project = hostile_project();
    let ran = project.evenhand(&["view", "--no-open"]);
    assert_eq!(ran.code, 0, "{ran}");
    let path = project.path(ran.stdout.trim());
    assert!(path.ends_with("report.html") && path.starts_with(project.last_run()));
    assert!(std::fs::read_to_string(path).unwrap().starts_with("<!doctype html>"));
    assert_snapshot!(Project::empty().evenhand(&["view"]));
}

/// A run held against a golden file: the second record is worse, the third better.
pub fn compared_project() -> Project {
    let project = hostile_project();
    let ids: Vec<String> =
        json_lines(&hostile()).iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
    let locked = |id: &str, score: f64, label: &str| json!({"id": id, "score": score, "label": label});
    let record = |id: &str, change: &str, was: Value, now: Value| json!({"id": id, "change": change, "was": was, "now": now});
    let interval = json!({"low": -0.09, "high": -0.01, "level": 0.95});
    let diff = json!({
        "suite": "polite", "model": "openai/mock-1", "golden_model": "openai/mock-0", "verdict": "regression",
        "whole": {
            "part": null, "method": "permutation", "n": 6, "golden_mean": 0.55, "new_mean": 0.5, "difference": -0.05,
            "interval": interval, "higher": 1, "lower": 1, "p_value": 0.01, "adjusted_p": 0.01,
            "p_no_difference": 0.01, "smallest_effect": 0.1, "n_needed": null, "verdict": "regression",
        },
        "parts": [], "counts": {"worse": 1, "better": 1, "same": 4},
        "records": [
            record(&ids[1], "worse", locked(&ids[1], 1.0, "yes"), locked(&ids[1], 0.0, "no")),
            record(&ids[2], "better", locked(&ids[2], 0.0, "no"), locked(&ids[2], 1.0, "yes")),
        ],
        "subject": ["prompt"],
    });
    let gate =
        json!({"gate": "min_score", "bound": 0.9, "value": 0.33, "interval": interval, "verdict": "fails"});
    let checked = json!({
        "suite": "polite", "model": "openai/mock-1", "golden": "golden/polite.json", "run": "", "conclusion": "regression",
        "diff": diff, "gates": [gate], "records": 6, "unscored": {}, "unscored_examples": {},
    });
    let file = json!({"exit_code": 1, "checked": checked});
    std::fs::write(project.last_run().join("check.json"), file.to_string()).unwrap();
    project
}

#[test]
fn held_against_a_golden_file_only_what_got_worse_fails() {
    let project = compared_project();
    let junit = project.evenhand(&["report", "--junit", "-"]).stdout;
    // A record, the gate, and the score.
    assert_eq!(junit.matches("<failure").count(), 3, "{junit}");
    assert!(junit.contains(r#"tests="8" failures="3""#), "{junit}");
    assert!(
        junit.contains(r#"type="regression""#) && junit.contains("golden yes, score 1.00, now worse"),
        "{junit}"
    );
    assert_snapshot!(stable(&project.evenhand(&["report", "--markdown", "-"]).stdout));
    let annotated = project.evenhand_with(("GITHUB_STEP_SUMMARY", "/dev/null"), &["report", "--github"]);
    assert_eq!(
        annotated.stderr.lines().filter(|line| line.starts_with("::error ")).count(),
        2,
        "{annotated}"
    );
    let csv = project.evenhand(&["report", "--csv", "-"]).stdout;
    assert!(csv.lines().any(|line| line.ends_with(",worse,1")), "{csv}");
}

#[test]
fn a_check_reports_what_it_found() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    project.add("evenhand.toml", "gates = { min_score = 0.9 }\n");
    let ran =
        project.evenhand(&["check", "--junit", "r.xml", "--markdown", "r.md", "--json-report", "r.json"]);
    let junit = project.read("r.xml");
    assert!(
        junit.contains(r#"<testcase name="golden score" classname="evenhand.polite" time="0.000"/>"#),
        "{ran}{junit}"
    );
    assert!(junit.contains("gate min_score") && junit.contains("min_score 0.9 "), "{junit}");
    let report: Value = serde_json::from_str(&project.read("r.json")).unwrap();
    let suite = &report["suites"][0];
    assert_eq!(suite["exit_code"], ran.code);
    assert_eq!(
        (&suite["golden"]["verdict"], &suite["gates"][0]["gate"]),
        (&json!("pass"), &json!("min_score"))
    );
    assert!(suite["records"].as_array().unwrap().iter().all(|record| record["golden"]["state"] == "same"));
    assert!(project.read("r.md").contains("6 same"), "{}", project.read("r.md"));
}

#[test]
fn a_run_that_settled_nothing_has_no_report_and_keeps_its_exit_code() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--max-calls", "0", "--html", "r.html"]);
    assert_eq!((ran.code, project.has("r.html")), (5, true), "{ran}");
    let empty = project.path(".evenhand/runs/20260101T000000-polite");
    std::fs::create_dir_all(&empty).unwrap();
    std::fs::copy(project.last_run().join("run.json"), empty.join("run.json")).unwrap();
    assert_snapshot!(project.evenhand(&["report", "20260101T000000-polite"]));
}
