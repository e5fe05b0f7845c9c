//! One record of a dataset.

use serde_json::{Map, Value};

/// One record: its fields as they stand in the file, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The id: the id field's text, or the line's number where there is none.
    pub id: String,
    /// Its line in the file, from 1.
    pub line: u64,
    /// Its fields, in the file's order.
    pub fields: Map<String, Value>,
}

impl Record {
    /// The value at a path: a field's name, names joined by dots, or a JSON pointer (`/a/b`).
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.fields.get(path) {
            return Some(value);
        }
        if let Some(pointer) = path.strip_prefix('/') {
            return pointed(&self.fields, pointer);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.fields.get(first)?, step)
    }

    /// The value at a path, unless it is null or an empty text, as a CSV's empty cell is.
    #[must_use]
    pub fn given(&self, path: &str) -> Option<&Value> {
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        self.get(path).filter(|value| !value.is_null() && !is_blank(value))
    }

    /// The record's tags: the strings of its field `tags`.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = self.fields.get("tags").and_then(Value::as_array);
        tags.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// Hex digits of a hashed id: enough that two of a million ids share one once in 280 sets.
const ID_DIGITS: usize = 12;

/// An id that names its record without telling it: the first 12 hex digits of its BLAKE3 hash.
#[must_use]
pub fn id_hash(id: &str) -> String {
    blake3::hash(id.as_bytes()).to_hex().chars().take(ID_DIGITS).collect()
}

/// A JSON pointer (RFC 6901) without its first slash.
fn pointed<'a>(fields: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = match pointer.find('/') {
        Some(slash) => pointer.split_at(slash),
        None => (pointer, ""),
    };
    fields.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
}

fn step<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_reach_into_objects_and_arrays_and_a_dotted_name_wins() {
        let fields = json!({"a": {"b": [1, {"c": 2}]}, "a.b": "whole"});
        let record = Record { id: "1".into(), line: 1, fields: fields.as_object().unwrap().clone() };
        assert_eq!(record.get("a.b"), Some(&json!("whole")));
        assert_eq!(record.get("a.b.1.c"), Some(&json!(2)));
        assert_eq!(record.get("a.x"), None);
        assert_eq!(record.get("/a/b/1/c"), Some(&json!(2)));
        assert_eq!(record.get("/a.b"), Some(&json!("whole")));
    }
}
