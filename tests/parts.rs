//! A run that several workers judged in parts is summed up to the figures of one run.

use std::fs;

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, Ran, json_lines};

const RECORDS: usize = 30;
const WORKERS: usize = 3;

/// A project whose records have the worker's name as a tag, with some that the judge finds other than their label.
fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let line = |n: usize| {
        let text = if n.is_multiple_of(2) { "please wait" } else { "wait" };
        let label = if n.is_multiple_of(2) || n.is_multiple_of(7) { "yes" } else { "no" };
        let worker = format!("w{}", n * 2 / 3 % WORKERS);
        json!({"id": format!("r{n:02}"), "text": format!("r{n:02}: {text}"), "label": label, "tags": [worker]})
    };
    project.write("polite.jsonl", (0..RECORDS).map(|n| line(n).to_string() + "\n").collect::<String>());
    project
}

/// Judges each worker's records in a state folder of its own under `parts`.
fn judged_in_parts(project: &Project) {
    for worker in 0..WORKERS {
        let (filter, state) = (format!("tag=w{worker}"), format!("parts/{worker}"));
        let ran =
            project.evenhand(&["run", "polite", "--filter", &filter, "--state-dir", &state, "--no-cache"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

/// What a report says, without its times.
fn timeless(ran: &Ran) -> String {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let is_time = |line: &&str| ["time ", "a record: "].iter().any(|word| line.trim().starts_with(word));
    ran.stdout.lines().filter(|line| !is_time(line)).map(|line| format!("{line}\n")).collect()
}

/// The JSON report without its times, and without the names of runs and the lines of the dataset.
fn report(project: &Project, of: &str) -> Value {
    let ran = project.evenhand(&["report", of, "--json", "-"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut report: Value = serde_json::from_str(&ran.stdout).unwrap();
    drop_keys(
        &mut report,
        &["run", "elapsed_ms", "p50_ms", "p95_ms", "took_ms", "wall_s", "line", "dataset"],
    );
    report
}

fn drop_keys(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            fields.values_mut().for_each(|value| drop_keys(value, names));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| drop_keys(value, names)),
        _ => {}
    }
}

/// The only run in a state folder.
fn run_of(project: &Project, state: &str) -> String {
    let runs = fs::read_dir(project.path(&format!("{state}/runs"))).unwrap();
    let names: Vec<String> = runs.map(|run| run.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    format!("{state}/runs/{}", names[0])
}

#[test]
fn parts_have_the_figures_of_one_run_whatever_their_order() {
    let server = Mock::fair();
    let project = project(&server);
    let whole = project.evenhand(&["run", "polite", "--no-cache"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    judged_in_parts(&project);

    let of_whole = project.evenhand(&["report", "polite"]);
    let of_parts = project.evenhand(&["report", "parts"]);
    assert!(of_whole.stdout.contains("judge and label"), "{}", of_whole.stdout);
    assert_eq!(timeless(&of_parts), timeless(&of_whole));
    assert!(of_parts.stderr.contains("parts: 30 records of 3 parts"), "{}", of_parts.stderr);
    let json = report(&project, "parts");
    assert_eq!(json, report(&project, "polite"));
    assert!(json.to_string().contains("r29"));

    // The parts change places.
    fs::rename(project.path("parts/0"), project.path("parts/9")).unwrap();
    assert_eq!(timeless(&project.evenhand(&["report", "parts"])), timeless(&of_whole));
    assert_eq!(report(&project, "parts"), json);
}

#[test]
fn the_same_outcome_in_two_parts_counts_once_and_two_different_ones_are_an_error() {
    let server = Mock::fair();
    let project = project(&server);
    judged_in_parts(&project);
    let once = timeless(&project.evenhand(&["report", "parts"]));
    let run = run_of(&project, "parts/1");
    let lines = json_lines(&project.read(&format!("{run}/journal.jsonl")));

    // Two lines in a file of results, one of them as a row of a table, and one that was not written to its end.
    let mut again = lines[0].clone();
    again["elapsed_ms"] = json!(123_456.0);
    let row = json!({"id": lines[1]["id"], "score": 1.0, "outcome": lines[1].to_string()});
    project.write("parts/more/part-0.json", format!("{again}\n{row}\n{{\"id\": \"cut"));
    project.write("parts/more/_SUCCESS", "");
    let ran = project.evenhand(&["report", "parts"]);
    assert_eq!(timeless(&ran), once);
    assert!(
        ran.stderr.contains("2 outcomes stand in two parts, the same in both, and are counted once"),
        "{}",
        ran.stderr
    );

    let score = &mut again["result"]["scored"];
    score["label"] = json!(if score["label"] == "yes" { "no" } else { "yes" });
    project.write("parts/more/part-0.json", format!("{again}\n"));
    let ran = project.evenhand(&["report", "parts"]);
    assert_ne!(ran.code, 0);
    let id = again["id"].as_str().unwrap();
    assert!(ran.stderr.contains(&format!("record {id} has two different outcomes")), "{}", ran.stderr);
    for file in [format!("{run}/journal.jsonl"), "parts/more/part-0.json".to_owned()] {
        assert!(ran.stderr.contains(&file), "{file}: {}", ran.stderr);
    }
}

#[test]
fn a_record_that_a_part_judged_again_counts_as_it_ended() {
    let server = Mock::fair();
    let project = project(&server);
    judged_in_parts(&project);
    let once = timeless(&project.evenhand(&["report", "parts"]));
    let journal = format!("{}/journal.jsonl", run_of(&project, "parts/2"));
    let text = project.read(&journal);
    let mut first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    first["result"] = json!({"unscored": {"reason": "transport", "detail": "no reply"}});
    project.write(&journal, format!("{first}\n{text}"));
    assert_eq!(timeless(&project.evenhand(&["report", "parts"])), once);
}

#[test]
fn what_is_no_part_of_the_same_run_is_named() {
    let server = Mock::fair();
    let project = project(&server);
    judged_in_parts(&project);
    let run = run_of(&project, "parts/1");
    let head = project.read(&format!("{run}/run.json"));
    project.write(&format!("{run}/run.json"), head.replace("\"judge\": \"", "\"judge\": \"0"));
    let ran = project.evenhand(&["report", "parts"]);
    assert_ne!(ran.code, 0);
    assert!(
        ran.stderr.contains("no parts of one run: they differ in the judge (prompt, reading or parameters)"),
        "{}",
        ran.stderr
    );

    project.write(&format!("{run}/run.json"), head);
    project.write("parts/data.jsonl", "{\"id\": 1}\n");
    let ran = project.evenhand(&["report", "parts"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("no parts, since they hold no outcomes: parts/data.jsonl"), "{}", ran.stderr);
    let journal = project.read(&format!("{run}/journal.jsonl"));
    project.write("other/part.jsonl", format!("{}\n{{\"id\": 1}}\n", journal.lines().next().unwrap()));
    let ran = project.evenhand(&["report", "other"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("part.jsonl: line 2 is no outcome"), "{}", ran.stderr);
}

#[test]
fn results_without_a_suite_are_summed_up_by_themselves_and_as_a_suite_of_their_folders_name() {
    let server = Mock::fair();
    let project = project(&server);
    judged_in_parts(&project);
    let whole = timeless(&project.evenhand(&["report", "parts"]));
    for worker in 0..WORKERS {
        let run = run_of(&project, &format!("parts/{worker}"));
        let journal = project.read(&format!("{run}/journal.jsonl"));
        for folder in ["results", "by_worker/polite"] {
            project.write(&format!("{folder}/{worker}.jsonl"), &journal);
        }
    }
    let plain = project.evenhand(&["report", "results"]);
    assert!(plain.stdout.contains("30, all scored"), "{}", plain.stdout);
    assert_eq!(timeless(&project.evenhand(&["report", "by_worker/polite"])), whole);
}
