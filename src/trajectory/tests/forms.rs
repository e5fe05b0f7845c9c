//! One short run in every form: the same calls, results and answer are read.

use serde_json::{Value, json};

use super::super::*;

/// What a run tells: a question, a call with its result, and an answer.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) tool: String,
    pub(super) arguments: Value,
    pub(super) asked: String,
    pub(super) answer: String,
}

pub(super) fn story() -> Story {
    Story {
        tool: "cancel_booking".into(),
        arguments: json!({"booking": 31, "why": "rain"}),
        asked: "Cancel booking 31.".into(),
        answer: "It is cancelled.".into(),
    }
}

/// The forms that docs/guides/trajectories.md lists.
#[allow(clippy::too_many_lines)]
pub(super) fn all(story: &Story) -> Vec<(&'static str, Value)> {
    let Story { tool, arguments, asked, answer } = story;
    let text = arguments.to_string();
    let user = || json!({"role": "user", "content": asked});
    let last = || json!({"role": "assistant", "content": answer});
    let chat = |calls: Value| {
        json!([user(), {"role": "assistant", "content": null, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "k1", "content": "done"}, last()])
    };
    let function = json!({"id": "k1", "type": "function", "function": {"name": tool, "arguments": text}});
    let langchain_call = json!({"name": tool, "args": arguments, "id": "k1", "type": "tool_call"});
    let class = |name: &str| json!(["langchain", "schema", "messages", name]);
    vec![
        ("openai chat", chat(json!([function]))),
        ("openai chat, one call", chat(function.clone())),
        ("openai chat, calls as text", chat(json!(json!([function]).to_string()))),
        (
            "openai chat, camel case",
            json!([user(), {"role": "assistant", "toolCalls": [function]},
            {"role": "tool", "toolCallId": "k1", "content": "done"}, last()]),
        ),
        (
            "openai legacy",
            json!([user(), {"role": "assistant", "content": null, "function_call": {"name": tool, "arguments": text}},
            {"role": "function", "name": tool, "content": "done"}, last()]),
        ),
        (
            "openai request and completion",
            json!({"model": "m", "messages": [user(),
            {"role": "assistant", "tool_calls": [function]}, {"role": "tool", "tool_call_id": "k1", "content": "done"}],
            "choices": [{"index": 0, "finish_reason": "stop", "message": last()}]}),
        ),
        (
            "openai responses",
            json!({"object": "response", "input": asked, "output": [
            {"type": "reasoning", "id": "r", "summary": []},
            {"type": "function_call", "id": "f", "call_id": "k1", "name": tool, "arguments": text, "status": "completed"},
            {"type": "function_call_output", "call_id": "k1", "output": "done"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer, "annotations": []}]}]}),
        ),
        (
            "openai responses, mcp",
            json!([user(),
            {"type": "mcp_list_tools", "server_label": "desk", "tools": [{"name": tool, "input_schema": {"type": "object"}}]},
            {"type": "mcp_approval_request", "id": "ap", "name": tool, "arguments": text, "server_label": "desk"},
            {"type": "mcp_approval_response", "approval_request_id": "ap", "approve": true},
            {"type": "mcp_call", "id": "mc", "approval_request_id": "ap", "name": tool, "arguments": text, "output": "done"},
            last()]),
        ),
        (
            "openai agents sdk",
            json!({"new_items": [
            {"type": "tool_call_item", "agent": {"name": "desk"}, "raw_item": {"type": "function_call", "call_id": "k1", "name": tool, "arguments": text}},
            {"type": "tool_call_output_item", "output": "done", "raw_item": {"type": "function_call_output", "call_id": "k1", "output": "done"}},
            {"type": "message_output_item", "raw_item": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer}]}}]}),
        ),
        (
            "anthropic",
            json!({"system": "Be kind.", "messages": [user(),
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "tool_use", "id": "k1", "name": tool, "input": arguments}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "k1", "content": [{"type": "text", "text": "done"}]}]},
            {"role": "assistant", "content": [{"type": "text", "text": answer}]}]}),
        ),
        (
            "anthropic server tools",
            json!([user(), {"role": "assistant", "content": [
            {"type": "server_tool_use", "id": "k1", "name": tool, "input": arguments},
            {"type": "web_search_tool_result", "tool_use_id": "k1", "content": [{"type": "web_search_result", "url": "https://a.example"}]},
            {"type": "text", "text": answer}]}]),
        ),
        (
            "gemini",
            json!({"contents": [{"role": "user", "parts": [{"text": asked}]},
            {"role": "model", "parts": [{"text": "hm", "thought": true}, {"functionCall": {"name": tool, "args": arguments}, "thoughtSignature": "c2ln"}]},
            {"role": "user", "parts": [{"functionResponse": {"name": tool, "response": {"result": "done"}}}]}],
            "candidates": [{"content": {"role": "model", "parts": [{"text": answer}]}, "finishReason": "STOP", "safetyRatings": []}]}),
        ),
        (
            "gemini, snake case",
            json!([{"role": "user", "parts": [{"text": asked}]},
            {"role": "model", "parts": [{"function_call": {"name": tool, "args": arguments}}]},
            {"role": "function", "parts": [{"function_response": {"name": tool, "response": {"result": "done"}}}]},
            {"role": "model", "parts": [{"text": answer}]}]),
        ),
        (
            "bedrock",
            json!([{"role": "user", "content": [{"text": asked}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "k1", "name": tool, "input": arguments}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "k1", "status": "success", "content": [{"text": "done"}]}}]},
            {"role": "assistant", "content": [{"text": answer}]}]),
        ),
        (
            "opentelemetry",
            json!([{"role": "user", "parts": [{"type": "text", "content": asked}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "tool_call", "id": "k1", "name": tool, "arguments": arguments}], "finish_reason": "tool_call"},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "k1", "response": "done"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": answer}], "finish_reason": "stop"}]),
        ),
        (
            "opentelemetry span",
            json!({"name": "chat m", "attributes": {"gen_ai.operation.name": "chat",
            "gen_ai.input.messages": json!([{"role": "user", "parts": [{"type": "text", "content": asked}]},
                {"role": "assistant", "parts": [{"type": "tool_call", "id": "k1", "name": tool, "arguments": arguments}]},
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "k1", "result": "done"}]}]).to_string(),
            "gen_ai.output.messages": json!([{"role": "assistant", "parts": [{"type": "text", "content": answer}], "finish_reason": "stop"}]).to_string()}}),
        ),
        (
            "vercel ui",
            json!([{"id": "1", "role": "user", "parts": [{"type": "text", "text": asked}]},
            {"id": "2", "role": "assistant", "parts": [{"type": "step-start"},
                {"type": format!("tool-{tool}"), "toolCallId": "k1", "state": "output-available", "input": arguments, "output": "done"},
                {"type": "step-start"}, {"type": "text", "text": answer, "state": "done"}]}]),
        ),
        (
            "vercel ui, dynamic",
            json!([{"id": "2", "role": "assistant", "parts": [
            {"type": "dynamic-tool", "toolName": tool, "toolCallId": "k1", "state": "output-available", "input": arguments, "output": "done"},
            {"type": "text", "text": answer}]}]),
        ),
        (
            "vercel model",
            json!([user(),
            {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "k1", "toolName": tool, "input": arguments}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "k1", "toolName": tool, "output": {"type": "text", "value": "done"}}]},
            {"role": "assistant", "content": [{"type": "text", "text": answer}]}]),
        ),
        (
            "vercel, older",
            json!([user(), {"role": "assistant", "content": answer, "parts": [
            {"type": "tool-invocation", "toolInvocation": {"state": "result", "toolCallId": "k1", "toolName": tool, "args": arguments, "result": "done"}},
            {"type": "text", "text": answer}],
            "toolInvocations": [{"state": "result", "toolCallId": "k1", "toolName": tool, "args": arguments, "result": "done"}]}]),
        ),
        (
            "langchain v0",
            json!([{"type": "human", "content": asked},
            {"type": "ai", "content": [{"type": "tool_use", "id": "k1", "name": tool, "input": {}}],
             "additional_kwargs": {"tool_calls": [function]}, "tool_calls": [langchain_call], "invalid_tool_calls": [],
             "response_metadata": {"message": {"tool_calls": [function]}}},
            {"type": "tool", "content": "done", "name": tool, "tool_call_id": "k1", "status": "success"},
            {"type": "ai", "content": answer, "tool_calls": []}]),
        ),
        (
            "langchain v0, kwargs alone",
            json!([{"type": "human", "data": {"content": asked}},
            {"type": "ai", "data": {"content": "", "additional_kwargs": {"function_call": {"name": tool, "arguments": text}}}},
            {"type": "function", "data": {"content": "done", "name": tool}},
            {"type": "ai", "data": {"content": answer}}]),
        ),
        (
            "langchain dump",
            json!({"messages": [
            {"lc": 1, "type": "constructor", "id": class("HumanMessage"), "kwargs": {"content": asked, "type": "human"}},
            {"lc": 1, "type": "constructor", "id": class("AIMessage"), "kwargs": {"content": "", "tool_calls": [langchain_call]}},
            {"lc": 1, "type": "constructor", "id": class("ToolMessage"), "kwargs": {"content": "done", "tool_call_id": "k1"}},
            {"lc": 1, "type": "constructor", "id": class("AIMessage"), "kwargs": {"content": answer}}]}),
        ),
        (
            "langchain v1",
            json!([user(), {"role": "assistant", "content": [langchain_call]},
            {"role": "tool", "tool_call_id": "k1", "content": "done"}, last()]),
        ),
        (
            "langchain executor",
            json!({"input": asked, "output": answer, "intermediate_steps": [
            [{"tool": tool, "tool_input": arguments, "log": "Invoking", "type": "AgentAction"}, "done"]]}),
        ),
        (
            "langgraph state",
            json!({"messages": [{"type": "human", "content": asked},
            {"type": "ai", "content": "", "tool_calls": [langchain_call]},
            {"type": "tool", "content": "done", "tool_call_id": "k1"}, {"type": "ai", "content": answer}],
            "user": {"name": "Ann", "plan": "pro"}, "remaining_steps": 22, "documents": [{"page_content": "x", "metadata": {"source": "a"}}]}),
        ),
        (
            "langsmith",
            json!({"id": "r0", "name": "agent", "run_type": "chain", "inputs": {"messages": [user()]},
            "outputs": {"messages": [{"type": "human", "content": asked},
                {"type": "ai", "content": "", "tool_calls": [langchain_call]},
                {"type": "tool", "content": "done", "tool_call_id": "k1"}, {"type": "ai", "content": answer}]},
            "child_runs": [
                {"run_type": "llm", "name": "model", "inputs": {"messages": [[user()]]}, "outputs": {"generations": [[{"text": "", "type": "ChatGeneration",
                    "message": {"lc": 1, "type": "constructor", "id": class("AIMessage"), "kwargs": {"content": "", "tool_calls": [langchain_call]}}}]]}},
                {"run_type": "tool", "name": tool, "inputs": {"input": "{'booking': 31}"}, "outputs": {"output": "done"}}]}),
        ),
        (
            "langsmith, without messages",
            json!({"run_type": "chain", "name": "agent", "inputs": {"input": asked}, "outputs": {"output": answer},
            "child_runs": [{"run_type": "tool", "name": tool, "inputs": arguments, "outputs": {"output": "done"}}]}),
        ),
        (
            "inspect",
            json!({"id": 1, "input": asked, "target": "x", "messages": [user(),
            {"role": "assistant", "content": "", "source": "generate", "tool_calls": [{"id": "k1", "function": tool, "arguments": arguments}]},
            {"role": "tool", "tool_call_id": "k1", "function": tool, "content": "done"}, last()],
            "output": {"model": "m", "choices": [{"message": last(), "stop_reason": "stop"}], "completion": answer},
            "scores": {"match": {"value": "C", "explanation": "as wanted"}}}),
        ),
        (
            "pydantic ai",
            json!([
            {"kind": "request", "parts": [{"part_kind": "system-prompt", "content": "Be kind."}, {"part_kind": "user-prompt", "content": asked}]},
            {"kind": "response", "parts": [{"part_kind": "tool-call", "tool_name": tool, "args": text, "tool_call_id": "k1"}]},
            {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": tool, "content": "done", "tool_call_id": "k1"}]},
            {"kind": "response", "parts": [{"part_kind": "text", "content": answer}]}]),
        ),
        (
            "autogen",
            json!({"messages": [{"type": "TextMessage", "source": "user", "content": asked},
            {"type": "ToolCallRequestEvent", "source": "desk", "content": [{"id": "k1", "name": tool, "arguments": text}]},
            {"type": "ToolCallExecutionEvent", "source": "desk", "content": [{"call_id": "k1", "name": tool, "content": "done", "is_error": false}]},
            {"type": "TextMessage", "source": "desk", "content": answer}]}),
        ),
        (
            "hermes",
            json!([user(),
            {"role": "assistant", "content": format!("I do it.\n<tool_call>\n{}\n</tool_call>", json!({"name": tool, "arguments": arguments}))},
            {"role": "tool", "content": "<tool_response>done</tool_response>"}, last()]),
        ),
        (
            "plain",
            json!({"steps": [{"user": asked}, {"call": tool, "arguments": arguments, "result": "done"}], "answer": answer}),
        ),
    ]
}

