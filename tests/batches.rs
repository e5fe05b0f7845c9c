//! A batch as files: the requests that are written, and the results that stand for replies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, Ran};

const PRICE: &str = "price = { input_per_million = 1000000.0, output_per_million = 0.0 }\n";

/// The six records of `polite`, judged by a server that nobody may ask without need.
fn project(provider: &str, url: &str) -> Project {
    Project::polite(&format!(
        "[models.judge]\nmodel = \"{provider}/mock-1\"\nbase_url = \"{url}\"\n\
         transport_retries = 0\n{PRICE}"
    ))
}

fn run(project: &Project, words: &[&str]) -> Ran {
    let words: Vec<&str> = ["run", "polite"].iter().chain(words).copied().collect();
    project.evenhand_with(("ANTHROPIC_API_KEY", "secret"), &words)
}

/// The requests of a file in OpenAI's form, by key.
fn requests(text: &str) -> Vec<(String, Value)> {
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["custom_id"].as_str().unwrap().to_owned(), line["body"].clone())).collect()
}

fn is_polite(body: &Value) -> bool {
    body["messages"].as_array().unwrap().last().unwrap()["content"].to_string().contains("please")
}

/// A result of a server that judges fairly.
fn result(key: &str, body: &Value) -> String {
    let verdict = if is_polite(body) { "yes" } else { "no" };
    let answer = json!({"reasoning": "It says so.", "verdict": verdict, "confidence": 0.9}).to_string();
    let reply = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "mock-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    });
    let line = json!({
        "id": "batch_req_1", "custom_id": key, "error": null,
        "response": {"status_code": 200, "request_id": "r", "body": reply},
    });
    format!("{line}\n")
}

fn labels(project: &Project) -> BTreeMap<String, Value> {
    let line =
        |line: Value| (line["id"].as_str().unwrap().to_owned(), line["result"]["scored"]["label"].clone());
    project.journal().into_iter().map(line).collect()
}

#[test]
fn a_run_is_written_and_settled_by_the_results_at_the_batchs_price() {
    let server = Mock::fair();
    let project = project("openai", &server.url("/v1"));
    let ran = run(&project, &["--export-batch", "requests.jsonl"]);
    assert_eq!((ran.code, server.requests().len()), (0, 0), "{ran}");
    assert!(ran.stdout.contains("6 requests to openai/mock-1 about 6 records of polite"), "{ran}");
    let written = requests(&project.read("requests.jsonl"));
    assert_eq!(written.len(), 6);
    for (key, body) in &written {
        assert!(key.len() == 64 && body["stream"].is_null() && body["model"] == "mock-1", "{key} {body}");
    }
    let results: String = written.iter().map(|(key, body)| result(key, body)).collect();
    project.write("results.jsonl", results);
    let imported = run(&project, &["--import-batch", "results.jsonl", "--no-cache", "--json"]);
    assert_eq!((imported.code, server.requests().len()), (0, 0), "{imported}");
    assert!(imported.stderr.contains("batch: 6 of 6 replies used"), "{imported}");
    let cost = |ran: &Ran| ran.json().1["summary"]["cost_usd"].as_f64().unwrap();
    assert!(
        (cost(&imported) - 30.0).abs() < 1e-9,
        "60 tokens of a dollar each, at half the price: {imported}"
    );
    let settled = labels(&project);
    let live = run(&project, &["--no-cache", "--json"]);
    assert_eq!((live.code, server.requests().len()), (0, 6), "{live}");
    assert_eq!(settled, labels(&project));
}

