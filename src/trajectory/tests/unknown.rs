//! A call in a wrapping that no form knows is seen, or the run is not read: it is never "not called".

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::super::*;
use super::forms::{all, story};
use super::metadata::places;

const TOOL: &str = "wipe_disk";

/// Whether a check could say that the tool was not called.
fn says_not_called(run: &Value) -> bool {
    Trajectory::read(run).is_ok_and(|trajectory| {
        trajectory.calls().all(|(_, call)| call.name != TOOL) && !trajectory.passed_over.contains_key(TOOL)
    })
}

fn call() -> impl Strategy<Value = Value> {
    let arguments = json!({"disk": "c", "sure": true});
    let text = arguments.to_string();
    prop::sample::select(vec![
        json!({"name": TOOL, "arguments": arguments}),
        json!({"name": TOOL, "arguments": text}),
        json!({"id": "q", "type": "function", "function": {"name": TOOL, "arguments": text}}),
        json!({"tool": TOOL, "tool_input": arguments}),
        json!({"toolName": TOOL, "args": arguments, "toolCallId": "q"}),
        json!({"type": "tool_use", "id": "q", "name": TOOL, "input": arguments}),
        json!({"functionCall": {"name": TOOL, "args": arguments}}),
        json!({"op": TOOL, "with": arguments}),
        json!({"n": TOOL, "p": arguments}),
        json!([TOOL, arguments]),
        json!({TOOL: arguments}),
        json!([{"function": {"name": TOOL}}]),
        json!(json!({"name": TOOL, "arguments": arguments}).to_string()),
        json!(format!("<tool_call>{}</tool_call>", json!({"name": TOOL, "arguments": arguments}))),
        json!(format!("{TOOL}(disk='c')")),
    ])
}

/// Keys that no form reads as calls: unknown ones, and those of metadata.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "payload",
        "wrapped",
        "x",
        "body",
        "extra",
        "deed",
        "steps_taken",
        "events",
        "tool_calls",
        "toolCalls",
        "action",
        "metadata",
        "response_metadata",
        "usage",
        "provider_specific_fields",
        "annotations",
        "extras",
        "context",
        "tags",
        "acme_metadata",
        "reasoning_details",
        "store",
        "generation_info",
        "data",
        "value",
        "delta",
        "invocation",
    ])
}

fn wrapping() -> impl Strategy<Value = Value> {
    (call(), proptest::collection::vec((key(), any::<bool>()), 0..4)).prop_map(|(call, keys)| {
        keys.into_iter()
            .fold(call, |inner, (key, list)| if list { json!([inner]) } else { json!({key: inner}) })
    })
}

/// Runs of a strategy that hide a call.
fn hidden<S: Strategy>(cases: usize, strategy: &S, run: impl Fn(S::Value) -> Option<Value>) -> Vec<String> {
    let mut runner = TestRunner::new(Config::default());
    let drawn = (0..cases).filter_map(|_| run(strategy.new_tree(&mut runner).unwrap().current()));
    drawn.filter(says_not_called).map(|run| run.to_string()).take(12).collect()
}

/// What a model thinks and what a tool returns is no action of the agent's.
fn is_no_action(object: &Map<String, Value>) -> bool {
    let word = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (role, kind) = (word("role"), word("type") + &word("part_kind"));
    ["tool", "function"].contains(&role.as_str())
        || ["thinking", "reasoning", "result", "response", "return"].iter().any(|part| kind.contains(part))
}

#[test]
fn under_any_key_of_any_message() {
    let forms = all(&story());
    let index = any::<prop::sample::Index>;
    let hidden = hidden(6_000, &(index(), index(), key(), wrapping()), |(form, place, key, wrapped)| {
        let (_, mut run) = form.get(&forms).clone();
        let mut found = Vec::new();
        places(&run, "", &mut found);
        let object = run.pointer_mut(place.get::<String>(&found))?.as_object_mut()?;
        if object.contains_key(key) || is_no_action(object) {
            return None;
        }
        object.insert(key.to_owned(), wrapped);
        Some(run)
    });
    assert!(hidden.is_empty(), "{hidden:#?}");
}

#[test]
fn as_a_block_or_a_message_of_a_type_that_is_not_known() {
    let kind = "[a-z]{3,8}[_-](call|use|step|event|thing)";
    let hidden = hidden(2_000, &(kind, key(), wrapping(), any::<bool>()), |(kind, key, wrapped, whole)| {
        let block = json!({"type": kind, key: wrapped});
        Some(if whole {
            json!([{"role": "user", "content": "Go."}, block])
        } else {
            json!([{"role": "assistant", "content": [{"type": "text", "text": "Well."}, block]}])
        })
    });
    assert!(hidden.is_empty(), "{hidden:#?}");
}

#[test]
fn what_the_suite_ignores_is_passed_over_and_nothing_else() {
    let run = json!([{"role": "assistant", "content": [{"type": "chart", "spec": {"mark": "bar"}}, {"type": "text", "text": "Here."}],
        "acme_state": {"mood": "good"}}]);
    let fault = Trajectory::read(&run).unwrap_err();
    assert_eq!(fault.pointer, "/0/content/0/type");
    let ignored = ["chart".to_owned(), "acme_state".to_owned()];
    assert_eq!(Trajectory::read_ignoring(&run, &ignored).unwrap().answer.as_deref(), Some("Here."));
    let fault = Trajectory::read_ignoring(&run, &ignored[..1]).unwrap_err();
    assert_eq!(fault.pointer, "/0/acme_state");
    // A key that is known is read, whatever the suite says.
    let call =
        json!([{"role": "assistant", "tool_calls": [{"function": {"name": TOOL, "arguments": "{}"}}]}]);
    let read = Trajectory::read_ignoring(&call, &["tool_calls".to_owned()]).unwrap();
    assert_eq!(read.calls().count(), 1);
}

#[test]
fn what_tells_of_a_call_once_more_is_no_other_call() {
    let call = json!({"id": "q", "function": {"name": TOOL, "arguments": "{}"}});
    let again = json!([{"role": "assistant", "tool_calls": [call], "response_metadata": {"message": {"tool_calls": [call]}}}]);
    assert_eq!(Trajectory::read(&again).unwrap().calls().count(), 1);
    let other = json!([{"role": "assistant", "tool_calls": [call],
        "response_metadata": {"message": {"tool_calls": [{"function": {"name": TOOL, "arguments": "{\"x\": 1}"}}]}}}]);
    assert!(Trajectory::read(&other).unwrap_err().pointer.starts_with("/0/response_metadata"));
}
