//! A message whose speaker is known.

use serde_json::Value;

use super::builder::Speaker;
use super::fault::Done;
use super::fields::Fields;
use super::reader::Reader;
use super::step::Role;
use super::{call, content, ended, form, written};

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
        ended::note(&fields, reader);
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
