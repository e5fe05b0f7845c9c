//! `karat tune`: from labelled records to a signature file that a run uses.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::server::{Gate, RecordedRequest, openai_answer};

/// Labelled records, some polite and some not.
fn records(number: usize) -> String {
    let line = |index: usize| {
        let (text, label) = if index.is_multiple_of(2) { ("please wait", "yes") } else { ("go away", "no") };
        json!({"id": format!("r{index}"), "text": format!("r{index}: {text} {}", index * 7), "label": label})
    };
    (1..=number).map(|index| format!("{}\n", line(index))).collect()
}

/// Is fair once it is shown demos; calls everything polite without.
fn answer(request: &RecordedRequest) -> String {
    let messages = request.body["messages"].as_array().unwrap().len();
    if messages > 2 {
        fair_answer(request)
    } else {
        json!({"reasoning": "It is text.", "verdict": "yes"}).to_string()
    }
}

fn needs_demos() -> Mock {
    Mock::new(|request| openai_answer(&answer(request)))
}

fn project(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", records(60));
    project
}

fn tune(project: &Project, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["tune", "polite", "--candidates", "3"].iter().chain(words).copied().collect();
    project.karat(&words)
}

/// The folder of the last tuning.
fn last(project: &Project) -> std::path::PathBuf {
    let tunes = std::fs::read_dir(project.path(".karat/tunes")).unwrap();
    tunes.map(|entry| entry.unwrap().path()).max().unwrap()
}

fn log(project: &Project, name: &str) -> Vec<Value> {
    json_lines(&std::fs::read_to_string(last(project).join(name)).unwrap())
}

#[test]
fn a_winner_becomes_a_signature_file_that_a_run_uses() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_snapshot!(ran.stdout);
    let file = project.read("signatures/better.toml");
    assert!(file.contains("[tuned]") && file.contains("[[demos]]"), "{file}");
    assert_eq!(project.karat(&["signature", "check", "signatures/better.toml"]).code, 0);
    let config = project.read("karat.toml").replace("signature = \"polite\"", "signature = \"better\"");
    project.write("karat.toml", config);
    let (_, summary) = project.karat(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    // The prompt that was measured is the one that is sent.
    let prompt = std::fs::read_to_string(last(&project).join("prompt.txt")).unwrap();
    let sent = project.karat(&["prompt", "polite"]).stdout;
    assert!(sent.starts_with(&prompt), "{sent}");
    let again = project.karat(&["tune", "polite", "--report"]);
    assert_eq!(again.stdout, ran.stdout);
}

#[test]
fn costs_are_told_label_by_label() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--objective", "cost", "--cost", "no:yes=5", "--cost", "yes:no=1", "--json"]);
    let page = json_lines(&ran.stdout).remove(0);
    // The baseline passes all: half of the records cost as much as the dearest mistake.
    assert_eq!(page["page"]["standings"][0]["mean_loss"], 0.5, "{ran}");
    let ran = tune(&project, &["--objective", "cost", "--cost", "no:pass=5"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("names the verdict \"pass\"") && ran.stderr.contains("yes, no"), "{ran}");
    assert!(tune(&project, &["--cost", "no:yes=5"]).stderr.contains("add --objective cost"));
}

/// The same records, with reasons: then a label makes a whole answer.
fn explained(number: usize) -> String {
    let with_reasons = |mut record: Value| {
        record["reasoning"] = json!("It is how it is said.");
        format!("{record}\n")
    };
    json_lines(&records(number)).into_iter().map(with_reasons).collect()
}

