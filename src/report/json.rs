//! Lines for machines: one JSON object each, told apart by `type`.

use serde_json::{Value, json};

use crate::eval::Outcome;
use crate::summary::Summary;

/// The version of the lines' format. Fields may be added within a version;
/// none is removed or changed.
pub const JSON_FORMAT: u32 = 1;

/// An outcome as a line: `{"type": "outcome", "format": 1, "suite": …, "outcome": …}`.
#[must_use]
pub fn outcome_line(suite: &str, outcome: &Outcome) -> Value {
    json!({"type": "outcome", "format": JSON_FORMAT, "suite": suite, "outcome": outcome})
}

/// A summary as a line: `{"type": "summary", "format": 1, "ended": …, "journal": …, "summary": …}`.
#[must_use]
pub fn summary_line(summary: &Summary, ended: &str, journal: &str) -> Value {
    json!({"type": "summary", "format": JSON_FORMAT, "ended": ended, "journal": journal, "summary": summary})
}
