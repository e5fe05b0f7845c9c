//! Labels as spreadsheets, pandas and people write them, at every command that reads them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, closed_port};
use crate::support::project::{Project, json_lines};

/// A project whose dataset is a CSV file with this content.
fn csv(server: &Mock, content: &str) -> Project {
    at(&server.url("/v1"), "tickets.csv", content)
}

fn at(url: &str, file: &str, content: &str) -> Project {
    let project = Project::judged_at(url);
    project.write("evenhand.toml", project.read("evenhand.toml").replace("polite.jsonl", file));
    project.write(file, content);
    project
}

/// `number` rows, labelled in turn with these.
fn rows(labels: &[&str], number: usize) -> String {
    let row = |at: usize| format!("t{at:02},\"t{at:02}: please, wait\",{}\n", labels[at % labels.len()]);
    "id,text,label\n".to_owned() + &(0..number).map(row).collect::<String>()
}

#[test]
fn records_without_a_label_are_judged_and_told() {
    let server = Mock::fair();
    let project = csv(&server, &rows(&["yes", "", "NaN", "no", " "], 10));
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let told = "labels: 6 of 10 records have none in field \"label\" (2 say NaN or another word for it)";
    assert!(ran.stderr.contains(told), "{ran}");
    let labelled = ran.json().0.iter().filter(|line| !line["outcome"]["expected"].is_null()).count();
    assert_eq!(labelled, 4);
    // A field that no record has is told too.
    project.write("evenhand.toml", project.read("evenhand.toml").replace("\"label\"", "\"lable\""));
    let ran = project.evenhand(&["run"]);
    assert!(ran.stderr.contains("10 of 10 records have none in field \"lable\""), "{ran}");
}

#[test]
fn json_lines_can_say_that_there_is_no_label() {
    let server = Mock::fair();
    let labels = [json!("yes"), json!(null), json!(""), json!("None"), json!("no")];
    let lines = labels.iter().enumerate().map(|(at, label)| {
        format!("{}\n", json!({"id": format!("j{at}"), "text": format!("j{at}: please"), "label": label}))
    });
    let project = at(&server.url("/v1"), "t.jsonl", &lines.collect::<String>());
    let ran = project.evenhand(&["run", "--json"]);
    assert!(ran.stderr.contains("labels: 3 of 5 records have none"), "{ran}");
}

#[test]
fn every_command_takes_an_empty_label_for_none() {
    let server = Mock::fair();
    let project = csv(&server, &rows(&["yes", "", "no", "nan"], 40));
    let page = project.evenhand(&["calibrate", "polite", "--json"]);
    assert_eq!(page.code, 0, "{page}");
    let counts = &json_lines(&page.stdout)[0]["page"]["counts"];
    assert_eq!((&counts["labelled"], &counts["unlabelled_not_judged"]), (&json!(20), &json!(20)));
    let locked = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(locked.code, 0, "{locked}");
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    let records = &golden["models"].as_object().unwrap().values().next().unwrap()["records"];
    let labelled = records.as_array().unwrap().iter().filter(|one| !one["expected"].is_null()).count();
    assert_eq!(labelled, 20);
    let checked = project.evenhand(&["check", "polite"]);
    assert_eq!(checked.code, 0, "{checked}");
    let tuned = project.evenhand(&["tune", "polite", "--dry-run"]);
    assert!(!tuned.stderr.contains("label \""), "{tuned}");
}

#[test]
fn an_empty_cell_is_no_cluster() {
    let server = Mock::fair();
    let row = |at: usize| {
        let (label, author) = (["yes", "no"][at % 2], ["", "ann", " ", "bob"][at % 4]);
        format!("t{at:02},t{at:02}: please,{label},{author}\n")
    };
    let text = "id,text,label,author\n".to_owned() + &(0..24).map(row).collect::<String>();
    let page = csv(&server, &text).evenhand(&["calibrate", "polite", "--cluster", "author", "--json"]);
    // Twelve that stand for themselves, and two authors.
    assert_eq!(json_lines(&page.stdout)[0]["page"]["counts"]["clusters"], 14, "{page}");
}

