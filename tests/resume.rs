//! A run that ends in the middle, and goes on where it was left.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::server::{Gate, openai_answer};

/// Answers four records at once, and the others when the gate opens.
fn half(gate: &Gate) -> Mock {
    let gate = gate.clone();
    Mock::new(move |request| {
        let reply = openai_answer(&fair_answer(request));
        if matches!(record(request).as_str(), "r5" | "r6") { reply.behind(&gate) } else { reply }
    })
}

/// How often each record was asked about.
fn counts(server: &Mock) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for id in server.asked() {
        *counts.entry(id).or_default() += 1;
    }
    counts
}

/// The summary of a run that nothing disturbed.
fn undisturbed() -> Value {
    let server = Mock::fair();
    let ran = Project::judged_at(&server.url("/v1")).evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    ran.timeless_summary()
}

/// Goes on with the run, and holds its end against an undisturbed run's.
fn finished(project: &Project) -> Ran {
    // Without the cache: the run's own folder is enough.
    let ran = project.evenhand(&["run", "--resume", "--json", "--no-cache"]);
    assert_eq!(ran.code, 0, "{ran}");
    let ids: Vec<Value> = ran.json().0.iter().map(|line| line["outcome"]["id"].clone()).collect();
    assert_eq!(ids, ["r1", "r2", "r3", "r4", "r5", "r6"]);
    assert_eq!(ran.timeless_summary(), undisturbed());
    ran
}

#[test]
fn after_a_sudden_end_no_reply_is_asked_for_again() {
    let gate = Gate::shut();
    let server = half(&gate);
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--concurrency", "2"]);
    project.wait_for_outcomes(4);
    server.wait_for_requests(6);
    running.kill();
    gate.open();
    finished(&project);
    // What was in flight at the end is the only thing that was asked twice.
    let expected = [("r1", 1), ("r2", 1), ("r3", 1), ("r4", 1), ("r5", 2), ("r6", 2)];
    assert_eq!(counts(&server), expected.map(|(id, times)| (id.to_owned(), times)).into());
    // Going on with a run that is complete asks nothing.
    finished(&project);
    assert_eq!(server.requests().len(), 8);
}

/// A complete run, and the server it asked.
fn complete() -> (Project, Mock) {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run", "--concurrency", "1", "--no-cache"]).code, 0);
    (project, server)
}

/// Takes bytes off the end of a file of the last run, as a sudden end leaves it.
fn cut(project: &Project, file: &str, keep: impl Fn(&str) -> usize) {
    let path = project.last_run().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..keep(&text)]).unwrap();
}

/// Everything but the second half of the last line.
fn half_a_line(text: &str) -> usize {
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    usize::midpoint(last, text.len())
}

#[test]
fn replies_that_were_kept_but_not_settled_are_not_asked_for_again() {
    let (project, server) = complete();
    cut(&project, "journal.jsonl", |text| text.match_indices('\n').nth(1).unwrap().0 + 1);
    finished(&project);
    assert_eq!(server.requests().len(), 6);
    assert_eq!(project.journal().len(), 6);
}

#[test]
fn a_journal_whose_last_line_is_half_there() {
    let (project, server) = complete();
    cut(&project, "journal.jsonl", half_a_line);
    finished(&project);
    assert_eq!(server.requests().len(), 6);
    let ids: Vec<Value> = project.journal().iter().map(|outcome| outcome["id"].clone()).collect();
    assert_eq!(ids, ["r1", "r2", "r3", "r4", "r5", "r6"]);
}

#[test]
fn kept_replies_whose_last_line_is_half_there() {
    let (project, server) = complete();
    cut(&project, "replies.jsonl", half_a_line);
    cut(&project, "journal.jsonl", half_a_line);
    finished(&project);
    // The reply whose line broke off was lost; it alone was asked for again.
    assert_eq!(server.asked(), ["r1", "r2", "r3", "r4", "r5", "r6", "r6"]);
    // The file is whole again: each line can be read, by the next resume too.
    let replies = std::fs::read_to_string(project.last_run().join("replies.jsonl")).unwrap();
    assert_eq!(json_lines(&replies).len(), 6);
    finished(&project);
}

