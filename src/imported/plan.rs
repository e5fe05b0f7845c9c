//! What a file of judgments holds, and where.

use crate::data::{Filter, Record};

use super::pair::Pair;
use super::reader::{Reader, Stretch};

/// What a file of judgments holds, and where.
#[derive(Debug)]
pub struct JudgmentFormat {
    /// The file, as messages name it.
    pub file: String,
    /// Who judged.
    pub judge: JudgeName,
    /// The field with the id of what was judged.
    pub id: String,
    /// The field that tells repeats of one judgment apart. Each repeat is a record of its own.
    pub repeat: Option<String>,
    /// Fields by which the agreement is also shown, of the reply or of the dataset's record.
    pub by: Vec<String>,
    /// Only lines that every filter takes.
    pub filters: Vec<Filter>,
    /// How a line becomes a verdict.
    pub reader: Reader,
    /// The two answers that are compared, where it is a pair.
    pub pair: Option<Pair>,
}

impl JudgmentFormat {
    /// Whether the judge's range must be looked up first: see [`observed`](super::observed).
    #[must_use]
    pub fn needs_range(&self) -> bool {
        self.reader.stretch == Stretch::Observed
    }
}

/// Who judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeName {
    /// One judge, by name.
    Given(String),
    /// The judges' names stand in these fields, joined by `|` where there are several.
    Fields(Vec<String>),
}

impl JudgeName {
    pub(super) fn read(&self, record: &Record) -> Result<String, String> {
        match self {
            Self::Given(name) => Ok(name.clone()),
            Self::Fields(fields) => {
                let names: Result<Vec<String>, String> =
                    fields.iter().map(|field| word(record, field)).collect();
                Ok(names?.join("|"))
            }
        }
    }
}

/// A field that must hold text, a number or a boolean, as text.
pub(super) fn word(record: &Record, field: &str) -> Result<String, String> {
    match record.get(field) {
        None => Err(missing(record, field)),
        Some(value) => as_word(value).ok_or_else(|| format!("field \"{field}\" is not text or a number")),
    }
}

/// A value as the text of a label or a name; `None` for null, lists and objects.
pub(super) fn as_word(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
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
        if let Some(members) = record.get(parent).and_then(serde_json::Value::as_object) {
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
