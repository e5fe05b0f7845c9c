//! What is said. An agent's own text may hold calls.

use serde_json::Value;

use super::builder::open_call;
use super::fields::Fields;
use super::marks::{covered, line_start, may_hold, next_mark};
use super::reader::{Done, Reader, TrajectoryFault};
use super::{call, suspicion};

/// Adds a text of the current speaker.
///
/// # Errors
/// The agent speaks, and a block begins as a call does and is none.
pub(super) fn text(text: &str, at: &str, reader: &mut Reader<'_>) -> Done {
    if !reader.builder.agent_speaks() {
        reader.builder.text(text);
        return Ok(());
    }
    read(text, at, reader)
}

/// Reads an agent's own text: a block that is a call is one.
fn read(text: &str, at: &str, reader: &mut Reader<'_>) -> Done {
    if !may_hold(text) {
        suspicion::scan_bare(text, at, reader);
        reader.builder.text(text);
        return Ok(());
    }
    let covered = covered(text);
    let mut rest = 0;
    while let Some(mark) = next_mark(text, rest, &covered) {
        let begins = line_start(text, mark.start);
        let found = mark.parse.and_then(|parse| parse(text.get(mark.end..)?));
        match (found, begins) {
            (Some((calls, length)), true) => {
                reader.builder.text(text.get(rest..mark.start).unwrap_or_default());
                add(&calls, at, reader)?;
                rest = mark.end + length;
            }
            // A mention in the middle of a sentence is none.
            (None, false) => {
                reader.builder.text(text.get(rest..mark.end).unwrap_or_default());
                rest = mark.end;
            }
            _ => return Err(unreadable(at)),
        }
    }
    reader.builder.text(text.get(rest..).unwrap_or_default());
    Ok(())
}

fn add(calls: &[Value], at: &str, reader: &mut Reader<'_>) -> Done {
    reader.builder.key("text");
    for value in calls {
        let fields = Fields::of(value, "a call", at)?;
        if fields.tool().is_none() {
            return Err(unreadable(at));
        }
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
        match value.get("arguments").or_else(|| value.get("parameters")) {
            arguments if !name.is_empty() => reader.builder.call(open_call(value.get("id"), name, arguments)),
            _ => call::read(fields, call::Arguments::Json, reader)?,
        }
    }
    Ok(())
}

fn unreadable(at: &str) -> TrajectoryFault {
    TrajectoryFault::new(
        at,
        "the text holds a block that begins as a call does, and cannot be read as one",
        "give the call in `tool_calls`; if the agent only speaks of the form, put the block in a code fence",
    )
}