#[test]
fn the_nearest_demos_are_a_signature_that_a_run_uses_and_a_prompt_shows() {
    let server = needs_demos();
    let project = project(&server);
    project.write("polite.jsonl", explained(60));
    let ran = tune(&project, &["--optimizer", "knn", "--write", "signatures/near.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    let file = project.read("signatures/near.toml");
    assert!(file.contains("[nearest_demos]\nshow = 1\n") && file.contains("[tuned]"), "{file}");
    let asked = server.requests();
    let config = project.read("karat.toml").replace("signature = \"polite\"", "signature = \"near\"");
    project.write("karat.toml", config);
    let checked = project.karat(&["signature", "check", "signatures/near.toml"]);
    assert!(checked.stdout.contains("16 demos, of which each record is shown 1)"), "{checked}");
    let shown = project.karat(&["signature", "show", "near"]);
    assert!(shown.stdout.contains("for each record the 1 demo of 16 most like it"), "{shown}");
    // The cache answers for every record that was judged: what was compared is what is asked.
    let (_, summary) = project.karat(&["run", "--json"]).json();
    assert_eq!(summary["summary"]["agreement"]["labels"]["accuracy"]["rate"], 1.0);
    let known = |request: &RecordedRequest| asked.iter().any(|one| one.body == request.body);
    let fresh = server.requests().split_off(asked.len());
    assert!(fresh.len() <= 16 && !fresh.iter().any(known), "{} of 60 were asked anew", fresh.len());
    // A record of the pool is shown another one.
    let in_pool = file.lines().find_map(|line| line.split("text = \"r").nth(1)).unwrap();
    let id = format!("r{}", in_pool.split(':').next().unwrap());
    let ran = project.karat(&["prompt", "polite", "--record", &id, "--json"]);
    let prompt: Value = serde_json::from_str(&ran.stdout).unwrap();
    let messages = prompt["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &prompt["stable_messages"]), (4, &json!(1)));
    assert!(messages[3].to_string().contains(&format!("{id}:")), "{prompt:#}");
    assert!(!messages[1].to_string().contains(&format!("{id}:")), "{prompt:#}");
}

#[test]
fn where_nothing_is_better_the_signature_stays() {
    let server = Mock::fair();
    let project = project(&server);
    let ran = tune(&project, &["--write", "signatures/better.toml"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("no candidate beat the baseline"), "{ran}");
    assert!(ran.stderr.contains("nothing is written") && !project.has("signatures/better.toml"), "{ran}");
}

#[test]
fn every_evaluation_is_logged_and_the_test_part_comes_last_and_once() {
    let server = needs_demos();
    let project = project(&server);
    assert_eq!(tune(&project, &[]).code, 0);
    let evaluations = log(&project, "evaluations.jsonl");
    let part = |name: &str| evaluations.iter().filter(|line| line["part"] == name).count();
    let first = evaluations.iter().position(|line| line["part"] == "test").unwrap();
    assert!(evaluations[first..].iter().all(|line| line["part"] == "test"));
    let page = json_lines(&project.karat(&["tune", "polite", "--report", "--json"]).stdout).remove(0);
    let tests = usize::try_from(page["page"]["parts"][2].as_u64().unwrap()).unwrap();
    assert_eq!(part("test"), 2 * tests);
    let ids = |name: &str| -> std::collections::BTreeSet<String> {
        let of = evaluations.iter().filter(|line| line["part"] == name);
        of.map(|line| line["id"].to_string()).collect()
    };
    assert!(ids("test").is_disjoint(&ids("validation")) && ids("test").is_disjoint(&ids("train")));
    assert!(!log(&project, "candidates.jsonl").is_empty());
}

#[test]
fn after_a_sudden_end_no_reply_is_asked_for_again() {
    let gate = Gate::shut();
    let held = gate.clone();
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let server = Mock::new(move |request| {
        let reply = openai_answer(&answer(request));
        let number = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if number >= 40 { reply.behind(&held) } else { reply }
    });
    let project = project(&server);
    let words = ["tune", "polite", "--candidates", "3", "--concurrency", "2", "--no-cache"];
    let running = project.start(&words);
    server.wait_for_requests(42);
    running.kill();
    gate.open();
    let ran = project.karat(&[&words[..], &["--resume"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests() {
        *counts.entry(request.body["messages"].to_string()).or_default() += 1;
    }
    let twice = counts.values().filter(|count| **count > 1).count();
    assert!(twice <= 2, "{twice} requests were sent twice; two were in flight");
    let undisturbed = needs_demos();
    let other = self::project(&undisturbed);
    assert_eq!(other.karat(&words).stdout, ran.stdout);
    // Another seed is another tuning.
    let ran = project.karat(&["tune", "polite", "--seed", "9", "--resume"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("what is tried"), "{ran}");
}

#[test]
fn calls_are_kept_to_and_an_estimate_asks_nobody() {
    let server = needs_demos();
    let project = project(&server);
    let ran = tune(&project, &["--dry-run"]);
    assert_eq!((ran.code, server.requests().len()), (0, 0), "{ran}");
    assert_snapshot!(ran.stdout);
    let ran = tune(&project, &["--max-calls", "120"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(server.requests().len() <= 120, "{}", server.requests().len());
    let ran = tune(&project, &["--max-calls", "50"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("too few"), "{ran}");
}

#[test]
fn instructions_of_a_file_are_tried() {
    let server = Mock::new(|request| {
        let system = request.body["messages"][0]["content"].to_string();
        let text = if system.contains("Polite means please.") {
            fair_answer(request)
        } else {
            json!({"reasoning": "It is text.", "verdict": "yes"}).to_string()
        };
        openai_answer(&text)
    });
    let project = project(&server);
    project.write("tries.txt", "Be kind.\n---\nPolite means please.\n");
    let words = ["tune", "polite", "--optimizer", "tpe", "--instructions", "tries.txt", "--demos", "0"];
    let ran = project.karat(&[&words[..], &["--write", "signatures/better.toml"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    assert!(project.read("signatures/better.toml").contains("Polite means please."), "{ran}");
    let difference = std::fs::read_to_string(last(&project).join("prompt.diff")).unwrap();
    assert!(
        difference.contains("- Decide whether") && difference.contains("+ Polite means please."),
        "{difference}"
    );
}
