//! Messages and replies, in whatever form each of them is. An entry of a log, or a reply, may hold a message.

use serde_json::Value;

use super::builder::Speaker;
use super::fields::Fields;
use super::form::langchain;
use super::reader::{Done, FORMATS, Reader, TrajectoryFault};
use super::spoken::speaker;
use super::step::{Format, Role};
use super::{choice, content, form, spoken, written};

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
        return written::text(text, &format!("{at}/1"), reader);
    }
    read_fields(Fields::of(item, "a message", at)?, reader)
}

/// Reads an object that is a message, or an entry of a log that holds one.
///
/// # Errors
/// It cannot be read.
pub(super) fn read_fields(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    if let Some(read) = form::whole(&fields) {
        return read(fields, reader);
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

fn of_role(fields: Fields<'_>, role: &str, kind: Option<&str>, reader: &mut Reader<'_>) -> Done {
    let Some(speaker) = speaker(role) else {
        let help = "use system, developer, user, assistant or tool";
        return Err(TrajectoryFault::new(&fields.place("role"), "the role is not known", help));
    };
    match kind {
        None | Some("message") => spoken::read(fields, speaker, reader),
        Some(kind) if spoken::speaker(kind).is_some() || reader.ignores(kind) => {
            spoken::read(fields, speaker, reader)
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
            return spoken::read(fields, speaker, reader);
        }
        _ => {}
    }
    if ["request", "response"].contains(&kind) && fields.has("parts") {
        reader.builder.is(Format::PydanticAi);
        let speaker = if kind == "response" { Speaker::Agent } else { Speaker::Other(Role::User) };
        if fields.peek("instructions").is_some_and(Value::is_string) {
            fields.pass(&["instructions"]);
        }
        return spoken::read(fields, speaker, reader);
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
        return spoken::read(fields, Speaker::Other(Role::User), reader);
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
    if is_reply(&fields) {
        return reply(fields, reader);
    }
    Err(TrajectoryFault::new(fields.at(), "there is neither `role` nor `type`", FORMATS))
}

/// Whether an object is what a server replied.
pub(super) fn is_reply(fields: &Fields<'_>) -> bool {
    ["choices", "candidates"].iter().any(|key| fields.peek(key).is_some_and(Value::is_array))
        || fields
            .peek("output")
            .is_some_and(|output| ["message", "choices", "role"].iter().any(|key| output.get(key).is_some()))
        || fields.peek("message").is_some_and(|message| message.get("role").is_some())
}

/// Reads what a server replied.
///
/// # Errors
/// It is no reply, or broken.
pub(super) fn reply(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    // A role that is no text makes no message of it.
    if fields.peek("role").is_some_and(Value::is_string) {
        return read_fields(fields, reader);
    }
    if !replies(&mut fields, reader)? {
        return Err(TrajectoryFault::new(fields.at(), "there is no message in the reply", FORMATS));
    }
    fields.finish_free(reader);
    Ok(())
}

/// Reads replies beside the messages, which may hold them already; whether there were any.
///
/// # Errors
/// One is broken.
pub(super) fn replies(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let mark = reader.builder.mark();
    let mut any = false;
    for key in ["choices", "candidates"] {
        if let Some((items, at)) = fields.list(&[key]) {
            any |= choice::read(items, &at, reader)?;
        }
    }
    let at = fields.place("output");
    match fields.peek("output") {
        Some(Value::Array(items)) => {
            fields.pass(&["output", "output_text"]);
            reader.builder.is(Format::Responses);
            read(items, &at, reader)?;
            any = true;
        }
        Some(Value::Object(_)) => {
            if let Some(inner) = fields.object(&["output"]) {
                if inner.has("role") || is_reply(&inner) {
                    reply(inner, reader)?;
                    any = true;
                } else {
                    inner.finish_free(reader);
                }
            }
        }
        _ => {}
    }
    if fields.peek("message").is_some_and(|message| message.get("role").is_some()) {
        let at = fields.place("message");
        if let Some(inner) = fields.take("message") {
            read_one(inner, &at, reader)?;
            any = true;
        }
    }
    reader.builder.reconcile(mark, mark);
    Ok(any)
}
