//! Records that are taken several times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::{Project, json_lines, openai};
use crate::support::server::openai_answer;

/// A judge that says `no` to a record at its turns, counted from 0, and is fair otherwise.
fn moody(no: &'static [(&'static str, usize)]) -> Mock {
    let turns: Mutex<BTreeMap<String, usize>> = Mutex::default();
    Mock::new(move |request| {
        let record = record(request);
        let mut turns = turns.lock().unwrap();
        let turn = turns.entry(record.clone()).or_default();
        *turn += 1;
        if no.contains(&(record.as_str(), *turn - 1)) {
            return openai_answer("{\"reasoning\": \"Not today.\", \"verdict\": \"no\"}");
        }
        openai_answer(&fair_answer(request))
    })
}

fn warm(server: &Mock) -> Project {
    Project::polite(&format!("{}temperature = 0.7\n", openai(&server.url("/v1"))))
}

fn keys(outcomes: &[Value]) -> Vec<&str> {
    let attempts = outcomes.iter().flat_map(|outcome| outcome["attempts"].as_array().unwrap());
    attempts.map(|attempt| attempt["key"].as_str().unwrap()).collect()
}

#[test]
fn each_repeat_is_asked_anew_and_kept_apart() {
    let server = moody(&[("r1", 1), ("r3", 0), ("r3", 2)]);
    let project = warm(&server);
    let ran = project.evenhand(&["run", "--repeats", "3"]);
    assert_eq!(server.requests().len(), 18);
    let outcomes = project.journal();
    let keys = keys(&outcomes);
    assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (18, 18));
    let r3 = outcomes.iter().find(|outcome| outcome["id"] == "r3").unwrap();
    let labels: Vec<&Value> =
        r3["repeats"].as_array().unwrap().iter().map(|repeat| &repeat["result"]["scored"]["label"]).collect();
    assert_eq!(labels, ["no", "yes", "no"]);
    let score = &r3["result"]["scored"];
    assert_eq!((&score["label"], &score["reasoning"]), (&"no".into(), &"Not today.".into()));
    assert!((score["value"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    assert_snapshot!(ran);
    // The cache has every repeat, and not one in another's place.
    let again = project.evenhand(&["run", "--repeats", "3", "--json"]);
    assert_eq!(server.requests().len(), 18);
    assert_eq!(again.json().1["summary"]["repeats"]["flips"]["count"], 2);
    // The first of them is what a run without repeats asks.
    project.evenhand(&["run"]);
    assert_eq!(server.requests().len(), 18);
}

#[test]
fn a_suite_says_how_often() {
    let server = Mock::fair();
    let project = warm(&server);
    project.add("evenhand.toml", "repeats = 2\n");
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.json().1["summary"]["repeats"]["repeats"], 2);
    assert_eq!(server.requests().len(), 12);
    assert_eq!(
        project.evenhand(&["run", "--repeats", "1", "--json"]).json().1["summary"].get("repeats"),
        None
    );
    let estimate = project.evenhand(&["run", "--repeats", "5", "--dry-run", "--json"]);
    let estimate: Value = serde_json::from_str(&estimate.stdout).unwrap();
    assert_eq!((&estimate["calls"], &estimate["cached"]), (&30.into(), &12.into()));
}

#[test]
fn draws_of_a_sampled_reading_are_apart_in_every_repeat() {
    let server = Mock::fair();
    let project = warm(&server);
    let ran =
        project.evenhand(&["run", "--repeats", "2", "--reading", "sampled", "--samples", "3", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let outcomes = project.journal();
    let keys = keys(&outcomes);
    assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (36, 36));
}

#[test]
fn at_temperature_zero_repeats_are_warned_of() {
    let server = Mock::fair();
    let ran = Project::judged_at(&server.url("/v1")).evenhand(&["run", "--repeats", "2"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("set the judge's `temperature` above 0"), "{ran}");
}

#[test]
fn what_cannot_differ_is_refused() {
    let server = Mock::fair();
    let project = warm(&server);
    assert_snapshot!(project.evenhand(&["run", "--repeats", "2", "--reading", "weighted"]));
    assert!(server.requests().is_empty());
}

#[test]
fn a_budget_leaves_records_open_and_nothing_is_paid_twice() {
    let server = moody(&[("r1", 1)]);
    let project = warm(&server);
    let ran = project.evenhand(&["run", "--repeats", "3", "--max-calls", "7", "--no-cache"]);
    assert_eq!(ran.code, 5, "{ran}");
    assert!(ran.stderr.contains("--repeats 3"), "{ran}");
    let other = project.evenhand(&["run", "--resume", "--repeats", "2"]);
    assert!(other.stderr.contains("the number of repeats changed"), "{other}");
    let ran = project.evenhand(&["run", "--resume", "--repeats", "3", "--no-cache", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(server.requests().len(), 18);
    assert_eq!(ran.json().1["summary"]["repeats"]["scored"]["count"], 18);
}

#[test]
fn a_recording_has_every_repeat() {
    let server = moody(&[("r1", 1)]);
    let project = warm(&server);
    let ran = project.evenhand(&["run", "--repeats", "3", "--record", "all.jsonl", "--json"]);
    let expected = &ran.json().1["summary"]["repeats"];
    project.add("evenhand.toml", "[models.old]\nmodel = \"replay/all.jsonl\"\ntemperature = 0.7\n");
    let replayed = project.evenhand(&["run", "--repeats", "3", "--model", "old", "--json"]);
    assert_eq!(replayed.json().1["summary"]["repeats"], *expected);
    assert_eq!(server.requests().len(), 18);
}

#[cfg(unix)]
#[test]
fn a_command_produces_each_repeats_output_anew() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    // It is polite at the first time only, and to r2 never.
    project.write(
        "agent.sh",
        "case $EVENHAND_REPEAT-$1 in *-r2) echo r2: go;; 0-*) echo $1: please go;; *) echo $1: go;; esac",
    );
    let outputs = "[suites.polite.outputs]\ncommand = [\"sh\", \"agent.sh\", \"{id}\"]\ninto = \"text\"\n";
    project.add("evenhand.toml", outputs);
    let ran = project.evenhand(&["run", "--repeats", "2", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let passes = ran.json().1["summary"]["repeats"]["passes"].clone();
    assert_eq!((&passes[1]["any"], &passes[1]["all"]), (&(5.0 / 6.0).into(), &0.0.into()));
    let kept = json_lines(&std::fs::read_to_string(project.last_run().join("outputs.jsonl")).unwrap());
    let r1: Vec<(&Value, &Value)> = kept
        .iter()
        .filter(|line| line["id"] == "r1")
        .map(|line| (&line["repeat"], &line["output"]))
        .collect();
    assert_eq!(r1, [(&Value::Null, &"r1: please go".into()), (&1.into(), &"r1: go".into())]);
    assert_eq!(ran.json().1["summary"]["subject"]["produced"]["n"], 12);
}
