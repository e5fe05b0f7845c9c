//! `evenhand models fetch`, `rm` and `recommend`, and runs that keep their models warm.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{BLUNT, SHARP, bench, flat, two_models};
use crate::support::ollama::{OllamaModel, ollama};
use crate::support::project::Project;

const ABSENT: OllamaModel = OllamaModel { name: "absent:1b", ..BLUNT };

#[test]
fn a_server_fetches_a_model_and_removes_it() {
    let server = ollama(vec![SHARP, ABSENT]);
    let project = Project::empty();
    let role = |role: &str, model: &str| {
        format!("[models.{role}]\nmodel = \"ollama/{model}\"\nbase_url = \"{}\"\n", server.url(""))
    };
    project.write("evenhand.toml", role("new", "absent:1b") + &role("wrong", "nowhere:7b"));
    let missing = project.evenhand(&["models", "rm", "new", "--yes"]);
    assert!(missing.code != 0 && missing.stderr.contains("is not there"), "{missing}");
    let fetched = project.evenhand(&["models", "fetch", "new"]);
    assert_eq!(
        (fetched.code, fetched.stdout.as_str()),
        (0, "ollama/absent:1b is on its server\n"),
        "{fetched}"
    );
    for told in
        ["fetching ollama/absent:1b, by its server", "ollama/absent:1b: 500 MB", "verifying sha256 digest"]
    {
        assert!(fetched.stderr.contains(told), "{told} is not in {fetched}");
    }
    let unknown = project.evenhand(&["models", "fetch", "wrong"]);
    assert!(unknown.code != 0 && unknown.stderr.contains("file does not exist"), "{unknown}");
    let offline = project.evenhand(&["models", "fetch", "new", "--offline"]);
    assert!(offline.code == 2 && offline.stderr.contains("--offline"), "{offline}");
    // Nobody is at the terminal.
    let unasked = project.evenhand(&["models", "rm", "new"]);
    assert!(unasked.code == 2 && unasked.stderr.contains("--yes"), "{unasked}");
    let removed = project.evenhand(&["models", "rm", "new", "--yes"]);
    assert_eq!(
        (removed.code, removed.stdout.as_str()),
        (0, "ollama/absent:1b is removed: 500 MB\n"),
        "{removed}"
    );
    assert_eq!(project.evenhand(&["models", "rm", "new", "--yes"]).code, missing.code);
    let deleted = server.requests().into_iter().filter(|request| request.path == "/api/delete");
    let names: Vec<Value> = deleted.map(|request| request.body["model"].clone()).collect();
    assert_eq!(names, [json!("absent:1b")], "once, and only what is there");
}

#[test]
fn an_embedded_models_files_are_removed_with_what_a_fetch_left() {
    let project = Project::empty();
    project.write("evenhand.toml", "");
    let file = |end: &str| format!("models/SmolLM2-135M-Instruct.Q4_1.gguf{end}");
    let flags = ["--models-dir", "models"];
    let remove = |more: &[&str]| {
        project.evenhand(&[&["models", "rm", "smollm2-135m"], flags.as_slice(), more].concat())
    };
    assert!(remove(&["--yes"]).stderr.contains("is not there"));
    for end in ["", ".part", ".lock"] {
        project.write(&file(end), "x".repeat(2_000_000));
    }
    assert_eq!(remove(&[]).code, 2);
    assert!(project.has(&file("")));
    let removed = remove(&["--yes"]);
    assert_eq!(
        (removed.code, removed.stdout.as_str()),
        (0, "local/smollm2-135m is removed: 6 MB\n"),
        "{removed}"
    );
    assert!(["", ".part", ".lock"].iter().all(|end| !project.has(&file(end))));
    let unknown = project.evenhand(&["models", "rm", "smollm2-135", "--yes"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("smollm2-135m"), "{unknown}");
    let elsewhere = project.evenhand(&["models", "rm", "openai/any", "--yes"]);
    assert!(elsewhere.code == 2 && elsewhere.stderr.contains("ollama/"), "{elsewhere}");
}

fn held<'v>(json: &'v Value, model: &str) -> &'v Value {
    json["models"].as_array().unwrap().iter().find(|held| held["model"] == model).unwrap()
}

