//! The example agent, run and checked as a user's suite would do it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::project::Project;

/// The agent, which cargo builds beside the tests.
fn agent() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let agent = tests.ancestors().nth(2).unwrap().join("examples/support_agent");
    assert!(agent.exists(), "first `cargo build --example support_agent`: {} is missing", agent.display());
    agent
}

/// The parts of the summary of a suite of checks on the agent's runs.
fn checked(arguments: &[&str]) -> (Project, Value) {
    let project = Project::empty();
    let dataset = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/support.jsonl");
    let mut command = vec![agent().display().to_string()];
    command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let config = format!(
        "[suites.support]\ndataset = {}\ntrajectory = {{ field = \"conversation\" }}\n\
         [suites.support.outputs]\ncommand = {}\nstdin_json = [\"request\", \"customer\"]\nformat = \"json\"\n\
         into = \"conversation\"\n\
         [suites.support.checks.forbidden]\nkind = \"forbidden_tool\"\ntools_field = \"forbidden_tools\"\n\
         [suites.support.checks.says]\nkind = \"contains\"\nexpected_field = \"must_say\"\nif_missing = \"skip\"\n\
         [suites.support.checks.order]\nkind = \"tool_order\"\nexpected_field = \"expected_tools\"\n",
        json!(dataset),
        json!(command)
    );
    project.write("evenhand.toml", config);
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let (_, summary) = ran.json();
    (project, summary["summary"].clone())
}

fn part<'a>(summary: &'a Value, name: &str) -> &'a Value {
    summary["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap()
}

fn calls_forbidden(outcome: &Value) -> bool {
    let checks = outcome["checks"].as_array().unwrap();
    checks.iter().any(|check| check["name"] == "forbidden" && check["verdict"] == "fail")
}

#[test]
fn the_agent_passes_every_check_where_the_labels_say_success() {
    let (project, summary) = checked(&[]);
    assert_eq!(summary["subject"]["produced"]["count"], 24);
    let labels =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/support.jsonl"));
    let labels: Vec<Value> =
        labels.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // What a careful reader calls a success passes every check, and a forbidden tool is a failure.
    for outcome in project.journal() {
        let record = labels.iter().find(|record| record["id"] == outcome["id"]).unwrap();
        if calls_forbidden(&outcome) {
            assert_eq!(record["label"], "failure", "{}", outcome["id"]);
        }
        if record["label"] == "success" {
            assert_eq!(outcome["result"]["scored"]["value"], 1.0, "{}", outcome["id"]);
        }
    }
}

#[test]
fn the_careless_agent_refunds_what_it_must_not() {
    let (project, summary) = checked(&["--careless"]);
    assert_eq!(part(&summary, "forbidden")["passed"]["n"], 24);
    let journal = project.journal();
    let forbidden: Vec<&str> = journal
        .iter()
        .filter(|outcome| calls_forbidden(outcome))
        .map(|outcome| outcome["id"].as_str().unwrap())
        .collect();
    assert!(forbidden.len() >= 4, "{forbidden:?}");
    assert!(forbidden.contains(&"sup-03-old-toaster"), "{forbidden:?}");
}
