//! `evenhand import inspect`: what it writes is scored by the command. The logs in `tests/inspect` are Inspect's own,
//! made by `make.py` there.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::project::Project;

/// The projects of the two forms of the same log.
fn imported(form: &str) -> Project {
    let project = Project::empty();
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/inspect/capitals.{form}"));
    fs::copy(log, project.path("log")).unwrap();
    let ran = project.evenhand(&["import", "inspect", "log", "--to", "out"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

/// A log with these samples.
fn log(samples: &Value) -> String {
    json!({"version": 2, "status": "success", "eval": {"task": "t"}, "samples": samples}).to_string()
}

/// By record, the verdict and what it is worth, or why there is none.
fn verdicts(project: &Project, table: &str) -> Vec<(String, String, Option<f64>)> {
    let ran = project.evenhand(&["score", "--suite", table, "--config", "out/evenhand.toml", "--json"]);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes = lines.filter(|line| line["type"] == "outcome").map(|line| line["outcome"].clone());
    let verdicts: Vec<(String, String, Option<f64>)> = outcomes
        .map(|outcome| {
            let result = &outcome["result"];
            let said = result["scored"]["label"].as_str().or(result["unscored"]["detail"].as_str());
            let worth = result["scored"]["value"].as_f64();
            (outcome["id"].as_str().unwrap().to_owned(), said.unwrap_or("neither").to_owned(), worth)
        })
        .collect();
    assert!(!verdicts.is_empty(), "{ran}");
    verdicts
}

fn rows(expected: &[(&str, &str, Option<f64>)]) -> Vec<(String, String, Option<f64>)> {
    expected.iter().map(|(id, said, worth)| ((*id).to_owned(), (*said).to_owned(), *worth)).collect()
}

const DOWN: &str = "the sample ended in an error: RuntimeError('the tool is down')";

#[test]
fn both_forms_of_a_log_become_the_same_project() {
    let [json, eval] = ["json", "eval"].map(imported);
    let mut files = vec!["evenhand.toml".to_owned(), "datasets/capitals.jsonl".to_owned()];
    for name in ["match", "includes", "model_graded_qa", "aspects_words", "aspects_polite", "grades", "share"]
    {
        files.push(format!("judgments/{name}.jsonl"));
    }
    for file in files.iter().map(|file| format!("out/{file}")) {
        assert_eq!(json.read(&file), eval.read(&file), "{file}");
    }
    insta::assert_snapshot!("import_inspect_config", json.read("out/evenhand.toml"));
    let records: Vec<Value> = json
        .read("out/datasets/capitals.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<&str> = records.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["france#1", "france#2", "italy#1", "italy#2", "3#1", "3#2"]);
    assert_eq!(
        (&records[1]["output"], &records[1]["target"], &records[1]["metadata"]),
        (&json!("In Paris"), &json!("Paris"), &json!({"topic": "west"}))
    );
    assert_eq!(records[1]["messages"][1]["content"], "In Paris");
    assert!(records[2]["input"].as_str().unwrap().contains("seven hills"), "{}", records[2]);
    assert_eq!(
        (records[3].get("output"), &records[3]["error"]),
        (None, &json!("RuntimeError('the tool is down')"))
    );
}

#[test]
fn scores_are_worth_what_they_were_and_errors_have_none() {
    let project = imported("eval");
    let correct = [
        ("france#1", "C", Some(1.0)),
        ("france#2", "C", Some(1.0)),
        ("italy#1", "C", Some(1.0)),
        ("italy#2", DOWN, None),
        ("3#1", "I", Some(0.0)),
        ("3#2", "C", Some(1.0)),
    ];
    assert_eq!(verdicts(&project, "match"), rows(&correct));
    let short = "the answer is too short to grade";
    let grades = [
        ("france#1", "P", Some(0.5)),
        ("france#2", "N", Some(0.0)),
        ("italy#1", "P", Some(0.5)),
        ("italy#2", DOWN, None),
        ("3#1", short, None),
        ("3#2", short, None),
    ];
    assert_eq!(verdicts(&project, "grades"), rows(&grades));
    let share = [0.25, 0.5, 0.25].map(Some);
    assert_eq!(verdicts(&project, "share").iter().map(|row| row.2).take(3).collect::<Vec<_>>(), share);
    assert_eq!(verdicts(&project, "aspects_polite")[0], rows(&[("france#1", "true", Some(1.0))])[0]);
    let words: Vec<Option<f64>> = verdicts(&project, "aspects_words").iter().map(|row| row.2).collect();
    assert_eq!(words[..3], [Some(1.0 / 3.0), Some(2.0 / 3.0), Some(1.0)]);
    let shown = project.evenhand(&["score", "--suite", "match", "--config", "out/evenhand.toml"]);
    insta::assert_snapshot!("import_inspect_match", shown.stdout);
    // Too many samples have no score for the rest to count.
    assert_eq!(project.evenhand(&["score", "--suite", "grades", "--config", "out/evenhand.toml"]).code, 3);
}

#[test]
fn what_cannot_be_carried_over_is_named() {
    let project = Project::empty();
    let samples = json!([
        {"id": "a", "epoch": 1, "scores": {"letters": {"value": "A"}, "good": {"value": "yes"}, "list": {"value": [1]}}},
        {"id": "b", "epoch": 1, "scores": {"letters": {"value": "B"}, "good": {"value": "no"}}},
    ]);
    project.write("log.json", log(&samples).replace("\"success\"", "\"cancelled\""));
    let refused = project.evenhand(&["import", "inspect", "log.json", "--to", "out"]);
    assert!(refused.code == 2 && !project.has("out"), "{refused}");
    insta::assert_snapshot!("import_inspect_not_carried_over", refused.stderr);
    let ran = project.evenhand(&["import", "inspect", "log.json", "--to", "out", "--allow-partial"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.read("out/evenhand.toml").starts_with("# NOT CARRIED OVER:\n#   log.json: "), "{ran}");
    assert!(!project.has("out/judgments/letters.jsonl"));
    assert_eq!(verdicts(&project, "good"), rows(&[("a", "yes", Some(1.0)), ("b", "no", Some(0.0))]));
}

#[test]
fn an_archive_without_its_head_is_of_a_run_that_was_broken_off() {
    let project = Project::empty();
    let mut archive = ZipWriter::new(fs::File::create(project.path("log.eval")).unwrap());
    let sample = json!({"id": "a", "epoch": 1, "scores": {"match": {"value": "C"}}});
    let start = json!({"version": 2, "eval": {"task": "t", "dataset": {"sample_ids": ["a", "b"]}}});
    for (name, member) in [("_journal/start.json", start), ("samples/a_epoch_1.json", sample)] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(member.to_string().as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    let refused = project.evenhand(&["import", "inspect", "log.eval", "--to", "out"]);
    assert!(refused.code == 2 && refused.stderr.contains("the status of the log is `started`"), "{refused}");
    let ran = project.evenhand(&["import", "inspect", "log.eval", "--to", "out", "--allow-partial"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(verdicts(&project, "match"), rows(&[("a", "C", Some(1.0))]));
}

#[test]
fn a_sample_that_a_scorer_left_out_has_no_score() {
    let project = Project::empty();
    let samples = json!([
        {"id": 1, "epoch": 1, "scores": {"two": {"value": {"x": 1, "y": "C"}}, "one": {"value": 0.5}}},
        {"id": 2, "epoch": 1, "scores": {"two": {"value": {"x": null}}}},
        {"id": 3, "epoch": 1, "scores": null},
    ]);
    project.write("log.json", log(&samples));
    assert_eq!(project.evenhand(&["import", "inspect", "log.json", "--to", "out"]).code, 0);
    let none = "`one` gave the sample no score";
    assert_eq!(
        verdicts(&project, "one"),
        rows(&[("1", "0.5", Some(0.5)), ("2", none, None), ("3", none, None)])
    );
    let rest = [
        ("1", "C", Some(1.0)),
        ("2", "`two.y` gave the sample no value", None),
        ("3", "`two` gave the sample no score", None),
    ];
    assert_eq!(verdicts(&project, "two_y"), rows(&rest));
}

#[test]
fn other_files_are_told_from_a_log() {
    let project = Project::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspect");
    let [whole, zipped] = ["capitals.json", "capitals.eval"].map(|name| fs::read(from.join(name)).unwrap());
    let mut broken = zipped.clone();
    // Within the first sample's packed bytes.
    broken[900..1000].fill(0);
    // The checksums that the directory at the end tells, one off.
    let mut sums = zipped.clone();
    for at in 0..sums.len() - 20 {
        if sums[at..].starts_with(b"PK\x01\x02") {
            sums[at + 16] ^= 1;
        }
    }
    let scored = log(&json!([{"id": "a", "epoch": 1, "scores": {}}]));
    let old = scored.replace("\"version\":2", "\"version\":1");
    let files: [(&str, &[u8]); 12] = [
        ("half.json", &whole[..whole.len() / 2]),
        ("half.eval", &zipped[..zipped.len() / 2]),
        ("broken.eval", &broken),
        ("sums.eval", &sums),
        ("empty.json", b""),
        ("binary.json", &[0xff, 0xfe, 0]),
        ("list.json", b"[]"),
        ("other.json", b"{\"samples\": []}"),
        ("old.json", old.as_bytes()),
        ("head.json", b"{\"version\": 2, \"eval\": {}, \"status\": \"success\"}"),
        ("unscored.json", scored.as_bytes()),
        ("absent.json", b""),
    ];
    let mut told = String::new();
    for (name, bytes) in files {
        if name != "absent.json" {
            fs::write(project.path(name), bytes).unwrap();
        }
        let ran = project.evenhand(&["import", "inspect", name, "--to", "out"]);
        assert_eq!(ran.code, 2, "{name}: {ran}");
        told.push_str(&ran.stderr);
    }
    assert!(!project.has("out"));
    insta::assert_snapshot!("import_inspect_other_files", told);
}
