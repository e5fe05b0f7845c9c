//! `evenhand bench --import`: earlier benches and the results of other tools, side by side.

use std::fs;

use serde_json::{Value, json};

use crate::bench::{bench, calls, cell, flat, near, two_models};
use crate::support::project::Project;

/// A result of another tool, as it writes it.
fn corpus(name: &str) -> String {
    format!("{}/tests/corpus/bench/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn imported(project: &Project, files: &[&str]) -> Value {
    let ran = project.evenhand(&[&["bench", "--json", "--import"], files].concat());
    assert_eq!(ran.code, 0, "{ran}");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn llama_bench_gives_tokens_a_second() {
    let project = Project::empty();
    let json = imported(&project, &[&corpus("llama-bench.json")]);
    let cell = cell(&json, "Qwen2.5-7B-Instruct-Q4_K_M");
    // 5 times 512 tokens in the sum of the five times.
    near(&cell["speed"]["prompt_rate"]["a_second"], 5.0 * 512.0 / 0.360_678_2 - 1e-6, 1e-3);
    near(&cell["speed"]["output_rate"]["a_second"], 5.0 * 128.0 / 5.383_839_4 - 1e-6, 1e-3);
    assert_eq!((&cell["quantization"], &cell["quality"]["kappa"]), (&json!("Q4_K - Medium"), &Value::Null));
    assert_eq!(cell["source"]["tool"], "llama-bench");
    // Tests of two settings are two cells, named by what differs.
    let json = imported(&project, &[&corpus("llama-bench.jsonl")]);
    let names: Vec<&str> =
        json["cells"].as_array().unwrap().iter().map(|cell| cell["name"].as_str().unwrap()).collect();
    let stem = "Qwen2.5-7B-Instruct-Q4_K_M";
    assert_eq!(names, [format!("{stem} type_k=f16 type_v=f16"), format!("{stem} type_k=q8_0 type_v=q8_0")]);
    near(&json["cells"][1]["speed"]["output_rate"]["a_second"], 100.0 - 1e-6, 1e-3);
}

#[test]
fn vllm_gives_throughput_and_the_times_it_kept() {
    let project = Project::empty();
    let json = imported(&project, &[&corpus("vllm.json"), &corpus("vllm-detailed.json")]);
    let gemma = cell(&json, "gemma-3-4b-it");
    assert_eq!(gemma["speed"]["tokens"], json!([788.0, 308.0]));
    let together = &gemma["speed"]["throughput"][0];
    assert_eq!((&together["at_once"], &together["records"]), (&json!(256), &json!(5000)));
    assert_eq!((&together["tokens_a_second"], &together["p50_ms"]), (&json!(697.46), &Value::Null));
    assert_eq!(gemma["speed"]["record"], Value::Null, "under load is not alone");
    // One after the other, with the times kept: the request that failed is left out.
    let llama = cell(&json, "Llama-3.2-1B-Instruct");
    assert_eq!(llama["speed"]["record"]["n"], 3);
    near(&llama["speed"]["record"]["p50"]["ms"], 410.0 - 1e-6, 1e-3);
    near(&llama["speed"]["first_token"]["p50"]["ms"], 110.0 - 1e-6, 1e-3);
    assert_eq!(json["choice"]["roles"], json!([]), "speed alone recommends nothing");
    let told = project.evenhand(&["bench", "--import", &corpus("vllm.json"), &corpus("llama-bench.json")]);
    let flat = told.stdout.split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(flat.starts_with("the most output tokens a second: gemma-3-4b-it, 697 a second"), "{told}");
    for text in [
        "5000 of 5000 requests in 2208.0 s, at most 256 at the same time",
        "first token 85 ms at the median, p99 310 ms",
        "a prompt of 512 tokens: 7100.0 a second",
        "not measured here",
    ] {
        assert!(flat.contains(text), "{text} is not in {told}");
    }
}

#[test]
fn an_earlier_bench_is_read_with_its_metadata_and_without() {
    let (_server, project) = two_models(12);
    assert_eq!(bench(&project, &["--short-answers", "0", "--warm-up", "0"]).code, 0);
    let folder = fs::read_dir(project.path(".evenhand/benches")).unwrap().next().unwrap().unwrap().path();
    let whole = imported(&project, &[folder.to_str().unwrap(), &corpus("llama-bench.json")]);
    assert_eq!(whole["cells"].as_array().unwrap().len(), 3);
    assert_eq!(whole["choice"]["roles"][0]["cell"], "sharp");
    assert!(cell(&whole, "sharp")["cost"].is_object());
    let by_file =
        imported(&project, &[folder.join("calls.jsonl").to_str().unwrap(), &corpus("llama-bench.json")]);
    assert_eq!(by_file, whole);
    // Alone the lines have the verdicts and the times, and neither prices nor settings.
    fs::copy(folder.join("calls.jsonl"), project.path("old.jsonl")).unwrap();
    let bare = imported(&project, &["old.jsonl"]);
    assert_eq!(cell(&bare, "sharp")["quality"], cell(&whole, "sharp")["quality"]);
    assert_eq!(cell(&bare, "sharp")["speed"], cell(&whole, "sharp")["speed"]);
    assert_eq!(cell(&bare, "sharp")["cost"], Value::Null);
    assert_eq!((&bare["meta"]["records"], &bare["meta"]["rounds"]), (&json!(12), &json!(2)));
    // The same file twice: cells of one name get a number.
    let twice = imported(&project, &["old.jsonl", "old.jsonl"]);
    assert!(cell(&twice, "sharp (2)").is_object());
    assert!(!calls(&project).is_empty());
}

#[test]
fn what_has_none_of_the_forms_is_refused_with_their_names() {
    let project = Project::empty();
    for (name, text) in
        [("a.json", "{\"accuracy\": 1}"), ("b.json", "no JSON"), ("c.json", ""), ("d.json", "[]")]
    {
        project.write(name, text);
        let ran = project.evenhand(&["bench", "--import", name]);
        assert_eq!(ran.code, 2, "{ran}");
        for form in [name, "calls.jsonl", "vllm bench serve --save-result", "llama-bench -o json"] {
            assert!(ran.stderr.contains(form), "{form} is not in {ran}");
        }
    }
    assert_eq!(project.evenhand(&["bench", "--import", "nowhere.json"]).code, 2);
}

#[test]
fn blocks_that_took_other_times_are_told() {
    let line = |block: u64, record: usize, ms: u64| {
        json!({
            "cell": "judge", "block": block, "round": block, "phase": "measured", "started_ms": 0, "elapsed_ms": ms,
            "record": format!("r{record}"), "expected": {"label": "yes", "value": null},
            "given": {"label": "yes", "value": null}, "calls": [{"characters": 3, "total_ms": ms}],
        })
        .to_string()
    };
    let told = |second: u64| {
        let project = Project::empty();
        let lines = (0..6).flat_map(|record| [line(0, record, 100), line(1, record, second)]);
        project.write("steady.jsonl", lines.map(|line| line + "\n").collect::<String>());
        let file = project.path("steady.jsonl").display().to_string();
        (project.evenhand(&["bench", "--import", &file]), imported(&project, &[&file]))
    };
    let (ran, json) = told(200);
    assert_eq!(cell(&json, "judge")["speed"]["blocks_ms"], json!([100.0, 200.0]));
    assert!(flat(&ran).contains("judge: its 2 blocks took 100 ms, 200 ms at the median"), "{ran}");
    let (ran, _) = told(120);
    assert!(!flat(&ran).contains("blocks took"), "{ran}");
}
