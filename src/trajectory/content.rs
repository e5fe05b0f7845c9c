//! The content of a message: a text, or a list of blocks.

use serde_json::Value;

use super::fields::Fields;
use super::form::{Is, Known};
use super::reader::{Done, Reader, TrajectoryFault};
use super::{call, form, suspicion, written};

/// Keys that say of what type a block is.
const TYPES: [&str; 4] = ["type", "part_kind", "block_type", "kind"];

/// Reads a text, a block, or a list of them.
///
/// # Errors
/// A block is not known, or broken.
pub(super) fn read(content: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    match content {
        Value::Null => Ok(()),
        Value::String(text) => written::text(text, at, reader),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| block(item, &format!("{at}/{index}"), reader)),
        Value::Object(_) => block(content, at, reader),
        other => Err(TrajectoryFault::not("a text or a list of blocks", other, at)),
    }
}

/// Reads one block, part or item.
///
/// # Errors
/// It is not known, or broken.
pub(super) fn block(item: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    if let Some(text) = item.as_str() {
        return written::text(text, at, reader);
    }
    let mut fields = Fields::of(item, "a block", at)?;
    match fields.text(&TYPES).map(str::to_owned) {
        Some(kind) => typed(fields, &kind, reader),
        None => keyed(fields, reader),
    }
}

/// Reads a block of a type.
///
/// # Errors
/// The type is not known, or the block broken.
pub(super) fn typed(fields: Fields<'_>, kind: &str, reader: &mut Reader<'_>) -> Done {
    match form::of_type(kind) {
        Some(known) => as_known(fields, kind, &known, reader),
        None if reader.ignores(kind) => Ok(()),
        None => {
            let key = TYPES.iter().find(|key| fields.has(key)).unwrap_or(&"type");
            Err(suspicion::unknown("type", kind, &fields.place(key)))
        }
    }
}

/// A part without a type: its keys say what it is.
fn keyed(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let known: Vec<(&str, Known)> = form::of_keys(&fields);
    if known.is_empty() {
        let help = "a block is {\"type\": \"text\", \"text\": \"...\"}, or one of those in docs/guides/trajectories.md";
        return Err(TrajectoryFault::new(
            fields.at(),
            "the block has no `type`, and no key that is known",
            help,
        ));
    }
    let thought = fields.take("thought") == Some(&Value::Bool(true));
    for (key, kind) in known {
        let at = fields.place(key);
        let Some(value) = fields.take(key) else { continue };
        if thought && matches!(kind.is, Is::Text) {
            continue;
        }
        match (value, kind.is) {
            (Value::String(text), Is::Text) => written::text(text, &at, reader)?,
            (_, Is::Shown) => reader.builder.text(&format!("[{key}, not shown]")),
            (_, Is::Thinking) => {}
            (value, _) => as_known(Fields::of(value, "an object", &at)?, key, &kind, reader)?,
        }
    }
    fields.finish(reader)
}

fn as_known(mut fields: Fields<'_>, word: &str, kind: &Known, reader: &mut Reader<'_>) -> Done {
    if let Some(format) = kind.format {
        reader.builder.is(format);
    }
    match kind.is {
        Is::Text => text(fields, reader),
        Is::Thinking => {
            fields.pass(&THOUGHTS);
            fields.finish(reader)
        }
        Is::Shown => {
            reader.builder.text(&format!("[{word}, not shown]"));
            fields.pass(&MEDIA);
            fields.finish(reader)
        }
        Is::Inert => {
            fields.finish_free(reader);
            Ok(())
        }
        Is::Definitions => {
            fields.pass(&["type", "tools", "raw_item", "agent"]);
            fields.finish(reader)
        }
        Is::Call => call::read(fields, call::Arguments::Json, reader),
        Is::FreeCall => call::read(fields, call::Arguments::Free, reader),
        Is::Result => call::result(fields, reader),
        Is::Own(own) => own(fields, word, reader),
    }
}

const TEXTS: [&str; 5] = ["text", "content", "refusal", "value", "transcript"];
const THOUGHTS: [&str; 12] = [
    "thinking",
    "reasoning",
    "reasoningText",
    "redactedContent",
    "text",
    "content",
    "summary",
    "signature",
    "data",
    "encrypted_content",
    "details",
    "extras",
];
/// What images and files are made of.
const MEDIA: [&str; 26] = [
    "source",
    "image",
    "image_url",
    "audio",
    "audio_url",
    "input_audio",
    "video",
    "video_url",
    "document",
    "file",
    "file_data",
    "file_url",
    "file_id",
    "fileId",
    "data",
    "content",
    "url",
    "uri",
    "base64",
    "text",
    "context",
    "title",
    "filename",
    "extras",
    "resource",
    "metadata",
];

fn text(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let key = TEXTS.iter().find(|key| fields.peek(key).is_some_and(Value::is_string));
    if let Some(key) = key {
        let at = fields.place(key);
        let text = fields.text(&[key]).unwrap_or_default();
        written::text(text, &at, reader)?;
    }
    fields.finish(reader)
}