#[test]
fn records_with_the_same_text_are_one_cluster_even_across_clusters() {
    let server = Mock::fair();
    // Authors a0 to a9 with two texts each; the second of a0 is the first of a1, and the second of a4 that of a5.
    let row = |at: usize| {
        let text = match at {
            2 => 1,
            10 => 9,
            other => other,
        };
        format!("t{at:02},x{text:02}: please,{},a{}\n", ["yes", "no"][at / 2 % 2], at / 2)
    };
    let text = "id,text,label,author\n".to_owned() + &(0..20).map(row).collect::<String>();
    let project = csv(&server, &text);
    let clusters = |words: &[&str]| {
        let words: Vec<&str> = ["calibrate", "polite", "--json"].iter().chain(words).copied().collect();
        let page = project.evenhand(&words);
        json_lines(&page.stdout)[0]["page"]["counts"]["clusters"].clone()
    };
    assert_eq!(clusters(&["--cluster", "author"]), 8);
    assert_eq!(clusters(&[]), 18);
}

#[test]
fn a_label_off_the_scale_prints_the_line_to_paste() {
    let project = at(&closed_port("/v1"), "tickets.csv", &rows(&["yes", "YES", "Nope", "No ", "n/a"], 10));
    assert_snapshot!("labels off the scale, run", project.evenhand(&["run"]));
    assert_snapshot!("labels off the scale, calibrate", project.evenhand(&["calibrate", "polite"]));
    for words in [&["tune", "polite", "--dry-run"][..], &["golden", "lock", "polite"], &["run", "--dry-run"]]
    {
        let ran = project.evenhand(words);
        let line = "label_values = { \"No\" = \"no\", \"Nope\" = \"?\", \"YES\" = \"yes\" }";
        assert_eq!(ran.code, 2, "{ran}");
        assert!(
            ran.stderr.contains(line) && ran.stderr.contains("label \"YES\" in field \"label\""),
            "{ran}"
        );
    }
}

#[test]
fn the_line_can_be_pasted_and_then_the_labels_are_read() {
    let server = Mock::fair();
    let project = csv(&server, &rows(&["Yes", "NO", "yes"], 9));
    let refused = project.evenhand(&["run"]);
    let line =
        refused.stderr.lines().find_map(|line| line.split_once("label_values").map(|_| line.trim())).unwrap();
    project.add("evenhand.toml", &format!("{line}\n"));
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.json().0.iter().all(|line| !line["outcome"]["expected"].is_null()), "{ran}");
}

const SCORES: &str =
    "[scores.s]\nid = \"id\"\nlabels = [\"yes\", \"no\"]\nlabel = \"label\"\nread = { value = \"said\" }\n";

#[test]
fn judgments_made_elsewhere_have_their_labels_read_in_the_same_way() {
    let project = Project::empty();
    project.write("evenhand.toml", format!("{SCORES}replies = \"said.csv\"\n"));
    project.write("said.csv", "id;said;label\na;yes;yes\nb;no;\nc;yes;NaN\nd; no;no\n");
    let ran = project.evenhand(&["score", "--json"]);
    let outcomes = ran.json().0;
    let labelled = outcomes.iter().filter(|line| !line["outcome"]["expected"].is_null()).count();
    assert_eq!((ran.code, outcomes.len(), labelled), (0, 4, 2), "{ran}");
    project.write("said.csv", "id,said,label\na,yes,Yes\nb,no,maybe\nc,yes,NO\n");
    assert_snapshot!("labels off the scale, score", project.evenhand(&["score"]));
    // The same where the labels are in a dataset.
    project.write("evenhand.toml", format!("{SCORES}replies = \"said.csv\"\ndataset = \"true.csv\"\n"));
    project.write("true.csv", "id,label\na,Yes\nb,\nc,NO\n");
    let ran = project.evenhand(&["score"]);
    assert!(ran.stderr.contains("label_values = { \"NO\" = \"no\", \"Yes\" = \"yes\" }"), "{ran}");
}

#[test]
fn what_cannot_be_a_table_stops_the_run_before_the_first_call() {
    for (file, content, told) in [
        ("d.csv", "id,text,text\n1,a,b\n", "line 1: the header has the column \"text\" twice"),
        (
            "d.jsonl",
            "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"a\", \"text\": \"b\"}\n",
            "line 2: has the key \"text\" twice",
        ),
        ("d.csv", "id,text,label\n1,a\n", "line 2: has 2 values where the header has 3"),
    ] {
        let ran = at(&closed_port("/v1"), file, content).evenhand(&["run"]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(told), "{ran}");
    }
    let utf16: Vec<u8> = "\u{feff}id,text\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let project = at(&closed_port("/v1"), "d.csv", "");
    project.write("d.csv", utf16);
    let ran = project.evenhand(&["run"]);
    assert!(ran.code == 2 && ran.stderr.contains("is UTF-16 text, and UTF-8 is needed"), "{ran}");
}
