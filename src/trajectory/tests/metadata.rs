//! Runs in every form, with what vendors put around them, are read, and their calls found exactly.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::super::*;
use super::forms::{Story, all, story};

/// Keys under which messages, parts and calls stand: metadata may be put into any object there.
const INSIDE: [&str; 14] = [
    "messages",
    "contents",
    "content",
    "parts",
    "choices",
    "message",
    "candidates",
    "output",
    "new_items",
    "raw_item",
    "kwargs",
    "data",
    "tool_calls",
    "input",
];

/// The JSON pointers of objects that are messages, parts or calls.
pub(super) fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(object) => {
            let is_call =
                ["name", "toolName", "tool", "toolCallId"].iter().any(|key| object.contains_key(*key));
            let returned = object.get("role").is_some_and(|role| role == "tool" || role == "function")
                || object
                    .get("type")
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind.contains("result") || kind.contains("Execution"));
            found.push(at.to_owned());
            for (key, inner) in object {
                if INSIDE.contains(&key.as_str()) && !is_call && !returned {
                    places(inner, &format!("{at}/{key}"), found);
                }
            }
        }
        _ => {}
    }
}

/// What servers, libraries and tracers put beside a message.
fn metadata() -> impl Strategy<Value = (&'static str, Value)> {
    let number = 0_u32..90_000;
    prop_oneof![
        "[0-9a-f]{24}".prop_map(|id| ("id", json!(format!("msg_{id}")))),
        number.clone().prop_map(|n| ("created_at", json!(n))),
        Just(("timestamp", json!("2031-04-05T06:07:08.123Z"))),
        number.clone().prop_map(|n| (
            "usage",
            json!({"input_tokens": n, "server_tool_use": {"web_search_requests": 1}})
        )),
        number.clone().prop_map(|n| (
            "usage_metadata",
            json!({"total_tokens": n, "input_token_details": {"cache_read": 3}})
        )),
        Just(("response_metadata", json!({"finish_reason": "stop", "model_name": "m-4", "logprobs": null}))),
        Just(("metadata", json!({"env": "prod", "user": {"plan": "pro"}, "tags": ["a", "b"]}))),
        Just(("providerMetadata", json!({"acme": {"itemId": "it_9", "cached": true}}))),
        Just(("provider_specific_fields", json!({"citations": [{"url": "https://a.example"}]}))),
        Just(("reasoning_content", json!("The user wants it done."))),
        Just(("reasoning_details", json!([{"type": "reasoning.text", "text": "hm", "format": "v1"}]))),
        Just((
            "annotations",
            json!([{"type": "url_citation", "url": "https://a.example", "title": "A page"}])
        )),
        Just(("logprobs", json!({"content": [{"token": "It", "logprob": -0.1, "top_logprobs": []}]}))),
        Just(("cache_control", json!({"type": "ephemeral", "ttl": "5m"}))),
        Just((
            "safetyRatings",
            json!([{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}])
        )),
        Just(("finish_reason", json!("stop"))),
        Just(("stop_reason", json!("end_turn"))),
        Just(("thoughtSignature", json!("Q2lnbmF0dXJl"))),
        Just(("system_fingerprint", json!("fp_44709d6fcb"))),
        Just(("refusal", Value::Null)),
        Just(("audio", Value::Null)),
        Just(("x_groq", json!({"id": "req_01", "usage": {"queue_time": 0.1}}))),
        number.prop_map(|n| ("acme_latency_ms", json!(n))),
        Just(("langfuse_trace", json!({"span": 7, "sampled": true}))),
        Just(("extra_content", json!({"google": {"thought_signature": "abc"}}))),
        Just(("mood", json!("cheerful"))),
        Just(("_meta", json!({}))),
        Just(("eval_note", json!("A person looked at this one."))),
    ]
}

fn told() -> impl Strategy<Value = Story> {
    let tool = prop::sample::select(vec!["cancel_booking", "search", "getWeather", "crm.update-lead", "now"]);
    let value = prop_oneof![
        any::<i32>().prop_map(|n| json!(n)),
        "\\PC{0,12}".prop_map(|text| json!(text)),
        Just(json!([{"name": "x", "input": {}}]))
    ];
    let arguments = proptest::collection::btree_map("[a-z]{1,8}", value, 1..4);
    (tool, arguments, "[A-Z][a-z ]{3,20}\\.", "[A-Z][a-z ]{3,20}\\.").prop_map(
        |(tool, arguments, asked, answer)| Story {
            tool: tool.into(),
            arguments: json!(arguments),
            asked,
            answer,
        },
    )
}

#[test]
fn runs_with_metadata_around_them_are_read_in_every_form() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let forms = all(&story()).len();
    let strategy = (told(), proptest::collection::vec((metadata(), any::<prop::sample::Index>()), 1..7));
    let (mut runs, mut faults) = (0_usize, Vec::new());
    for _ in 0..40 {
        for form in 0..forms {
            let (story, added) = strategy.new_tree(&mut runner).unwrap().current();
            let (name, mut run) = all(&story).swap_remove(form);
            let mut found = Vec::new();
            places(&run, "", &mut found);
            for ((key, value), index) in added {
                let place = run.pointer_mut(index.get::<String>(&found)).unwrap().as_object_mut().unwrap();
                place.entry(key).or_insert(value);
            }
            runs += 1;
            match Trajectory::read(&run) {
                Err(fault) => faults.push(format!("{name}: {fault}")),
                Ok(trajectory) => {
                    let calls: Vec<&Call> = trajectory.calls().map(|(_, call)| call).collect();
                    assert_eq!(calls.len(), 1, "{name}: {run}");
                    assert_eq!(
                        (&calls[0].name, &calls[0].arguments),
                        (&story.tool, &story.arguments),
                        "{name}: {run}"
                    );
                    // No word of the metadata is taken for the name of a tool that could be forbidden.
                    assert!(!trajectory.passed_over.contains_key("refund"), "{name}: {run}");
                }
            }
        }
    }
    assert!(
        faults.len() * 20 <= runs,
        "{} of {runs} are not read: {:#?}",
        faults.len(),
        &faults[..faults.len().min(20)]
    );
}
