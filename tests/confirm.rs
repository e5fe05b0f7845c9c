//! Records that got worse, judged again before they are called worse.

use std::collections::BTreeMap;
use std::sync::Mutex;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::{Project, json_lines};
use crate::support::server::openai_answer;

/// A fair judge, but for turns at which it says `no` to a record: of r1 the second, of r3 all from the second on.
fn moody() -> Mock {
    let turns: Mutex<BTreeMap<String, usize>> = Mutex::default();
    Mock::new(move |request| {
        let record = record(request);
        let mut turns = turns.lock().unwrap();
        let turn = turns.entry(record.clone()).or_default();
        *turn += 1;
        match (record.as_str(), *turn) {
            ("r1", 2) | ("r3", 2..) => openai_answer("{\"reasoning\": \"Not today.\", \"verdict\": \"no\"}"),
            _ => openai_answer(&fair_answer(request)),
        }
    })
}

fn locked(server: &Mock, more: &str) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", &format!("golden = {{ {more} }}\n"));
    let ran = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

#[test]
fn only_what_is_worse_again_is_worse_and_the_rest_is_flaky() {
    let server = moody();
    let project = locked(&server, "confirm = 3");
    let ran = project.evenhand(&["check", "polite", "--refresh"]);
    // Two draws settle each of the two.
    assert_eq!(server.requests().len(), 6 + 6 + 4, "{ran}");
    let warm = server.requests().iter().filter(|request| request.body["temperature"] == 0.7).count();
    assert_eq!(warm, 4);
    assert_snapshot!(ran);
    let draws = std::fs::read_to_string(project.last_run().join("confirm/journal.jsonl")).unwrap();
    let mut judged_again: Vec<(String, u64)> = json_lines(&draws)
        .iter()
        .map(|line| {
            (line["id"].as_str().unwrap().to_owned(), line["attempts"][0]["repeat"].as_u64().unwrap())
        })
        .collect();
    judged_again.sort();
    assert_eq!(judged_again, [("r1".into(), 1), ("r1".into(), 2), ("r3".into(), 1), ("r3".into(), 2)]);
    // The draws are in the cache too: the same check again asks nothing and says the same.
    let again = project.evenhand(&["check", "polite", "--json"]);
    assert_eq!(server.requests().len(), 16);
    let lines = json_lines(&again.stdout);
    assert_eq!(lines[1]["type"], "confirmation");
    assert_eq!(lines[1]["confirmation"]["records"]["r1"]["not_worse"], 2);
    assert_eq!(lines[1]["confirmation"]["records"]["r3"]["worse"], 2);
    // What is flaky waits for no decision.
    assert!(ran.stderr.contains("1 changed score to decide about"), "{ran}");
}

#[test]
fn the_number_of_draws_follows_from_the_flip_rate() {
    let server = moody();
    let project = locked(&server, "flip_rate = 0.136");
    let ran = project.evenhand(&["check", "polite", "--refresh", "--json"]);
    let confirmation = &json_lines(&ran.stdout)[1]["confirmation"];
    assert_eq!((&confirmation["most"], &confirmation["flip_rate"]), (&3.into(), &0.136.into()));
}

#[test]
fn nothing_is_judged_again_where_nobody_wishes_it_or_nothing_is_worse() {
    let server = moody();
    let project = locked(&server, "");
    let ran = project.evenhand(&["check", "polite", "--refresh", "--json"]);
    assert_eq!((server.requests().len(), json_lines(&ran.stdout).len()), (12, 1));
    let fair = Mock::fair();
    let project = locked(&fair, "confirm = 3");
    let ran = project.evenhand(&["check", "polite", "--json"]);
    assert_eq!((fair.requests().len(), json_lines(&ran.stdout).len()), (6, 1), "{ran}");
}

#[test]
fn a_number_of_draws_that_may_tie_is_refused() {
    let server = moody();
    let project = locked(&server, "");
    let evenhand_toml = project.read("evenhand.toml").replace("golden = {  }", "golden = { confirm = 4 }");
    project.write("evenhand.toml", evenhand_toml);
    assert_snapshot!(project.evenhand(&["check", "polite"]));
}

/// Locked with repeats, and checked without: a score of 6/7 and one of 1 say the same if the verdict is.
#[test]
fn a_golden_file_of_usual_verdicts_is_checked_by_single_ones() {
    let server = moody();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["golden", "lock", "polite", "--repeats", "3"]);
    assert_eq!(ran.code, 0, "{ran}");
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    let records = golden["models"]["openai/mock-1"]["records"].as_array().unwrap();
    let r1 = records.iter().find(|record| record["id"] == "r1").unwrap();
    assert_eq!((&r1["label"], &r1["score"], &r1["repeats"]), (&"yes".into(), &0.6667.into(), &3.into()));
    let ran = project.evenhand(&["check", "polite", "--json"]);
    let diff = json_lines(&ran.stdout)[0].clone();
    let text = diff.to_string();
    assert!(text.contains("\"id\":\"r3\"") && !text.contains("\"id\":\"r1\""), "{text}");
}

#[cfg(unix)]
#[test]
fn an_output_that_was_produced_is_judged_again_and_not_produced_again() {
    let server = moody();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("agent.sh", "echo run >> ran.txt; echo \"$1: please come in\"");
    project.add(
        "evenhand.toml",
        "golden = { confirm = 3 }\noutputs = { command = [\"sh\", \"agent.sh\", \"{id}\"], into = \"text\" }\n",
    );
    project.evenhand(&["golden", "lock", "polite"]);
    let ran = project.evenhand(&["check", "polite", "--refresh", "--json"]);
    assert_eq!(json_lines(&ran.stdout)[1]["confirmation"]["records"]["r1"]["not_worse"], 2, "{ran}");
    assert_eq!(project.read("ran.txt").lines().count(), 12);
}
