//! Messages, in whatever form each of them is.

use serde_json::Value;

use super::builder::Speaker;
use super::fault::{Done, FORMATS, TrajectoryFault};
use super::fields::Fields;
use super::form::{langchain, langsmith, opentelemetry};
use super::reader::Reader;
use super::step::{Format, Role};
use super::{call, content, ended, envelope, form, suspicion};

/// # Errors
/// A message cannot be read.
pub(super) fn read(items: &[Value], at: &str, reader: &mut Reader<'_>) -> Done {
    items.iter().enumerate().try_for_each(|(index, item)| read_one(item, &format!("{at}/{index}"), reader))
}

/// # Errors
/// The message cannot be read.
pub(super) fn read_one(item: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    if let Some((role, text)) = pair(item) {
        reader.builder.turn(role);
        return reader.text(text, &format!("{at}/1"));
    }
    read_fields(Fields::of(item, "a message", at)?, reader)
}

/// Reads an object that is a message, or an entry of a log that holds one.
///
/// # Errors
/// It cannot be read.
pub(super) fn read_fields(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    if langchain::is_dump(&fields) {
        return langchain::dump(fields, reader);
    }
    if langsmith::is_run(&fields) {
        return langsmith::run(fields, reader);
    }
    if opentelemetry::is_span(&fields) {
        return opentelemetry::span(fields, reader);
    }
    match (fields.text(&["role"]), fields.text(&["type", "kind"])) {
        (Some(role), kind) => of_role(fields, role, kind, reader),
        (None, Some(kind)) => of_type(fields, kind, reader),
        (None, None) => bare(fields, reader),
    }
}

/// `["human", "hi"]`
fn pair(item: &Value) -> Option<(Speaker, &str)> {
    match item.as_array()?.as_slice() {
        [Value::String(role), Value::String(text)] => Some((speaker(role)?, text)),
        _ => None,
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

fn of_role(fields: Fields<'_>, role: &str, kind: Option<&str>, reader: &mut Reader<'_>) -> Done {
    let Some(speaker) = speaker(role) else {
        let help = "use system, developer, user, assistant or tool";
        return Err(TrajectoryFault::new(&fields.place("role"), "the role is not known", help));
    };
    match kind {
        None | Some("message") => spoken(fields, speaker, reader),
        Some(kind) if self::speaker(kind).is_some() || reader.ignores(kind) => {
            spoken(fields, speaker, reader)
        }
        Some(kind) => {
            reader.builder.turn(speaker);
            content::typed(fields, kind, reader)
        }
    }
}

/// An item without a role: LangChain's messages have a type instead, Pydantic AI's a kind.
fn of_type(mut fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    match speaker(kind) {
        Some(speaker) if fields.has("data") => return langchain::dict(fields, speaker, reader),
        Some(_) if fields.peek("message").is_some_and(Value::is_object) => return wrapped(fields, reader),
        // What Claude Code logs of itself.
        Some(Speaker::Other(Role::System)) if fields.has("subtype") => {
            fields.finish_free(reader);
            return Ok(());
        }
        Some(speaker) if fields.has("content") || fields.has("tool_calls") => {
            reader.builder.is(Format::LangChain);
            return spoken(fields, speaker, reader);
        }
        _ => {}
    }
    if ["request", "response"].contains(&kind) && fields.has("parts") {
        reader.builder.is(Format::PydanticAi);
        let speaker = if kind == "response" { Speaker::Agent } else { Speaker::Other(Role::User) };
        if fields.peek("instructions").is_some_and(Value::is_string) {
            fields.pass(&["instructions"]);
        }
        return spoken(fields, speaker, reader);
    }
    reader.builder.turn(of_source(&fields));
    content::typed(fields, kind, reader)
}

/// AutoGen names the source of a message; items without any are the agent's.
fn of_source(fields: &Fields<'_>) -> Speaker {
    match fields.peek("source").and_then(Value::as_str) {
        Some("user") => Speaker::Other(Role::User),
        _ => Speaker::Agent,
    }
}

/// A log's entry that holds the message: `{"type": "assistant", "message": {...}}`.
fn wrapped(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("message");
    if let Some(inner) = fields.take("message") {
        read_one(inner, &at, reader)?;
    }
    // What a tool returned, once more in the tool's own words.
    fields.pass(&["toolUseResult", "tool_use_result"]);
    fields.finish(reader)
}

/// A message without a role or a type.
fn bare(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    if fields.has("parts") {
        // Gemini leaves the role out where the user speaks.
        reader.builder.is(Format::Gemini);
        return spoken(fields, Speaker::Other(Role::User), reader);
    }
    let entry = ["message", "content"].iter().find(|key| {
        fields.peek(key).is_some_and(|value| value.get("role").is_some() || value.get("parts").is_some())
    });
    if let Some(key) = entry {
        let at = fields.place(key);
        if let Some(inner) = fields.take(key) {
            read_one(inner, &at, reader)?;
        }
        return fields.finish(reader);
    }
    if envelope::is_reply(&fields) {
        return envelope::reply(fields, reader);
    }
    Err(TrajectoryFault::new(fields.at(), "there is neither `role` nor `type`", FORMATS))
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
pub(super) fn spoken(mut fields: Fields<'_>, speaker: Speaker, reader: &mut Reader<'_>) -> Done {
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
            reader.text(text, &at)?;
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

/// Looks at replies of which one was used: calls in the others must not be lost.
pub(super) fn others(items: &[Value], at: &str, reader: &mut Reader<'_>) {
    for (index, item) in items.iter().enumerate().skip(1) {
        suspicion::scan_member("", item, &format!("{at}/{index}"), reader);
    }
}