#[test]
fn every_form_tells_of_one_call_its_result_and_the_answer() {
    let story = story();
    for (form, value) in all(&story) {
        let trajectory = Trajectory::read(&value).unwrap_or_else(|fault| panic!("{form}: {fault}"));
        let calls: Vec<&Call> = trajectory.calls().map(|(_, call)| call).collect();
        assert_eq!(calls.len(), 1, "{form}: {trajectory:?}");
        assert_eq!(calls[0].name, story.tool, "{form}");
        assert_eq!(calls[0].arguments, story.arguments, "{form}");
        assert!(calls[0].result.is_some(), "{form}: {trajectory:?}");
        assert!(!calls[0].error && !calls[0].malformed, "{form}");
        assert_eq!(trajectory.answer.as_deref(), Some("It is cancelled."), "{form}");
    }
}

#[test]
fn two_equal_calls_in_one_place_are_two_and_one_call_in_two_places_is_one() {
    let call = json!({"function": {"name": "tick", "arguments": "{}"}});
    let twice = json!([{"role": "assistant", "tool_calls": [call, call]}]);
    assert_eq!(Trajectory::read(&twice).unwrap().calls().count(), 2);
    let told_twice = json!([{"role": "assistant", "tool_calls": [call, call],
        "additional_kwargs": {"tool_calls": [call, call]}}]);
    assert_eq!(Trajectory::read(&told_twice).unwrap().calls().count(), 2);
    let turns = json!([{"role": "assistant", "tool_calls": [call]}, {"role": "assistant", "additional_kwargs": {"tool_calls": [call]}}]);
    assert_eq!(Trajectory::read(&turns).unwrap().calls().count(), 2);
}

