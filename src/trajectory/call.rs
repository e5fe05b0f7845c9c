//! An object that is a call, or the result of one, in the words of all formats.

use serde_json::Value;

use super::builder::{Returned, open_call};
use super::fields::Fields;
use super::reader::{Done, Reader, TrajectoryFault, join};
use super::returned;
use super::step::Call;
use super::words::{INNER, NAMES};

const IDS: [&str; 6] = ["call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id"];
const ARGUMENTS: [&str; 9] = [
    "arguments",
    "args",
    "input",
    "parameters",
    "kwargs",
    "tool_kwargs",
    "tool_input",
    "toolInput",
    "rawInput",
];
const OUTPUTS: [&str; 5] = ["output", "result", "outputs", "results", "observation"];
/// What tells of the call once more, or of how it went.
const ASIDE: [&str; 11] = [
    "type",
    "part_kind",
    "block_type",
    "kind",
    "parsed_arguments",
    "rawInput",
    "view",
    "status",
    "state",
    "log",
    "artifact",
];

/// How arguments are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    /// As JSON, or as a text that should hold JSON.
    Json,
    /// As a text, which need not be JSON.
    Free,
}

/// Adds the call that an object is.
///
/// # Errors
/// It names no tool, or has keys that are not known.
pub(super) fn read(fields: Fields<'_>, arguments: Arguments, reader: &mut Reader<'_>) -> Done {
    read_as(fields, None, arguments, reader)
}

/// Adds the call that an object is, by a name that stands elsewhere if it has none.
///
/// # Errors
/// It names no tool, or has keys that are not known.
pub(super) fn read_as(
    mut fields: Fields<'_>,
    name: Option<&str>,
    arguments: Arguments,
    reader: &mut Reader<'_>,
) -> Done {
    let id = fields.text(&IDS).map(|id| Value::String(id.to_owned()));
    let mut tool = fields.object(&INNER);
    let free = arguments == Arguments::Free || fields.peek("type").is_some_and(|kind| kind == "custom");
    let mut call = {
        let tool = tool.as_mut().unwrap_or(&mut fields);
        let Some(name) = tool.text(&NAMES).or(name).filter(|name| !name.trim().is_empty()) else {
            return Err(nameless(tool.at()));
        };
        let given = tool.first(&ARGUMENTS).map(|(_, arguments)| arguments);
        let id = id.or_else(|| tool.text(&["id"]).map(Value::from));
        match given.filter(|_| free) {
            Some(text) => Call { arguments: text.clone(), ..open_call(id.as_ref(), name, None) },
            None => open_call(id.as_ref(), name, given),
        }
    };
    if call.name.contains("multi_tool_use") {
        return Err(TrajectoryFault::new(
            fields.at(),
            "the call holds further calls",
            "give each of them as a call",
        ));
    }
    if let Some(tool) = tool {
        tool.finish(reader)?;
    }
    call.malformed |= fields.take("parse_error").is_some();
    outcome(&mut fields, &mut call);
    fields.pass(&ASIDE);
    fields.finish(reader)?;
    reader.builder.call(call);
    Ok(())
}

/// What came of a call that holds its own result.
pub(super) fn outcome(fields: &mut Fields<'_>, call: &mut Call) {
    let (failure, failed) = failure(fields);
    let output = fields.first(&OUTPUTS).map(|(_, output)| returned::result(Some(output)));
    let denied = fields
        .object(&["approval"])
        .is_some_and(|mut approval| approval.take("approved") == Some(&Value::Bool(false)));
    let denied = (denied || fields.peek("state").is_some_and(|state| state == "output-denied"))
        .then(|| Value::String("the call was denied".into()));
    call.error = failed || denied.is_some();
    call.result = failure.or(output).or(denied);
}

/// The text of a failure, and whether there was one.
fn failure(fields: &mut Fields<'_>) -> (Option<Value>, bool) {
    let flag =
        ["is_error", "isError", "isFailed"].iter().any(|key| fields.take(key) == Some(&Value::Bool(true)));
    let status = fields.first(&["status"]).is_some_and(|(_, status)| {
        status.as_str().is_some_and(|status| ["error", "failed"].contains(&status))
    });
    let told = ["error", "errorText", "error_message"].iter().find_map(|key| fields.take(key));
    match told {
        Some(Value::Bool(failed)) => (None, *failed || flag),
        Some(text) => (Some(text.clone()), true),
        None => (None, flag || status),
    }
}

/// The ids by which a result names its call; the last one may also be its own.
const OF: [&str; 6] = ["call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id"];
const RETURNED: [&str; 9] = [
    "content",
    "output",
    "result",
    "response",
    "results",
    "outputs",
    "tools",
    "server_tool_call_response",
    "server_tool_result",
];

/// Joins the result that an object is to its call.
///
/// # Errors
/// It belongs to no call, or has keys that are not known.
pub(super) fn result(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    let at = fields.at().to_owned();
    let (failure, failed) = failure(&mut fields);
    let content = fields.first(&RETURNED).map(|(_, content)| content);
    let rejected = content.is_some_and(is_failure);
    let content = match (content.map(|content| returned::result(Some(content))), failure) {
        (Some(content), None) => content,
        (Some(content), Some(_)) if content.as_str() != Some("") => content,
        (_, Some(failure)) => failure,
        (None, None) => Value::Null,
    };
    let own = fields.peek("id").and_then(Value::as_str);
    let id = fields.text(&OF);
    // An id of its own names no call.
    let id = id.filter(|id| own != Some(id) || reader.builder.is_open(id));
    let name = fields.text(&NAMES);
    fields.pass(&ASIDE);
    // What a tool returned besides is its own data.
    fields.pass(&RETURNED);
    fields.pass(&[
        "structuredContent",
        "structured_content",
        "toolUseResult",
        "raw_output",
        "additional_kwargs",
    ]);
    fields.finish(reader)?;
    reader.builder.returned(id, name, Returned { result: content, error: failed || rejected }).map_err(
        |problem| TrajectoryFault::new(&at, problem, "let the result name the call it answers, by its id"),
    )
}

/// A result that says of itself that it is a failure.
fn is_failure(content: &Value) -> bool {
    let kind = content.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("_error") || ["error-text", "error-json", "execution-denied"].contains(&kind)
}

/// Reads calls as a list, one alone, an object of them, or the text of any of these.
///
/// # Errors
/// They cannot be read.
pub(super) fn list(value: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| one(item, &format!("{at}/{index}"), reader))
        }
        Value::String(text) if text.trim().is_empty() => Ok(()),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inside @ (Value::Array(_) | Value::Object(_) | Value::Null)) => list(&inside, at, reader),
            _ => Err(TrajectoryFault::new(at, "the text is not JSON of calls", "give the calls as a list")),
        },
        Value::Object(object) => {
            let fields = Fields::of(value, "calls", at)?;
            if object.is_empty() {
                return Ok(());
            }
            if fields.tool().is_some() || object.contains_key("type") {
                return read(fields, Arguments::Json, reader);
            }
            object.iter().try_for_each(|(key, item)| one(item, &join(at, key), reader))
        }
        other => Err(TrajectoryFault::not("a list of calls", other, at)),
    }
}

fn one(item: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    if let Value::String(_) = item {
        return list(item, at, reader);
    }
    read(Fields::of(item, "a call", at)?, Arguments::Json, reader)
}

pub(super) fn nameless(at: &str) -> TrajectoryFault {
    TrajectoryFault::new(at, "the call names no tool", "give its `name`")
}
