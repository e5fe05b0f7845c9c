//! Outputs that are produced when their turn comes.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, Ran};
use crate::support::server::{RecordedRequest, openai_answer};

/// A project whose outputs come from a shell script that knows each record's `ask`.
fn project(server: &Mock, script: &str, outputs: &str) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.write("agent.sh", script);
    let asks = ["wait", "leave", "enter", "close", "step", "move"];
    let words = ["please wait here", "go away", "please come in", "shut the door", "please mind", "move"];
    let labels = ["yes", "no", "yes", "yes", "yes", "no"];
    let lines = asks.iter().zip(words).zip(labels).enumerate().map(|(number, ((ask, say), label))| {
        format!("{}\n", json!({"id": format!("r{}", number + 1), "ask": ask, "say": say, "label": label}))
    });
    project.write("polite.jsonl", lines.collect::<String>());
    project.add("evenhand.toml", &format!("[suites.polite.outputs]\n{outputs}\ninto = \"text\"\n"));
    project
}

const ECHO: &str = "command = [\"sh\", \"agent.sh\", \"{ask}\"]\nstdin = \"{say}\"";

fn reasons(project: &Project) -> Vec<String> {
    let detail = |line: &Value| line["result"]["unscored"]["detail"].as_str().map(str::to_owned);
    project.journal().iter().filter_map(detail).collect()
}

#[test]
fn a_command_is_run_for_each_record_and_its_output_judged() {
    let server = Mock::fair();
    let project = project(&server, "cat; echo; echo \"asked to $1\" >&2", ECHO);
    let ran = project.evenhand(&["run", "--max-calls", "6"]);
    assert_eq!(server.requests().len(), 6);
    let line = project.journal().into_iter().find(|line| line["id"] == "r1").unwrap();
    assert_eq!(line["subject"]["output"], "please wait here");
    assert_eq!(line["subject"]["stderr"], "asked to wait");
    assert_snapshot!(ran);
}

#[test]
fn a_replayed_check_says_that_outputs_may_differ_from_the_recorded_ones() {
    let server = Mock::fair();
    let project = project(&server, "cat", ECHO);
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    assert_eq!(project.evenhand(&["golden", "replies", "polite"]).code, 0);
    let replayed = project.evenhand(&["check", "--replay"]);
    assert!(
        replayed.code == 0 && replayed.stdout.contains("note        a command makes the outputs"),
        "{replayed}"
    );
    let asked = project.evenhand(&["check"]);
    assert!(!asked.stdout.contains("note "), "only where replies are replayed: {asked}");
}

#[test]
fn a_subject_that_fails_is_its_own_reason() {
    let server = Mock::fair();
    let script = "case $1 in leave) echo 'no such door' >&2; exit 3;; enter) ;; close) sleep 30;; \
                  step) printf '\\377';; *) cat;; esac";
    let outputs = format!("{ECHO}\ntimeout_s = 1");
    let project = project(&server, script, &outputs);
    let ran = project.evenhand(&["run"]);
    assert_eq!(server.requests().len(), 2, "what has no output is not judged");
    let mut reasons = reasons(&project);
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "exit code 3: no such door",
            "it wrote nothing",
            "its output is not UTF-8 at byte 0",
            "no output within 1 s: ended",
        ]
    );
    assert_eq!(ran.code, 3);
}

#[test]
fn a_command_that_is_not_there_stops_the_run_early() {
    let server = Mock::fair();
    let project = project(&server, "", "command = [\"no-such-agent\"]\nconcurrency = 1");
    let ran = project.evenhand(&["run", "--concurrency", "1"]);
    assert!(ran.stderr.contains("`no-such-agent` could not be started"), "{ran}");
    assert!(server.requests().is_empty());
    assert_eq!(ran.code, 3);
}

#[test]
fn outputs_are_kept_until_what_makes_them_changes() {
    let server = Mock::fair();
    let script = "echo run >> ran.txt; cat";
    let project = project(&server, script, ECHO);
    let times = || project.read("ran.txt").lines().count();
    project.evenhand(&["run", "--limit", "2", "--record-outputs", "kept.jsonl"]);
    assert_eq!(times(), 2);
    project.evenhand(&["run", "--limit", "3", "--record-outputs", "kept.jsonl"]);
    assert_eq!(times(), 3, "two were kept");
    project.write("agent.sh", format!("{script} | tr a-z A-Z"));
    project.evenhand(&["run", "--limit", "3", "--record-outputs", "kept.jsonl"]);
    assert_eq!(times(), 6, "the script is another one");
    let joined = project.evenhand(&["run", "--limit", "3", "--outputs", "kept.jsonl"]);
    assert_eq!(times(), 6, "a file of outputs runs nothing");
    assert_eq!(joined.code, 0, "{joined}");
}

