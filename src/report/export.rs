//! A report for other programs: JSON, one object a line, told apart by `type`; and CSV, one row a record.

use serde_json::{Value, json};

use super::formatting::printable;
use super::view::{RecordReport, Report, SuiteReport};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::summary::Summary;

/// The version of the lines' format. Fields may be added within a version;
/// none is removed or changed.
pub(crate) const JSON_FORMAT: u32 = 1;

/// An outcome as a line: `{"type": "outcome", "format": 1, "suite": …, "outcome": …}`.
#[must_use]
pub(crate) fn outcome_line(suite: &str, outcome: &Outcome) -> Value {
    json!({"type": "outcome", "format": JSON_FORMAT, "suite": suite, "outcome": outcome})
}

/// A summary as a line: `{"type": "summary", "format": 1, "ended": …, "journal": …, "summary": …}`.
#[must_use]
pub(crate) fn summary_line(summary: &Summary, ended: &str, journal: &str) -> Value {
    json!({"type": "summary", "format": JSON_FORMAT, "ended": ended, "journal": journal, "summary": summary})
}

impl Report {
    /// One JSON document, whose schema `evenhand schema report` prints.
    ///
    /// # Errors
    /// A fault of evenhand's own.
    pub fn json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(|source| {
            Error::new(ErrorKind::Internal, "the report cannot be written as JSON").caused_by(source)
        })?;
        Ok(text + "\n")
    }

    /// CSV with a header, one row a record. Texts that a spreadsheet would take for a formula have a `'` before them.
    ///
    /// # Errors
    /// A fault of evenhand's own.
    pub fn csv(&self) -> Result<String> {
        write(self).map_err(|problem| {
            Error::new(ErrorKind::Internal, format!("the CSV cannot be written: {problem}"))
        })
    }
}

const COLUMNS: [&str; 22] = [
    "suite",
    "run",
    "model",
    "id",
    "status",
    "label",
    "verdict",
    "score",
    "confidence",
    "distance",
    "tags",
    "reasons",
    "unscored",
    "calls",
    "asked_again",
    "repaired",
    "cached",
    "prompt_tokens",
    "completion_tokens",
    "elapsed_ms",
    "golden",
    "golden_score",
];

fn write(report: &Report) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for suite in &report.suites {
        for record in &suite.records {
            writer.write_record(row(suite, record))?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn row(suite: &SuiteReport, record: &RecordReport) -> [String; COLUMNS.len()] {
    let calls = &record.calls;
    let number = |matching: usize| matching.to_string();
    let sum = |tokens: fn(&super::view::CallReport) -> Option<u64>| {
        let told: Vec<u64> = calls.iter().filter_map(tokens).collect();
        if told.is_empty() { String::new() } else { told.iter().sum::<u64>().to_string() }
    };
    [
        text(&suite.suite),
        text(&suite.run),
        text(&suite.model),
        text(&record.id),
        record.status.name().to_owned(),
        optional(record.label.as_deref()),
        optional(record.verdict.as_deref()),
        decimal(record.score),
        decimal(record.confidence),
        decimal(record.distance),
        text(&record.tags.join(" ")),
        optional(record.reasons.as_deref()),
        record
            .unscored
            .as_ref()
            .map(|why| text(&format!("{}: {}", why.reason, why.detail)))
            .unwrap_or_default(),
        number(calls.len()),
        number(calls.iter().filter(|call| call.purpose == "again").count()),
        number(calls.iter().filter(|call| !call.repairs.is_empty()).count()),
        number(calls.iter().filter(|call| call.cached).count()),
        sum(|call| call.prompt_tokens),
        sum(|call| call.completion_tokens),
        format!("{:.1}", record.elapsed_ms),
        record.golden.as_ref().map(|golden| golden.state.name().to_owned()).unwrap_or_default(),
        decimal(record.golden.as_ref().and_then(|golden| golden.score)),
    ]
}

fn decimal(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn optional(cell: Option<&str>) -> String {
    cell.map(text).unwrap_or_default()
}

/// A text that no spreadsheet takes for a formula. The characters are OWASP's for CSV injection, with their
/// full-width forms.
fn text(cell: &str) -> String {
    let cell = printable(cell);
    let dangerous =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let first = cell.chars().next();
    let shown = cell.trim_start().chars().next();
    if first.is_some_and(dangerous) || shown.is_some_and(dangerous) {
        return format!("'{cell}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            assert!(text(cell).starts_with('\''), "{cell:?}");
        }
        for cell in ["", "a=b", "r-1", "'=1", "1 - 2"] {
            assert_eq!(text(cell), cell);
        }
    }
}
