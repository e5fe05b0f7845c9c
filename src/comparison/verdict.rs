//! What a comparison comes to.

use serde::{Deserialize, Serialize};

use super::difference::Difference;

/// The verdict of a comparison, on one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonVerdict {
    /// What was found.
    pub finding: Finding,
    /// By what it was found.
    pub measure: Measure,
    /// The numbers.
    pub difference: Difference,
}

/// What was found, at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The new side is better.
    Better,
    /// The new side is worse.
    Worse,
    /// The new judge scores higher; whether that is right nobody can tell without labels.
    Higher,
    /// The new judge scores lower; whether that is right nobody can tell without labels.
    Lower,
    /// No difference is shown by this many records.
    NotShown,
}

/// What two sides are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of verdicts that are their label.
    Accuracy,
    /// 1 minus the distance of score and label, where labels are numbers.
    Closeness,
    /// The score.
    Score,
}

/// Whether a difference says which side is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Quality,
    Severity,
}

pub(super) fn verdict(difference: Difference, measure: Measure, meaning: Meaning) -> ComparisonVerdict {
    let above = difference.interval.is_some_and(|interval| interval.low > 0.0);
    let below = difference.interval.is_some_and(|interval| interval.high < 0.0);
    let finding = match (above, below, meaning) {
        (true, _, Meaning::Quality) => Finding::Better,
        (_, true, Meaning::Quality) => Finding::Worse,
        (true, _, Meaning::Severity) => Finding::Higher,
        (_, true, Meaning::Severity) => Finding::Lower,
        _ => Finding::NotShown,
    };
    ComparisonVerdict { finding, measure, difference }
}