#[test]
fn standard_input_may_be_json_and_the_output_too() {
    let server = Mock::fair();
    let script = "printf '{\"got\": %s, \"cost_usd\": 0.25}' \"$(cat)\"";
    let outputs = "command = [\"sh\", \"agent.sh\"]\nstdin_json = [\"id\", \"say\"]\nformat = \"json\"";
    let project = project(&server, script, outputs);
    let ran = project.evenhand(&["run", "--json"]);
    let line = project.journal().into_iter().find(|line| line["id"] == "r2").unwrap();
    assert_eq!(line["subject"]["output"]["got"], json!({"id": "r2", "say": "go away"}));
    let (_, summary) = ran.json();
    assert_eq!(summary["summary"]["subject"]["cost_usd"], 1.5);
}

/// A project whose outputs a model gives, which answers each call in other words.
fn answering() -> (Mock, Project) {
    let server = Mock::new(|request| {
        let asked = request.body.to_string();
        if !asked.contains("Answer the caller") {
            return openai_answer(&fair_answer(request));
        }
        let answer = if asked.contains("go away") { "please wait there" } else { "please wait here" };
        openai_answer(&json!({ "answer": answer }).to_string())
    });
    let outputs = "model = \"judge\"\nsignature = \"answer\"";
    let project = project(&server, "", outputs);
    let signature = "instruction = \"Answer the caller.\"\n[inputs.say]\ndescription = \"The call.\"\n\
                     [outputs.answer]\ndescription = \"The answer.\"\n";
    project.write("signatures/answer.toml", signature);
    (server, project)
}

#[test]
fn a_model_with_a_signature_may_be_the_subject() {
    let (server, project) = answering();
    let ran = project.evenhand(&["run", "--limit", "2"]);
    assert_eq!(server.requests().len(), 4);
    let line = project.journal().into_iter().find(|line| line["id"] == "r1").unwrap();
    assert_eq!(line["subject"]["output"], "please wait here");
    assert_snapshot!(ran);
}

#[test]
fn a_model_is_given_what_all_records_share() {
    let (server, project) = answering();
    let signature = project.read("signatures/answer.toml");
    let with_policy = signature + "[inputs.policy]\ndescription = \"The house rules.\"\n";
    project.write("signatures/answer.toml", with_policy);
    let without = project.evenhand(&["run"]);
    assert!(without.code == 2 && without.stderr.contains("field \"policy\" is missing"), "{without}");
    project.write("policy.md", "Never promise a date.\n");
    project.add("evenhand.toml", "[suites.polite.inputs]\npolicy = { file = \"policy.md\" }\n");
    let asked = || {
        let sent = server.requests().into_iter().map(|request| request.body.to_string());
        sent.filter(|body| body.contains("Answer the caller")).collect::<Vec<_>>()
    };
    assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
    let first = asked();
    assert!(first.len() == 6 && first.iter().all(|body| body.contains("Never promise a date.")), "{first:?}");
    let with_policy = |request: &RecordedRequest| request.body.to_string().contains("Never promise a date.");
    assert_eq!(
        server.requests().iter().filter(|request| with_policy(request)).count(),
        6,
        "no judge sees it"
    );
    // Another text is another question, and another maker of the outputs.
    project.write("policy.md", "Promise nothing.");
    let checked = project.evenhand(&["check"]);
    assert!(checked.code == 0 && checked.stdout.contains("what makes the outputs"), "{checked}");
    assert_eq!(asked().iter().filter(|body| body.contains("Promise nothing.")).count(), 6);
    // Where `fields` names a field of the record, that is taken.
    let config = project.read("evenhand.toml");
    let mapped = "signature = \"answer\"\nfields = { policy = \"ask\" }";
    project.write("evenhand.toml", config.replace("signature = \"answer\"", mapped));
    let unused = project.evenhand(&["run"]);
    assert!(unused.code == 2 && unused.stderr.contains("none of its signatures has"), "{unused}");
}

#[test]
fn a_models_outputs_are_cached_too() {
    let (server, project) = answering();
    project.evenhand(&["run", "--limit", "2"]);
    let ran = project.evenhand(&["run", "--limit", "2", "--json"]);
    assert_eq!(server.requests().len(), 4);
    let (_, summary) = ran.json();
    let subject = &summary["summary"]["subject"];
    assert_eq!((&subject["kept"], &subject["tokens"]["prompt"]), (&json!(2), &json!(0)));
    // Of a run that the cache answered, a recording has the replies of both.
    project.evenhand(&["run", "--limit", "2", "--resume", "--record", "whole.jsonl"]);
    assert_eq!(project.read("whole.jsonl").lines().count(), 4);
}

