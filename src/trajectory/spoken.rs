//! A message whose speaker is known, and why a reply ended.
//! A reply that ended to call a tool must hold a call; if it holds none, the log lost it.

use serde_json::Value;

use super::builder::Speaker;
use super::fields::Fields;
use super::reader::{Done, Reader, join};
use super::step::Role;
use super::{call, content, form, written};

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

/// Who speaks, by the role or the class of a message.
pub(super) fn speaker(role: &str) -> Option<Speaker> {
    let role = role.to_lowercase();
    Some(match role.strip_suffix("chunk").unwrap_or(&role).strip_suffix("message").unwrap_or(&role) {
        "assistant" | "model" | "ai" => Speaker::Agent,
        "user" | "human" => Speaker::Other(Role::User),
        "system" | "developer" => Speaker::Other(Role::System),
        "tool" | "function" => Speaker::Tool,
        _ => return None,
    })
}

/// Keys of a message that hold calls.
const CALLS: [&str; 7] = [
    "tool_calls",
    "toolCalls",
    "function_call",
    "functionCall",
    "toolInvocations",
    "invalid_tool_calls",
    "tool_call",
];

/// Reads a message whose speaker is known.
///
/// # Errors
/// A part of it cannot be read.
pub(super) fn read(mut fields: Fields<'_>, speaker: Speaker, reader: &mut Reader<'_>) -> Done {
    reader.builder.turn(speaker);
    if speaker == Speaker::Tool && !holds_results(&fields) {
        return call::result(returned(fields), reader);
    }
    said(&mut fields, reader)?;
    for key in CALLS {
        calls(&mut fields, key, key, reader)?;
    }
    if let Some(mut more) = fields.object(&["additional_kwargs"]) {
        calls(&mut more, "tool_calls", "additional_kwargs", reader)?;
        calls(&mut more, "function_call", "additional_kwargs", reader)?;
        more.finish(reader)?;
    }
    responses(&mut fields, reader)?;
    fields.pass(&["role", "type", "kind", "error"]);
    if speaker == Speaker::Agent {
        note(&fields, reader);
    }
    fields.finish(reader)?;
    reader.builder.flush();
    Ok(())
}

/// What is said in a message, and what is called among it.
fn said(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Done {
    // The AI SDK's older messages hold their text twice.
    let twice = fields.peek("parts").and_then(Value::as_array).is_some_and(|parts| {
        let texts = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<Vec<_>>();
        fields.peek("content").and_then(Value::as_str).is_some_and(|text| text == texts.concat())
    });
    for key in ["content", "parts", "blocks"] {
        let at = fields.place(key);
        let Some(value) = fields.take(key) else { continue };
        if !(twice && key == "content") {
            reader.builder.key(key);
            content::read(value, &at, reader)?;
        }
    }
    for key in ["refusal", "audio"] {
        let at = fields.place(key);
        let text =
            fields.take(key).and_then(|value| value.as_str().or_else(|| value.get("transcript")?.as_str()));
        if let Some(text) = text.filter(|_| !reader.builder.has_text()) {
            written::text(text, &at, reader)?;
        }
    }
    Ok(())
}

fn calls(fields: &mut Fields<'_>, key: &str, place: &'static str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place(key);
    let Some(value) = fields.take(key) else { return Ok(()) };
    reader.builder.key(place);
    call::list(value, &at, reader)
}

/// The blocks in which a tool's results stand.
fn holds_results(fields: &Fields<'_>) -> bool {
    if fields.has("tool_responses") || fields.has("parts") {
        return true;
    }
    fields.peek("content").and_then(Value::as_array).is_some_and(|items| {
        !items.is_empty()
            && items.iter().all(|item| item.get("type").and_then(Value::as_str).is_some_and(is_result))
    })
}

fn is_result(kind: &str) -> bool {
    kind == "tool-approval-response"
        || form::of_type(kind).is_some_and(|known| matches!(known.is, form::Is::Result))
}

/// A tool's message is its result.
fn returned(mut fields: Fields<'_>) -> Fields<'_> {
    fields.pass(&["role", "type"]);
    fields
}

/// AG2 puts the results of several calls into one message.
fn responses(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let Some((items, at)) = fields.list(&["tool_responses"]) else { return Ok(()) };
    for (index, item) in items.iter().enumerate() {
        let mut inner = Fields::of(item, "a result", &format!("{at}/{index}"))?;
        inner.pass(&["role"]);
        call::result(inner, reader)?;
    }
    Ok(())
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
