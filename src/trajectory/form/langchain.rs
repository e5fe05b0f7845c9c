//! LangChain's messages, as dicts and as dumps, its content blocks, and an executor's steps.

use serde_json::Value;

use super::{Form, Is};
use crate::trajectory::builder::{Source, Speaker, Words, open_call};
use crate::trajectory::call::nameless;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, FORMATS, Reader, TrajectoryFault};
use crate::trajectory::step::Format;
use crate::trajectory::{content, returned, spoken};

pub(super) const FORM: Form = Form {
    format: Format::LangChain,
    types: &[
        ("tool_call", Is::Call),
        ("tool_call_chunk", Is::Call),
        ("invalid_tool_call", Is::Call),
        ("server_tool_result", Is::Result),
        ("server_tool_call_result", Is::Result),
        ("non_standard", Is::Own(non_standard)),
        ("text-plain", Is::Shown),
        ("citation", Is::Inert),
    ],
    keys: &[],
    inert: &[
        "additional_kwargs",
        "response_metadata",
        "usage_metadata",
        "tool_call_chunks",
        "chunk_position",
        "example",
        "extras",
        "message_log",
        "log",
        "lc",
        "lc_kwargs",
        "generation_info",
        "next",
        "remaining_steps",
        "is_last_step",
    ],
};

/// A block in a provider's own form.
fn non_standard(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("value");
    if let Some(value) = fields.take("value") {
        content::block(value, &at, reader)?;
    }
    fields.finish(reader)
}

/// Whether an object is a dump of one of LangChain's objects.
pub(super) fn is_dump(fields: &Fields<'_>) -> bool {
    fields.has("lc") && fields.has("id") && fields.has("kwargs")
}

/// `{"lc": 1, "type": "constructor", "id": [..., "AIMessage"], "kwargs": {...}}`
///
/// # Errors
/// It is no message, or broken.
pub(super) fn dump(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::LangChain);
    let class = fields.take("id").and_then(Value::as_array).and_then(|path| path.last()?.as_str());
    let Some(speaker) = class.and_then(spoken::speaker) else {
        return Err(TrajectoryFault::new(
            &fields.place("id"),
            "the class of this dump is not one of a message",
            FORMATS,
        ));
    };
    let inner = fields.object(&["kwargs"]).ok_or_else(|| not_whole(&fields))?;
    fields.finish(reader)?;
    spoken::read(inner, speaker, reader)
}

/// `{"type": "ai", "data": {...}}`
///
/// # Errors
/// The message is broken.
pub(in crate::trajectory) fn dict(mut fields: Fields<'_>, speaker: Speaker, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::LangChain);
    let inner = fields.object(&["data"]).ok_or_else(|| not_whole(&fields))?;
    fields.finish(reader)?;
    spoken::read(inner, speaker, reader)
}

fn not_whole(fields: &Fields<'_>) -> TrajectoryFault {
    TrajectoryFault::new(fields.at(), "the message's own object is missing", "record the message whole")
}

/// Steps of an executor: `[[action, observation], ...]`.
///
/// # Errors
/// A step is broken.
pub(in crate::trajectory) fn steps(items: &[Value], at: &str, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::LangChain);
    let (source, words) = reader.builder.source(Source::Steps, Words::Read);
    for (index, item) in items.iter().enumerate() {
        let at = format!("{at}/{index}");
        let (action, action_at, observation) = match item {
            Value::Array(pair) => (pair.first(), format!("{at}/0"), pair.get(1)),
            other => (other.get("action"), format!("{at}/action"), other.get("observation")),
        };
        reader.builder.turn(Speaker::Agent);
        step(action.unwrap_or(item), &action_at, observation, reader)?;
    }
    reader.builder.source(source, words);
    Ok(())
}

/// Whether a list is one of an executor's steps.
pub(in crate::trajectory) fn is_steps(items: &[Value]) -> bool {
    let action = |item: &Value| match item {
        Value::Array(pair) => pair.first().cloned(),
        other => other.get("action").filter(|_| other.get("observation").is_some()).cloned(),
    };
    let named = |action: Value| action.get("tool").or_else(|| action.pointer("/kwargs/tool")).is_some();
    !items.is_empty() && items.iter().all(|item| action(item).is_some_and(named))
}

fn step(action: &Value, at: &str, observation: Option<&Value>, reader: &mut Reader<'_>) -> Done {
    let mut fields = Fields::of(action, "an action", at)?;
    if is_dump(&fields) {
        fields.pass(&["id", "type"]);
        let inner = fields.object(&["kwargs"]).ok_or_else(|| not_whole(&fields))?;
        std::mem::replace(&mut fields, inner).finish(reader)?;
    }
    let name = fields.text(&["tool"]).ok_or_else(|| nameless(at))?;
    let mut call = open_call(fields.take("tool_call_id"), name, None);
    // What a tool of text takes need not be JSON.
    call.arguments = fields.take("tool_input").cloned().unwrap_or(call.arguments);
    if let Value::String(text) = &call.arguments
        && let Ok(inside @ Value::Object(_)) = serde_json::from_str(text)
    {
        call.arguments = inside;
    }
    call.result = observation.map(|observation| returned::result(Some(observation)));
    fields.pass(&["type", "log"]);
    reader.builder.call(call);
    fields.finish(reader)
}