#[test]
fn what_the_results_lack_is_asked_for_or_unscored() {
    let server = Mock::fair();
    let project = project("openai", &server.url("/v1"));
    assert_eq!(run(&project, &["--export-batch", "requests.jsonl"]).code, 0);
    let written = requests(&project.read("requests.jsonl"));
    let whole = |at: usize| result(&written[at].0, &written[at].1);
    let refused = json!({"custom_id": written[2].0, "error": null,
        "response": {"status_code": 400, "body": {"error": {"message": "too long"}}}});
    let expired = json!({"custom_id": written[3].0, "response": null,
        "error": {"code": "batch_expired", "message": "not in time"}});
    let unusable =
        json!({"custom_id": written[4].0, "response": {"status_code": 200, "body": {"choices": []}}});
    let half = whole(5);
    // The last line is cut off in the middle; a key that nobody asks for and one that stands twice do no harm.
    project.write(
        "results.jsonl",
        [&whole(0), &whole(1), &result("0000", &written[0].1), &whole(1), &half[..half.len() / 2]].concat(),
    );
    project.write("errors.jsonl", format!("{refused}\n{expired}\n{unusable}\n"));
    let files = ["--import-batch", "results.jsonl", "--import-batch", "errors.jsonl", "--no-cache", "--json"];
    let unscored = run(&project, &[&files[..], &["--no-live"]].concat());
    assert_eq!(server.requests().len(), 0, "{unscored}");
    assert_eq!(unscored.json().1["summary"]["unscored"], json!({"not_recorded": 4}), "{unscored}");
    let details: Vec<String> =
        project.journal().iter().map(|line| line["result"]["unscored"].to_string()).collect();
    for what in ["failed with HTTP 400: too long", "expired: not in time", "do not have it", "no choices"] {
        assert!(details.iter().any(|detail| detail.contains(what)), "{what}: {details:?}");
    }
    let asked = run(&project, &files);
    assert_eq!((asked.code, server.requests().len()), (0, 4), "{asked}");
    assert!(asked.stderr.contains("batch: 2 of 4 replies used"), "{asked}");
    assert!(
        asked.stderr.contains("1 expired; 1 failed with HTTP 400; 1 line twice; 1 line no result"),
        "{asked}"
    );
    assert_eq!(asked.json().1["summary"]["scored"]["count"], 6);
    let budget = run(&project, &[&files[..], &["--max-calls", "1"]].concat());
    assert_eq!((budget.code, server.requests().len()), (5, 5), "{budget}");
}

#[test]
fn anthropics_form_is_one_object_and_its_results_are_messages() {
    let server = Mock::fair_anthropic();
    let project = project("anthropic", &server.url(""));
    let ran = run(&project, &["--export-batch", "requests.json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 0), "{ran}");
    let written: Value = serde_json::from_str(&project.read("requests.json")).unwrap();
    let written = written["requests"].as_array().unwrap();
    assert_eq!(written.len(), 6);
    let mut lines = String::new();
    for (at, request) in written.iter().enumerate() {
        let (key, body) = (&request["custom_id"], &request["params"]);
        assert!(body["max_tokens"].is_u64() && body["stream"].is_null(), "{body}");
        let verdict = if is_polite(body) { "yes" } else { "no" };
        let answer = json!({"reasoning": "So.", "verdict": verdict, "confidence": 0.9}).to_string();
        let message = json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "mock-1", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": answer}], "usage": {"input_tokens": 10, "output_tokens": 5},
        });
        let result = match at {
            0 => json!({"type": "expired"}),
            1 => {
                json!({"type": "errored", "error": {"type": "error", "error": {"type": "api_error", "message": "oh"}}})
            }
            _ => json!({"type": "succeeded", "message": message}),
        };
        lines += &format!("{}\n", json!({"custom_id": key, "result": result}));
    }
    project.write("results.jsonl", lines);
    let imported = run(&project, &["--import-batch", "results.jsonl", "--json"]);
    assert_eq!((imported.code, server.requests().len()), (0, 2), "{imported}");
    assert_eq!(imported.json().1["summary"]["scored"]["count"], 6);
}

#[test]
fn what_cannot_be_a_batch_is_refused_and_says_what_to_do() {
    let server = Mock::fair_ollama();
    let ollama = project("ollama", &server.url(""));
    let no_files = run(&ollama, &["--export-batch", "requests.jsonl"]);
    assert!(no_files.code == 2 && no_files.stderr.contains("has no batches as files"), "{no_files}");
    let openai = project("openai", &server.url("/v1"));
    openai.write("labels.csv", "id,label\n");
    let no_results = run(&openai, &["--import-batch", "labels.csv"]);
    assert!(
        no_results.code == 2 && no_results.stderr.contains("holds no results of a batch"),
        "{no_results}"
    );
    let nothing = run(&openai, &["--export-batch", "requests.jsonl", "--filter", "id=none"]);
    assert_eq!(nothing.code, 2, "{nothing}");
}
