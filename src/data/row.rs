//! A row of a file, before it is a record.

use serde_json::{Map, Value};

/// A row as its format reads it: its line, and its fields or what is wrong.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fields: Result<Map<String, Value>, String>,
    pub(super) fatal: bool,
}
