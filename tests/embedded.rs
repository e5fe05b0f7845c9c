//! The command with an embedded model, for real: the smallest one, which is at
//! chance as a judge, so nothing is said here about what it answers.

#![cfg(feature = "local")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// The folder with the smallest model, or `None`, which is said aloud. In
/// continuous integration there must be one.
fn models_dir() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.evenhand/models"));
    if folder.join("SmolLM2-135M-Instruct.Q4_1.gguf").exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no model in {}: `make test-model`", folder.display());
    // Past the harness's capture, so that the skip is seen.
    let skipped = format!("skipped: no model in {}: `make test-model` fetches it\n", folder.display());
    std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    None
}

fn evenhand(models: &PathBuf, state: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenhand"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .args(["--offline", "--model", "local/smollm2-135m"])
        .env("EVENHAND_MODELS_DIR", models)
        .env("EVENHAND_STATE_DIR", state)
        .env("EVENHAND_THREADS", "1")
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_suite_is_judged_by_weighing_and_replayed_to_the_same_scores() {
    let Some(models) = models_dir() else { return };
    let state = tempfile::tempdir().unwrap();
    let replies = state.path().join("replies.jsonl");
    let record = replies.to_str().unwrap();
    let run = evenhand(
        &models,
        state.path(),
        &["run", "relevance", "--limit", "3", "--explain", "0", "--json", "--record", record],
    );
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let live = lines(&run);
    assert_eq!(live.len(), 4);
    for line in &live[..3] {
        let score = &line["outcome"]["result"]["scored"];
        let shares: f64 =
            score["distribution"].as_array().unwrap().iter().map(|pair| pair[1].as_f64().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{line}");
        assert_eq!(line["outcome"]["reading"], "weighted");
    }
    let cached =
        |line: &Value| line["outcome"]["attempts"][0]["response"]["usage"]["cached_tokens"].as_u64().unwrap();
    assert!(cached(&live[1]) > 300, "the shared prefix is evaluated once: {}", live[1]);

    let replay = Command::new(env!("CARGO_BIN_EXE_evenhand"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "relevance", "--limit", "3", "--explain", "0", "--json", "--model"])
        .arg(format!("replay/{record}"))
        .env("EVENHAND_STATE_DIR", state.path())
        .output()
        .unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
    for (live, replayed) in live.iter().zip(lines(&replay)).take(3) {
        assert_eq!(live["outcome"]["result"], replayed["outcome"]["result"]);
    }
}

/// Scores that were locked on another day, maybe on another processor, hold within the suite's tolerance.
#[test]
fn a_golden_file_holds_for_real() {
    let Some(models) = models_dir() else { return };
    let state = tempfile::tempdir().unwrap();
    let check = evenhand(&models, state.path(), &["check", "relevance", "--limit", "8", "--json"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let check = lines(&check).into_iter().find(|line| line["type"] == "check").unwrap();
    assert_eq!(check["check"]["diff"]["counts"]["same"], 8, "{check}");
}

#[test]
fn a_text_answer_is_held_to_its_schema() {
    let Some(models) = models_dir() else { return };
    let state = tempfile::tempdir().unwrap();
    let run =
        evenhand(&models, state.path(), &["run", "relevance", "--limit", "1", "--reading", "text", "--json"]);
    let live = lines(&run);
    let attempt = &live[0]["outcome"]["attempts"][0];
    let text = attempt["response"]["text"].as_str().unwrap();
    let answer: Value = serde_json::from_str(text).unwrap();
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["evidence", "reasoning", "verdict", "confidence"]);
    assert!(attempt.get("repairs").is_none(), "nothing to repair: {attempt}");
}

#[test]
fn what_is_no_model_is_said() {
    let Some(models) = models_dir() else { return };
    let state = tempfile::tempdir().unwrap();
    let fake = state.path().join("fake.gguf");
    std::fs::write(&fake, "GGUF, but not really").unwrap();
    for (name, path) in [("fake", fake.clone()), ("missing", state.path().join("none.gguf"))] {
        let run = Command::new(env!("CARGO_BIN_EXE_evenhand"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["run", "relevance", "--limit", "1", "--model"])
            .arg(format!("local/{}", path.display()))
            .env("EVENHAND_STATE_DIR", state.path())
            .env("EVENHAND_MODELS_DIR", &models)
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(2));
        let stderr =
            String::from_utf8(run.stderr).unwrap().replace(state.path().to_str().unwrap(), "[FOLDER]");
        insta::assert_snapshot!(format!("{name} gguf"), stderr);
    }
}
