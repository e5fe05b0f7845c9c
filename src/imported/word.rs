//! Fields of a line as words.

use serde_json::Value;

use crate::data::Record;

/// A field that must hold text, a number or a boolean, as text.
pub(super) fn word(record: &Record, field: &str) -> Result<String, String> {
    match record.get(field) {
        None => Err(missing(record, field)),
        Some(value) => as_word(value).ok_or_else(|| format!("field \"{field}\" is not text or a number")),
    }
}

/// A value as the text of a label or a name; `None` for null, lists and objects.
pub(super) fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The most names that a message lists.
const MOST_NAMES: usize = 12;

/// A field that a line does not have, beside those that it has at that place.
pub(super) fn missing(record: &Record, field: &str) -> String {
    let mut place = "the line".to_owned();
    let mut names: Vec<&str> = record.fields.keys().map(String::as_str).collect();
    let mut above = field;
    while let Some((parent, _)) = above.rsplit_once('.') {
        if let Some(members) = record.get(parent).and_then(Value::as_object) {
            place = format!("\"{parent}\"");
            names = members.keys().map(String::as_str).collect();
            break;
        }
        above = parent;
    }
    let more = if names.len() > MOST_NAMES { ", ..." } else { "" };
    names.truncate(MOST_NAMES);
    format!("field \"{field}\" is missing; {place} has {}{more}", names.join(", "))
}
