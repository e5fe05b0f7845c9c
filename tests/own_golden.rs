//! evenhand's own suites against their golden files, without a model: what CI does everywhere.

use std::process::{Command, Output};

use serde_json::Value;

/// `evenhand` in the project's folder, with a state of its own.
fn evenhand(args: &[&str]) -> Output {
    let state = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_evenhand"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .env("EVENHAND_STATE_DIR", state.path())
        .env("CI", "true")
        .env_remove("EVENHAND_MODELS_DIR")
        .output()
        .unwrap()
}

#[test]
fn the_bundled_suites_are_as_locked() {
    let check = evenhand(&["check", "relevance", "rubric", "--replay", "--json"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let lines: Vec<Value> = String::from_utf8(check.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["type"] == "check")
        .collect();
    assert_eq!(lines.len(), 2);
    for (line, records) in lines.iter().zip([72, 48]) {
        let check = &line["check"];
        assert_eq!(check["conclusion"], "pass", "{line}");
        assert_eq!(check["diff"]["counts"]["same"], records, "every record is the same: {line}");
    }
}

#[test]
fn another_prompt_is_not_recorded_and_no_number_is_made_up_for_it() {
    let check = evenhand(&["check", "relevance", "--replay", "--limit", "5", "--reading", "text", "--json"]);
    assert_eq!(check.status.code(), Some(3), "{}", String::from_utf8_lossy(&check.stderr));
    let text = String::from_utf8(check.stdout).unwrap();
    let line: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(line["check"]["conclusion"], "not_recorded", "{line}");
    assert_eq!(line["check"]["diff"]["counts"]["not_recorded"], 5);
}