#[test]
fn hosted_tools_are_named_by_their_type_and_hold_their_results() {
    let items = json!([
        {"type": "web_search_call", "id": "w", "status": "completed", "action": {"type": "search", "query": "rain"}},
        {"type": "code_interpreter_call", "id": "c", "code": "1+1", "container_id": "x", "outputs": [{"type": "logs", "logs": "2"}]},
        {"type": "file_search_call", "id": "f", "queries": ["a"], "results": [{"file_id": "9", "text": "b"}]},
        {"type": "local_shell_call", "call_id": "l", "action": {"type": "exec", "command": ["ls"]}},
        {"type": "local_shell_call_output", "id": "l", "output": "a.txt"},
        {"type": "custom_tool_call", "call_id": "p", "name": "patch", "input": "*** not json"},
    ]);
    let trajectory = Trajectory::read(&items).unwrap();
    let names: Vec<&str> = trajectory.calls().map(|(_, call)| call.name.as_str()).collect();
    assert_eq!(names, ["web_search", "code_interpreter", "file_search", "local_shell", "patch"]);
    assert!(trajectory.calls().all(|(_, call)| !call.malformed));
    assert_eq!(trajectory.calls().nth(3).unwrap().1.result, Some(json!("a.txt")));
}

#[test]
fn a_call_that_was_asked_for_and_denied_is_a_call_that_failed() {
    for items in [
        json!([{"type": "mcp_approval_request", "id": "ap", "name": "wipe", "arguments": "{}"},
            {"type": "mcp_approval_response", "approval_request_id": "ap", "approve": false, "reason": "no"}]),
        json!([{"role": "assistant", "parts": [{"type": "tool-wipe", "toolCallId": "k", "state": "output-denied", "input": {},
            "approval": {"id": "a", "approved": false}}]}]),
        json!([{"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "k", "toolName": "wipe", "input": {}},
                {"type": "tool-approval-request", "approvalId": "a", "toolCallId": "k"}]},
            {"role": "tool", "content": [{"type": "tool-approval-response", "approvalId": "a", "approved": false},
                {"type": "tool-result", "toolCallId": "k", "toolName": "wipe", "output": {"type": "execution-denied"}}]}]),
    ] {
        let trajectory = Trajectory::read(&items).unwrap();
        let (_, call) = trajectory.calls().next().unwrap();
        assert_eq!((call.name.as_str(), call.error), ("wipe", true), "{items}");
    }
}

