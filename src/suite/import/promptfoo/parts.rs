//! What assertions become: the parts of a suite's score.

use serde_json::{Map, Value, json};

use super::graded::Question;

/// A part of a suite's score that an assertion becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// What its name begins with.
    pub(super) name: String,
    pub(super) weight: f64,
    pub(super) is: Is,
    /// The threshold that it passes by, alone or with others.
    pub(super) decides: Option<Decides>,
}

/// A threshold of an assertion's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decides {
    /// Which assertion's. The parts of a set have it in common.
    pub(super) of: usize,
    pub(super) at: f64,
}

/// What kind of part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Is {
    /// A check: its table, and the key whose value each record has for itself.
    Check { table: Map<String, Value>, own: Option<(&'static str, Value)> },
    /// A judge, with what the record says for it, and who is asked where that is not everyone's grader.
    Judge { question: Question, value: String, grader: Option<Value> },
}

/// The entries of an object.
fn entries(table: Value) -> Map<String, Value> {
    match table {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

/// A check that is the same for every record.
pub(super) fn check(table: Value) -> Is {
    Is::Check { table: entries(table), own: None }
}

/// A check for texts that each record has for itself.
pub(super) fn contains(texts: &[String], needs: &str, ignore_case: bool) -> Is {
    own(json!({ "kind": "contains", "needs": needs, "ignore_case": ignore_case }), "expected", json!(texts))
}

/// A check for a pattern, in the syntax of checks.
pub(super) fn pattern(pattern: &str, absent: bool) -> Is {
    check(json!({ "kind": "regex", "pattern": pattern, "absent": absent }))
}

pub(super) fn own(table: Value, key: &'static str, value: Value) -> Is {
    Is::Check { table: entries(table), own: Some((key, value)) }
}