#[test]
fn what_fits_is_recommended_and_every_figure_says_whether_it_was_measured() {
    let (_server, project) = two_models(12);
    let ask = |more: &[&str]| {
        let ran = project.evenhand(&[&["models", "recommend", "--json"], more].concat());
        assert_eq!(ran.code, 0, "{ran}");
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    // Nothing is measured: the largest that fits, and no time.
    let before = ask(&["--memory", "1GB"]);
    let small = held(&before, "local/smollm2-135m");
    assert_eq!((&small["memory_bytes"]["is_measured"], &small["time_ms"]), (&json!(false), &Value::Null));
    assert_eq!(held(&before, "local/qwen2.5-coder-1.5b")["fits_memory"], false);
    let chosen = held(&before, before["use_first"].as_str().unwrap());
    assert!(chosen["memory_bytes"]["value"].as_f64().unwrap() <= 1e9 && chosen["kappa"].is_null());
    // With a bench: measured κ decides among what fits, and times of others are guessed by size.
    assert_eq!(bench(&project, &["--short-answers", "0"]).code, 0);
    let after = ask(&["--memory", "6GB", "--time", "2s", "--suite", "polite"]);
    assert_eq!(after["use_first"], "ollama/sharp:4b");
    let sharp = held(&after, "ollama/sharp:4b");
    assert_eq!(sharp["memory_bytes"], json!({"value": 5e9, "is_measured": true}));
    assert_eq!((&sharp["kappa"], &sharp["time_ms"]["is_measured"]), (&json!(1.0), &json!(true)));
    assert!(held(&after, "local/smollm2-135m")["time_ms"].is_null(), "another provider's times say nothing");
    let tight = ask(&["--memory", "2GB", "--time", "2s"]);
    assert_eq!(held(&tight, "ollama/sharp:4b")["fits_memory"], false);
    assert_ne!(tight["use_first"], "ollama/blunt:1b", "it fits, but was measured at chance");
    let slow = ask(&["--memory", "6GB", "--time", "1ms"]);
    assert_eq!(held(&slow, "ollama/sharp:4b")["fits_time"], false);
    let text = project.evenhand(&["models", "recommend", "--memory", "6GB", "--time", "2s"]);
    assert!(flat(&text).starts_with("use ollama/sharp:4b: κ 1.00, 5.0 GB of memory (measured)"), "{text}");
    assert!(flat(&text).contains("~: a guess."), "{text}");
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 80), "{text}");
    let none = project.evenhand(&["models", "recommend", "--memory", "1MB"]);
    assert!(none.stdout.contains("no model that evenhand knows fits"), "{none}");
}

#[test]
fn a_bench_says_which_models_lie_in_memory_together() {
    let (_server, project) = two_models(6);
    let ran = bench(&project, &["--short-answers", "0"]);
    assert!(flat(&ran).contains("blunt and sharp fit"), "{ran}");
    let json: Value =
        serde_json::from_str(&project.evenhand(&["bench", "--from", "last", "--json"]).stdout).unwrap();
    assert_eq!(json["together"][0]["cells"], json!(["blunt", "sharp"]));
    assert_eq!(json["together"][0]["fit"], true);
}

#[test]
fn a_run_keeps_its_models_warm_where_that_is_wished() {
    let slow = OllamaModel { call: Duration::from_millis(150), ..SHARP };
    let server = ollama(vec![slow]);
    let project = Project::polite(&format!(
        "[models.judge]\nmodel = \"ollama/sharp:4b\"\nbase_url = \"{}\"\n",
        server.url("")
    ));
    let pings = || {
        let chats = server.requests().into_iter().filter(|request| request.path == "/api/chat");
        chats.filter(|request| request.body["messages"].as_array().is_some_and(Vec::is_empty)).count()
    };
    assert_eq!(project.evenhand(&["run", "--no-cache", "--concurrency", "1"]).code, 0);
    assert_eq!(pings(), 0, "nothing is loaded unasked");
    let kept = project.evenhand(&["run", "--no-cache", "--concurrency", "1", "--keep-warm", "100ms"]);
    assert_eq!(kept.code, 0, "{kept}");
    assert!(pings() > 0, "{}", pings());
    // A ping leaves the model with the context that it is loaded with: another would load it anew.
    let contexts: Vec<Value> = server
        .requests()
        .into_iter()
        .filter(|request| request.path == "/api/chat" && request.body["messages"] == json!([]))
        .map(|request| request.body["options"]["num_ctx"].clone())
        .collect();
    assert!(contexts.iter().all(|context| *context == 4096), "{contexts:?}");
}