#[test]
fn a_judge_is_told_what_was_done_last_where_there_is_no_answer() {
    let run =
        json!([{"role": "assistant", "tool_calls": [{"function": {"name": "wipe", "arguments": "{}"}}]}]);
    let text = as_text(&run, &CutRule::default()).unwrap().text;
    assert!(!text.contains("(none)"), "{text}");
    assert!(
        text.ends_with("final answer: no answer in words; the last thing done is step 1, a call"),
        "{text}"
    );
}

#[test]
fn logs_of_a_request_and_what_came_of_it() {
    let Story { tool, arguments, .. } = story();
    let function = json!({"id": "k1", "function": {"name": tool, "arguments": arguments.to_string()}});
    let part = json!({"type": "tool-call", "toolCallId": "k1", "toolName": tool, "input": arguments});
    let reply = json!({"role": "assistant", "content": null, "tool_calls": [function]});
    let definition = json!({"type": "function", "function": {"name": "wipe_disk", "description": "Wipes."}});
    for log in [
        json!({"input": [{"role": "user", "content": "Go."}], "output": reply}),
        json!({"input": {"messages": [{"role": "user", "content": "Go."}]}, "output": reply}),
        json!({"request": {"messages": [{"role": "user", "content": "Go."}], "tools": [definition]},
            "response": {"choices": [{"message": reply, "finish_reason": "tool_calls"}]}}),
        json!({"text": "", "toolCalls": [part], "steps": [{"content": [part]}],
            "response": {"messages": [{"role": "assistant", "content": [part]}]}}),
        json!([{"type": "system", "subtype": "init", "tools": ["Bash", "wipe_disk"]},
            {"type": "assistant", "message": {"role": "assistant", "content": [
                {"type": "tool_use", "id": "k1", "name": tool, "input": arguments}]}, "parent_tool_use_id": null},
            {"type": "result", "subtype": "success", "result": "Done."}]),
        json!({"values": {"messages": [reply]}, "next": ["tools"], "tasks": [{"id": "x", "name": "tools"}]}),
    ] {
        let trajectory = Trajectory::read(&log).unwrap_or_else(|fault| panic!("{log}: {fault}"));
        assert_eq!(trajectory.calls().count(), 1, "{log}");
        assert!(!trajectory.passed_over.contains_key("wipe_disk"), "{log}");
    }
}

#[test]
fn calls_within_a_call_and_in_a_second_reply_are_not_lost() {
    let inner = json!({"tool_uses": [{"recipient_name": "functions.wipe", "parameters": {}}]}).to_string();
    let parallel = json!([{"role": "assistant", "tool_calls": [
        {"function": {"name": "multi_tool_use.parallel", "arguments": inner}}]}]);
    assert!(Trajectory::read(&parallel).is_err());
    let second = json!({"choices": [{"message": {"role": "assistant", "content": "Done."}},
        {"message": {"role": "assistant", "tool_calls": [{"function": {"name": "wipe", "arguments": "{}"}}]}}]});
    assert!(Trajectory::read(&second).unwrap_err().pointer.starts_with("/choices/1"));
}
