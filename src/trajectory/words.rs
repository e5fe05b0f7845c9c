//! Words in keys and texts: the names of tools in all formats, and what unknown keys and texts are judged by.

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

/// Words of a key that speak of an action.
const ACTION: [&str; 33] = [
    "tool",
    "tools",
    "toolcall",
    "toolcalls",
    "function",
    "functions",
    "func",
    "fn",
    "call",
    "calls",
    "called",
    "action",
    "actions",
    "act",
    "invoke",
    "invoked",
    "invocation",
    "invocations",
    "command",
    "commands",
    "cmd",
    "execute",
    "executed",
    "execution",
    "exec",
    "op",
    "operation",
    "operations",
    "handoff",
    "delegate",
    "dispatch",
    "perform",
    "plugin",
];

/// Words at the end of a key that speak of how something was made, not of what was done.
const ABOUT: [&str; 31] = [
    "metadata",
    "meta",
    "usage",
    "tokens",
    "token",
    "metrics",
    "metric",
    "timing",
    "timings",
    "stats",
    "statistics",
    "details",
    "logprobs",
    "latency",
    "cost",
    "costs",
    "rating",
    "ratings",
    "score",
    "scores",
    "trace",
    "span",
    "telemetry",
    "debug",
    "headers",
    "config",
    "settings",
    "tags",
    "ids",
    "timestamps",
    "performance",
];

/// The words of a key: `toolCall`, `tool_call` and `tool-call` have the same.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for letter in key.chars() {
        let breaks = !letter.is_alphanumeric() || (letter.is_uppercase() && lower);
        if breaks {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        lower = letter.is_lowercase() || letter.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a key speaks of an action.
pub(super) fn of_action(key: &str) -> bool {
    words(key).iter().any(|word| ACTION.contains(&word.as_str()))
}

/// Whether a key names what it belongs to, or of what kind it is: `tool_call_id`, `tool_type`.
pub(super) fn of_reference(key: &str) -> bool {
    const ENDS: [&str; 11] =
        ["id", "ids", "type", "count", "index", "at", "time", "status", "version", "label", "reason"];
    words(key).last().is_some_and(|word| ENDS.contains(&word.as_str()))
}

/// Whether a key holds metadata, by its name.
pub(super) fn of_metadata(key: &str) -> bool {
    words(key).last().is_some_and(|word| ABOUT.contains(&word.as_str())) && !of_action(key)
}

/// Whether a text could be the name of a tool: one word, and no id, time, address or number.
pub(super) fn could_be_name(text: &str) -> bool {
    let text = text.trim();
    let length = text.chars().count();
    (1..=128).contains(&length)
        && text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || "_-.:/#@".contains(letter))
        && !text.contains("://")
        && !is_id(text)
}

/// A hash, a UUID, or an id as servers draw them: `msg_01ABCdef23...`.
fn is_id(text: &str) -> bool {
    let drawn = text.rsplit(['_', '-', ':']).next().unwrap_or(text);
    let digits = drawn.chars().filter(char::is_ascii_digit).count();
    let hex = text.len() >= 16 && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    hex || (drawn.len() >= 12 && digits >= 2 && drawn.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

pub(super) fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

pub(super) fn is_figure(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_words_are_the_same_however_they_are_joined() {
        for key in ["toolCallId", "tool_call_id", "tool-call-id", "ToolCall.id"] {
            assert_eq!(words(key), ["tool", "call", "id"], "{key}");
        }
        assert_eq!(words("HTTP"), ["http"]);
    }
}
