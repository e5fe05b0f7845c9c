//! A batch calibration as text and as a line for machines.

use std::fmt::Write as _;

use serde_json::json;

use super::formatting::percent;
use crate::calibration::{BatchLabels, BatchPage, BatchVerdict};
use crate::number::real;

/// What a batch calibration does to the records that it is of.
#[must_use]
pub(crate) fn batch_text(page: &BatchPage) -> String {
    let mut text = format!(
        "batch calibration of {}: each share divided by its mean over {} records\n",
        page.suite, page.records
    );
    for BatchVerdict { label, mean, before, after } in &page.verdicts {
        let _ = writeln!(
            text,
            "  {label}: mean share {mean:.3}; verdict of {before} records, corrected of {after}"
        );
    }
    if let Some(BatchLabels { labelled, right_before, right_after, lost, won }) = page.labels {
        let share = |right: usize| percent(real(right) / real(labelled));
        let _ = writeln!(
            text,
            "  of {labelled} labels, not used here: {} right, corrected {} ({won} won, {lost} lost)",
            share(right_before),
            share(right_after)
        );
    }
    text
}

/// The same as JSON on one line.
#[must_use]
pub(crate) fn batch_line(page: &BatchPage) -> String {
    json!({"batch_calibration": page}).to_string()
}
