//! The commands besides `evenhand run`.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, closed_port};
use crate::support::project::{Project, openai};

#[test]
fn a_new_project_runs_as_it_is() {
    let project = Project::empty();
    assert_eq!(project.evenhand(&["init"]).code, 0);
    let server = Mock::fair();
    project.add("evenhand.toml", &format!("\n{}", openai(&server.url("/v1"))));
    let ran = project.evenhand(&["run", "--model", "judge", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.timeless_summary()["scored"]["count"], 4);
    assert_eq!(project.evenhand(&["signature", "check", "signatures/helpfulness.toml"]).code, 0);
}

#[test]
fn what_is_there_is_not_overwritten() {
    let project = Project::empty();
    project.write("signatures/helpfulness.toml", "mine");
    assert_snapshot!(project.evenhand(&["init"]));
    assert_eq!(project.read("signatures/helpfulness.toml"), "mine");
    assert!(!project.has("evenhand.toml"));
}

#[test]
fn the_prompt_is_what_the_server_gets_byte_for_byte() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run", "--filter", "id=r4"]).code, 0);
    let sent = server.requests()[0].body["messages"].clone();
    let printed: Value =
        serde_json::from_str(&project.evenhand(&["prompt", "polite", "--record", "r4", "--json"]).stdout)
            .unwrap();
    assert_eq!(printed["messages"], sent);
    assert_eq!(printed["key"], project.journal()[0]["attempts"][0]["key"]);
    let text = project.evenhand(&["prompt", "polite", "--record", "r4"]);
    for message in sent.as_array().unwrap() {
        assert!(text.stdout.contains(message["content"].as_str().unwrap()), "{text}");
    }
    assert_snapshot!(text);
    // Looking asks nobody.
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_prompt_of_a_record_that_is_not_there() {
    let project = Project::judged_at(&closed_port("/v1"));
    assert_snapshot!(project.evenhand(&["prompt", "polite", "--record", "r44"]));
}

#[test]
fn signatures_are_listed_a_projects_own_first() {
    let project = Project::judged_at(&closed_port("/v1"));
    project.write("signatures/graded-relevance.toml", "instruction = 3");
    assert_snapshot!(project.evenhand(&["signature", "list"]));
}

#[test]
fn a_bundled_signature_is_shown() {
    let ran = Project::empty().evenhand(&["signature", "show", "relevance"]);
    assert_eq!(ran.code, 0, "{ran}");
    // The prompt itself is snapshotted in signatures.rs.
    let (fields, prompt) =
        ran.stdout.split_once("\nprompt, the part that is the same for every record\n").unwrap();
    assert!(
        prompt
            .starts_with("--- system ---\nDecide whether the artifact does what the ground truth asks for.")
    );
    assert_snapshot!(fields);
}

#[test]
fn a_signature_that_is_not_there() {
    assert_snapshot!(Project::empty().evenhand(&["signature", "show", "relevanse"]));
}

#[test]
fn signatures_are_checked_all_of_them() {
    let project = Project::judged_at(&closed_port("/v1"));
    let good = project.read("signatures/polite.toml");
    project.write("typo.toml", good.replace("max_length", "max_lenght"));
    project.write("score.toml", good.replace("{ yes = 1, no = 0 }", "{ yes = 1, non = 0 }"));
    let ran = project.evenhand(&[
        "signature",
        "check",
        "typo.toml",
        "signatures/polite.toml",
        "score.toml",
        "none.toml",
    ]);
    assert_snapshot!(ran);
}

/// A file of this repository, as the JSON a schema is held against.
fn toml_file(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn schema(of: &str) -> Value {
    let ran = Project::empty().evenhand(&["schema", of]);
    assert_eq!(ran.code, 0, "{ran}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn faults(schema: &Value, document: &Value) -> Vec<String> {
    jsonschema::meta::validate(schema).unwrap();
    jsonschema::validator_for(schema).unwrap().iter_errors(document).map(|error| error.to_string()).collect()
}

#[test]
fn the_schema_of_configurations_takes_ours_and_not_others() {
    let schema = schema("config");
    assert_eq!(faults(&schema, &toml_file("evenhand.toml")), Vec::<String>::new());
    let project = Project::empty();
    assert_eq!(project.evenhand(&["init"]).code, 0);
    let new = toml::from_str(&project.read("evenhand.toml")).unwrap();
    assert_eq!(faults(&schema, &new), Vec::<String>::new());
    assert_eq!(faults(&schema, &json!({"default_modle": "x"})).len(), 1);
}

#[test]
fn the_schema_of_signatures_takes_ours_and_not_others() {
    let schema = schema("signature");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("signatures");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = toml_file(&format!("signatures/{name}"));
        assert_eq!(faults(&schema, &file), Vec::<String>::new(), "{name}");
    }
    assert_eq!(faults(&schema, &toml_file("src/cli/init/helpfulness.toml")), Vec::<String>::new());
    assert!(!faults(&schema, &json!({"instruction": 3})).is_empty());
}

#[test]
fn shells_complete_the_command() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish"] {
        let ran = project.evenhand(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("evenhand") && ran.stdout.contains("completions"), "{shell}");
    }
    assert!(project.evenhand(&["completions", "bash"]).stdout.contains("_evenhand"));
}

#[test]
fn models_are_listed_with_their_roles() {
    let project = Project::judged_at(&closed_port("/v1"));
    let ran = project.evenhand(&["models", "list", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed["roles"], json!([{"role": "judge", "model": "openai/mock-1"}]));
    assert!(listed["embedded"].as_array().unwrap().iter().all(|model| model["installed"] == false));
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    assert_eq!(Project::empty().evenhand(&["run", "--limits", "3"]).code, 2);
    assert_eq!(Project::empty().evenhand(&["rum"]).code, 2);
}
