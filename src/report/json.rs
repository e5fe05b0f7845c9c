//! Lines for machines: one JSON object each, told apart by `type`.

use serde_json::{Value, json};

use super::view::Report;
use crate::error::{Error, ErrorKind, Result};
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

/// A report as one JSON document, whose schema `evenhand schema report` prints.
///
/// # Errors
/// A fault of evenhand's own.
pub fn report_json(report: &Report) -> Result<String> {
    let text = serde_json::to_string_pretty(report).map_err(|source| {
        Error::new(ErrorKind::Internal, "the report cannot be written as JSON").caused_by(source)
    })?;
    Ok(text + "\n")
}