#[test]
fn a_journal_that_is_not_there_yet() {
    let (project, server) = complete();
    std::fs::remove_file(project.last_run().join("journal.jsonl")).unwrap();
    finished(&project);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_journal_broken_in_the_middle_is_not_taken_for_whole() {
    let (project, _server) = complete();
    let path = project.last_run().join("journal.jsonl");
    let text = project.journal_text().replacen("\"id\"", "id", 1);
    std::fs::write(path, text).unwrap();
    assert_snapshot!(project.evenhand(&["run", "--resume"]));
}

#[cfg(unix)]
#[test]
fn an_interrupt_lets_what_is_in_flight_finish() {
    let gate = Gate::shut();
    let held = gate.clone();
    let server = Mock::new(move |request| openai_answer(&fair_answer(request)).behind(&held));
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--concurrency", "2"]);
    server.wait_for_requests(2);
    running.interrupt();
    crate::support::mock::eventually("the interrupt is heard", || running.told().contains("finishing"));
    gate.open();
    assert_snapshot!(running.ended());
    assert_eq!(project.journal().len(), 2);
    finished(&project);
    assert_eq!(server.requests().len(), 6);
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_at_once() {
    let gate = Gate::shut();
    let server = half(&gate);
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--concurrency", "2"]);
    project.wait_for_outcomes(4);
    server.wait_for_requests(6);
    running.interrupt();
    crate::support::mock::eventually("the interrupt is heard", || running.told().contains("finishing"));
    running.interrupt();
    assert_eq!(running.ended().code, 130);
    gate.open();
    finished(&project);
}

#[cfg(unix)]
#[test]
fn the_resume_command_finds_the_run_again() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let config = project.read("evenhand.toml");
    let config =
        config.replace("\"polite\"", "\"../signatures/polite.toml\"").replace("\"polite.", "\"../polite.");
    project.write("my tests/other.toml", config);
    let words = "run --max-calls 1 --state-dir elsewhere --record r.jsonl --filter label!=n* --limit 3";
    let mut words: Vec<&str> = words.split(' ').collect();
    words.extend(["--config", "my tests/other.toml"]);
    let ran = project.evenhand(&words);
    assert_eq!(ran.code, 5, "{ran}");
    let command = ran.stderr.lines().find_map(|line| line.split_once("go on with: ")).unwrap().1;
    let resumed = project.shell(command);
    assert_eq!(resumed.code, 0, "{command}\n{resumed}");
    // Each once, in whatever order the connections were made.
    assert_eq!(counts(&server), ["r1", "r3", "r4"].map(|id| (id.to_owned(), 1)).into());
    assert_eq!(json_lines(&project.read("r.jsonl")).len(), 3);
}

#[test]
fn a_recording_of_a_resumed_run_is_whole() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--max-calls", "4", "--record", "replies.jsonl"]);
    assert_eq!(ran.code, 5, "{ran}");
    let resumed = project.evenhand(&["run", "--resume", "--record", "replies.jsonl"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(json_lines(&project.read("replies.jsonl")).len(), 6);
    let replayed = project.evenhand(&["run", "--model", "replay/replies.jsonl"]);
    assert_eq!(replayed.code, 0, "{replayed}");
}

#[test]
fn a_run_that_is_another_is_not_resumed() {
    let (project, server) = complete();
    let signature = project.read("signatures/polite.toml");
    project.write("signatures/polite.toml", signature.replace("is polite.\"", "is rude.\""));
    assert_snapshot!("the signature changed", project.evenhand(&["run", "--resume"]));
    project.write("signatures/polite.toml", &signature);
    project.add("polite.jsonl", "{\"id\": \"r7\", \"text\": \"r7: please\"}\n");
    assert_snapshot!(
        "the dataset and the limit changed",
        project.evenhand(&["run", "--resume", "--limit", "7"])
    );
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn there_is_nothing_to_resume() {
    let server = Mock::fair();
    assert_snapshot!(Project::judged_at(&server.url("/v1")).evenhand(&["run", "--resume"]));
}
