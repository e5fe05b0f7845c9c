//! Calls that are written as text.

use serde_json::{Value, json};

use super::super::*;

const CALL: &str = r#"{"name": "refund", "arguments": {"id": 3}}"#;

fn said(text: &str) -> Result<Trajectory, TrajectoryFault> {
    Trajectory::read(&json!([{"role": "assistant", "content": text}]))
}

fn calls(text: &str) -> usize {
    said(text).unwrap_or_else(|fault| panic!("{text}: {fault}")).calls().count()
}

#[test]
fn a_whole_block_in_the_agents_own_text_is_a_call() {
    for text in [
        format!("<tool_call>\n{CALL}\n</tool_call>"),
        format!("I do it.\n<tool_call>{CALL}</tool_call>"),
        "<tool_call>\n<function=refund>\n<parameter=id>\n3\n</parameter>\n</function>\n</tool_call>"
            .to_owned(),
        "<function=refund>{\"id\": 3}</function>".to_owned(),
        format!("[TOOL_CALLS] [{CALL}]"),
        format!("<|python_tag|>{}", CALL.replace("arguments", "parameters")),
        format!("<think>So.</think>\n<tool_call>{CALL}</tool_call>"),
    ] {
        let trajectory = said(&text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        let (_, call) = trajectory.calls().next().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((call.name.as_str(), &call.arguments), ("refund", &json!({"id": 3})), "{text}");
    }
    assert_eq!(calls(&format!("<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}</tool_call>")), 2);
}

#[test]
fn code_thoughts_and_mentions_are_no_calls() {
    for text in [
        format!("Like so:\n```\n<tool_call>{CALL}</tool_call>\n```\nSee?"),
        format!("Write `<tool_call>{CALL}</tool_call>`."),
        format!("<think>\n<tool_call>{CALL}</tool_call>\n</think>\nNo."),
        "The tag <tool_call> begins a call.".to_owned(),
    ] {
        assert_eq!(calls(&text), 0, "{text}");
    }
}

#[test]
fn a_block_that_cannot_be_read_is_a_fault_at_its_text() {
    for text in [
        "<tool_call>\n{\"name\": \"refund\", \"argu".to_owned(),
        "<tool_call>refund</tool_call>".to_owned(),
        format!("I call <tool_call>{CALL}</tool_call> now."),
        "<function_calls>\n<invoke name=\"refund\">".to_owned(),
        "Thought: do it\nAction: refund\nAction Input: {\"id\": 3}".to_owned(),
        format!("```\n<tool_call>{CALL}"),
        CALL.to_owned(),
    ] {
        assert_eq!(said(&text).expect_err(&text).pointer, "/0/content", "{text}");
    }
}

#[test]
fn others_words_results_and_arguments_are_never_calls() {
    let block = format!("<tool_call>{CALL}</tool_call>");
    let run = json!([
        {"role": "system", "content": format!("Call tools so:\n{block}")},
        {"role": "user", "content": block},
        {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "echo", "arguments": json!({"text": block}).to_string()}}]},
        {"role": "tool", "tool_call_id": "a", "content": block},
    ]);
    let names: Vec<String> = names(&run);
    assert_eq!(names, ["echo"]);
}

#[test]
fn a_server_that_leaves_the_text_beside_the_call_tells_of_one() {
    let run = json!([{"role": "assistant", "content": format!("<tool_call>{CALL}</tool_call>"),
        "tool_calls": [{"id": "a", "function": {"name": "refund", "arguments": "{\"id\": 3}"}}]}]);
    assert_eq!(names(&run), ["refund"]);
    let bare = json!([{"role": "assistant", "content": CALL,
        "tool_calls": [{"id": "a", "function": {"name": "refund", "arguments": "{\"id\": 3}"}}]}]);
    assert_eq!(names(&bare), ["refund"]);
}

fn names(run: &Value) -> Vec<String> {
    Trajectory::read(run).unwrap().calls().map(|(_, call)| call.name.clone()).collect()
}
