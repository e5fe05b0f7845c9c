//! Why a reply ended. One that ended to call a tool must hold a call: if it holds none, the log lost it.

use serde_json::Value;

use super::fault::join;
use super::fields::Fields;
use super::reader::Reader;

/// Keys that say why a reply ended.
const REASONS: [&str; 5] = ["finish_reason", "stop_reason", "finishReason", "stopReason", "done_reason"];

/// Keys of objects that may say it too.
const HOLDERS: [&str; 2] = ["response_metadata", "generation_info"];

/// The reasons that stand for a call, as `OpenAI`, Anthropic, the AI SDK and OpenTelemetry write them.
const TO_CALL: [&str; 5] = ["tool_calls", "tool_call", "tool-calls", "tool_use", "function_call"];

/// Notes where the agent's reply says that it ended to call a tool.
pub(super) fn note(fields: &Fields<'_>, reader: &mut Reader<'_>) {
    let own = REASONS.iter().filter_map(|key| Some((key, fields.place(key), fields.peek(key)?)));
    let held = HOLDERS.iter().flat_map(|holder| {
        let at = fields.place(holder);
        let object = fields.peek(holder).and_then(Value::as_object);
        REASONS.iter().filter_map(move |key| Some((key, join(&at, key), object?.get(*key)?)))
    });
    let mut to_call = own.chain(held).filter(|(key, _, reason)| {
        reason.as_str().is_some_and(|reason| TO_CALL.contains(&reason)) && !reader.ignores(key)
    });
    if let Some((_, at, _)) = to_call.next() {
        drop(to_call);
        reader.builder.ended_to_call(at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::trajectory::{Trajectory, TrajectoryFault};

    fn read(value: &Value) -> Result<usize, TrajectoryFault> {
        Trajectory::read(value).map(|trajectory| trajectory.calls().count())
    }

    #[test]
    fn a_reply_that_ended_to_call_and_holds_no_call_is_refused() {
        let said = json!({"role": "assistant", "content": "I do it."});
        let with = |key: &str, value: Value| {
            let mut message = said.clone();
            message[key] = value;
            message
        };
        for (value, at) in [
            (
                json!({"choices": [{"finish_reason": "tool_calls", "message": said}]}),
                "/choices/0/finish_reason",
            ),
            (with("stop_reason", json!("tool_use")), "/stop_reason"),
            (json!([with("finish_reason", json!("function_call"))]), "/0/finish_reason"),
            (
                json!([{"type": "ai", "content": "", "response_metadata": {"finish_reason": "tool_calls"}}]),
                "/0/response_metadata/finish_reason",
            ),
        ] {
            let fault = read(&value).unwrap_err();
            assert_eq!((fault.pointer.as_str(), fault.problem.contains("holds no call")), (at, true));
        }
        assert_eq!(read(&json!([with("finish_reason", json!("stop"))])), Ok(0));
    }

    #[test]
    fn a_reply_that_holds_its_call_is_read_wherever_the_call_stands() {
        let call = json!({"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{}"}});
        let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        let reply = json!({"choices": [{"finish_reason": "tool_calls", "message": message}]});
        assert_eq!(read(&reply), Ok(1));
        // A log with both the messages and the reply tells of the call twice.
        assert_eq!(read(&json!({"messages": [message], "output": reply})), Ok(1));
        let written = "<tool_call>\n{\"name\": \"get\", \"arguments\": {}}\n</tool_call>";
        let reply = json!({"choices": [{"finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": written}}]});
        assert_eq!(read(&reply), Ok(1));
        // A log of blocks splits a reply into messages that all have its reason.
        let block =
            |block: Value| json!({"role": "assistant", "stop_reason": "tool_use", "content": [block]});
        let said = block(json!({"type": "text", "text": "I look."}));
        let called = block(json!({"type": "tool_use", "id": "t1", "name": "get", "input": {}}));
        assert_eq!(read(&json!([said, called])), Ok(1));
        assert_eq!(read(&json!([called, said])), Ok(1));
    }
}