#[test]
fn a_budget_holds_for_the_judge_and_the_subject_together() {
    let (server, project) = answering();
    let ran = project.evenhand(&["run", "--limit", "2", "--concurrency", "1", "--max-calls", "3"]);
    assert_eq!((ran.code, server.requests().len()), (5, 3), "{ran}");
    let ran = project.evenhand(&["run", "--limit", "2", "--resume"]);
    assert_eq!((ran.code, server.requests().len()), (0, 4), "{ran}");
}

#[test]
fn what_is_still_to_be_produced_is_not_reckoned() {
    let server = Mock::fair();
    let project = project(&server, "echo run >> ran.txt; cat", ECHO);
    let ran = project.evenhand(&["run", "--dry-run"]);
    assert!(ran.stdout.contains("polite by openai/mock-1: 6 records, 6 calls"), "{ran}");
    assert!(ran.stdout.contains("The outputs are still to be produced"), "{ran}");
    assert!(server.requests().is_empty() && !project.has("ran.txt"));
}

#[test]
fn a_file_for_each_record() {
    let server = Mock::fair();
    let project = project(&server, "", "files = \"said/{ask}.txt\"");
    for (ask, text) in [("wait", "please wait\n"), ("leave", "go"), ("enter", "please"), ("close", "shut")] {
        project.write(&format!("said/{ask}.txt"), text);
    }
    let ran = project.evenhand(&["run"]);
    assert_eq!(server.requests().len(), 4);
    assert!(ran.stderr.contains("outputs: 2 records have none: r5, r6"), "{ran}");
}

fn refused(outputs: &str) -> Ran {
    let server = Mock::fair();
    project(&server, "", outputs).evenhand(&["run"])
}

#[test]
fn outputs_that_contradict_themselves() {
    assert_snapshot!("nowhere", refused("id = \"x\""));
    assert_snapshot!("twice", refused("file = \"a.jsonl\"\ncommand = [\"sh\"]"));
    assert_snapshot!("does_not_belong", refused("file = \"a.jsonl\"\ntimeout_s = 3"));
    assert_snapshot!("asked_nothing", refused("model = \"judge\""));
    assert_snapshot!("open_brace", refused("command = [\"sh\", \"{ask\"]"));
    assert_snapshot!("field_that_is_not_there", refused("command = [\"sh\", \"{asked}\"]"));
    assert_snapshot!("one_file_for_all", refused("files = \"said.txt\""));
}

#[test]
fn outputs_are_cached_across_runs_where_the_suite_says_so() {
    let server = Mock::fair();
    let script = "echo run >> ran.txt; cat";
    let project = project(&server, script, &format!("{ECHO}\ncache = true"));
    let times = || project.read("ran.txt").lines().count();
    project.evenhand(&["run", "--limit", "3"]);
    let again = project.evenhand(&["run", "--limit", "3", "--json"]);
    assert_eq!(times(), 3, "the second run took them from the cache\n{again}");
    assert_eq!(again.json().1["summary"]["subject"]["kept"], 3);
    assert_eq!(project.read(&format!("{}/outputs.jsonl", project.last_run().display())).lines().count(), 3);
    project.evenhand(&["run", "--limit", "3", "--refresh"]);
    assert_eq!(times(), 6);
    project.write("agent.sh", format!("{script} | tr a-z A-Z"));
    project.evenhand(&["run", "--limit", "3"]);
    assert_eq!(times(), 9, "the script is another one");
}

#[test]
fn a_subject_gets_its_inputs_as_a_judge_does() {
    let server = Mock::new(|request| {
        let asked = request.body.to_string();
        if asked.contains("Answer the caller") {
            assert!(asked.contains("42"), "{asked}");
            return openai_answer(r#"{"answer":"please wait here"}"#);
        }
        openai_answer(&fair_answer(request))
    });
    let project = project(&server, "", "model = \"judge\"\nsignature = \"answer\"");
    let signature = "instruction = \"Answer the caller.\"\n[inputs.say]\ndescription = \"The call.\"\n\
                     [outputs.answer]\ndescription = \"The answer.\"\n";
    project.write("signatures/answer.toml", signature);
    project.write("polite.jsonl", "{\"id\":\"r1\",\"say\":42,\"label\":\"yes\"}\n");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "a number where text is wanted is shown as text\n{ran}");
}

#[test]
fn what_a_command_leaves_running_is_noted_and_not_waited_for() {
    let server = Mock::fair();
    let project = project(&server, "cat; sleep 20 & exit 0", &format!("{ECHO}\ntimeout_s = 10"));
    let ran = project.evenhand(&["run"]);
    assert!(ran.to_string().contains("all scored"), "{ran}");
    let line = project.journal().into_iter().find(|line| line["id"] == "r1").unwrap();
    assert_eq!(line["subject"]["output"], "please wait here");
    let note = line["subject"]["notes"][0].as_str().unwrap();
    assert!(note.starts_with("the command ended and left something running"), "{note}");
}
