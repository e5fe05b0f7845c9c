//! The name of the tool that an object calls, in the words of all formats.

use serde_json::{Map, Value};

pub(super) const NAMES: [&str; 6] = ["name", "tool_name", "toolName", "function_name", "function", "tool"];
/// Objects within a call that hold its name and arguments.
pub(super) const INNER: [&str; 6] =
    ["function", "custom", "functionCall", "function_call", "toolUse", "tool_use"];

/// The name of the tool that an object calls.
pub(super) fn of_tool(object: &Map<String, Value>) -> Option<&str> {
    own(object).or_else(|| own(INNER.iter().find_map(|key| object.get(*key)?.as_object())?))
}

fn own(object: &Map<String, Value>) -> Option<&str> {
    NAMES.iter().find_map(|key| object.get(*key)?.as_str()).filter(|name| !name.trim().is_empty())
}
