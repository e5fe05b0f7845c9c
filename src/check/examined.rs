//! What came of a check, and one score from several parts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::metrics::Measured;

/// One part of a score: a check, worth 1 or 0, or a judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share<'a> {
    /// The part's name.
    pub name: &'a str,
    /// Its weight, relative to the other parts; at least 0.
    pub weight: f64,
    /// Whether the whole is worth 0 if the part is worth 0.
    pub required: bool,
    /// What it is worth, in `0..=1`; none if that could not be found out.
    pub value: Option<f64>,
}

/// A score made of parts.
#[derive(Clone, Debug, PartialEq)]
pub struct CombinedScore {
    /// The score in `0..=1`.
    pub value: f64,
    /// The required parts that are worth 0 and so made the whole 0.
    pub failed: Vec<String>,
}

/// Why parts make no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// These parts have no score.
    Parts(Vec<String>),
    /// No part has a weight.
    Weights,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts(names) => write!(f, "no score for {}, so none for the whole", names.join(", ")),
            Self::Weights => f.write_str("no part of the score has a weight"),
        }
    }
}

impl std::error::Error for Missing {}

/// The score of the whole: Σ wᵢsᵢ / Σ wᵢ.
///
/// A required part that is worth 0 makes the whole 0, whatever the others are
/// worth, and also if they have no score: nothing they could be worth would
/// change it. Otherwise a part without a score leaves the whole without one,
/// unless it has no say: its weight is 0 and it is not required.
///
/// # Errors
/// The whole has no score: why.
pub fn combine(parts: &[Share<'_>]) -> Result<CombinedScore, Missing> {
    let failed: Vec<String> = parts
        .iter()
        .filter(|part| part.required && is_zero(part.value))
        .map(|part| part.name.into())
        .collect();
    if !failed.is_empty() {
        return Ok(CombinedScore { value: 0.0, failed });
    }
    let missing: Vec<String> = parts
        .iter()
        .filter(|part| part.value.is_none() && (part.required || part.weight > 0.0))
        .map(|part| part.name.into())
        .collect();
    if !missing.is_empty() {
        return Err(Missing::Parts(missing));
    }
    let weights: f64 = parts.iter().map(|part| part.weight).sum();
    let sum: f64 = parts.iter().filter_map(|part| Some(part.weight * part.value?)).sum();
    if weights > 0.0 {
        Ok(CombinedScore { value: (sum / weights).clamp(0.0, 1.0), failed })
    } else {
        Err(Missing::Weights)
    }
}

fn is_zero(value: Option<f64>) -> bool {
    value.is_some_and(|value| value <= 0.0)
}

/// What came of one check on one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examined {
    /// The check's name.
    pub name: String,
    /// Its share in the score, relative to the other parts; at least 0.
    pub weight: f64,
    /// Whether the whole is worth 0 if it fails.
    pub required: bool,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found, or why nothing could be, for people.
    pub detail: String,
    /// What its metric found, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub measured: Option<Measured>,
}

impl Examined {
    /// The value of its metric, if it has one: BLEU, chrF and their like in `0..=1`, as in the report.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.measured.as_ref().map(|measured| measured.value)
    }
}

/// How a check ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be examined: the record gets no score.
    NotApplicable,
    /// The record lacks what is expected, and the check says to leave it out then.
    Skipped,
}

impl Examined {
    /// The check as a part of a score; none if it is left out.
    #[must_use]
    pub fn share(&self) -> Option<Share<'_>> {
        let value = match self.verdict {
            Verdict::Pass => Some(1.0),
            Verdict::Fail => Some(0.0),
            Verdict::NotApplicable => None,
            Verdict::Skipped => return None,
        };
        Some(Share { name: &self.name, weight: self.weight, required: self.required, value })
    }
}

/// What was found, or why nothing could be.
pub(super) type Finding = Result<CheckResult, Unexamined>;

/// What was found.
#[derive(Debug)]
pub(super) struct CheckResult {
    pub(super) pass: bool,
    pub(super) detail: String,
    pub(super) measured: Option<Measured>,
}

impl CheckResult {
    pub(super) fn pass(detail: impl Into<String>) -> Self {
        Self::of(true, detail)
    }

    pub(super) fn fail(detail: impl Into<String>) -> Self {
        Self::of(false, detail)
    }

    /// A pass if it holds.
    pub(super) fn of(pass: bool, detail: impl Into<String>) -> Self {
        Self { pass, detail: detail.into(), measured: None }
    }

    /// The same with what a metric found.
    pub(super) fn measured(self, measured: Measured) -> Self {
        Self { measured: Some(measured), ..self }
    }
}

/// Why a check could not be examined.
#[derive(Debug)]
pub(super) enum Unexamined {
    /// The record lacks the field with what is expected.
    Missing(String),
    /// Anything else.
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, weight: f64, value: Option<f64>) -> Share<'_> {
        Share { name, weight, required: false, value }
    }

    fn required(share: Share<'_>) -> Share<'_> {
        Share { required: true, ..share }
    }

    fn value(parts: &[Share<'_>]) -> f64 {
        combine(parts).unwrap().value
    }

    #[test]
    fn parts_count_by_their_weight() {
        let parts = [part("order", 1.0, Some(0.0)), part("judge", 3.0, Some(0.5))];
        assert!((value(&parts) - 0.375).abs() < 1e-12);
    }

    #[test]
    fn a_required_part_that_fails_decides_alone() {
        let guard = required(part("refund", 0.0, Some(0.0)));
        let whole = combine(&[guard, part("judge", 3.0, None)]).unwrap();
        assert_eq!(whole, CombinedScore { value: 0.0, failed: vec!["refund".into()] });
        let held = required(part("refund", 0.0, Some(1.0)));
        assert!((value(&[held, part("judge", 3.0, Some(0.5))]) - 0.5).abs() < 1e-12);
        let partial = required(part("judge", 1.0, Some(0.5)));
        assert!((value(&[partial]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_part_without_a_score_leaves_the_whole_without_one() {
        let parts = [part("latency", 1.0, None), part("judge", 1.0, Some(1.0))];
        assert_eq!(combine(&parts).unwrap_err().to_string(), "no score for latency, so none for the whole");
        let unknown_guard = required(part("refund", 0.0, None));
        assert!(combine(&[unknown_guard, part("judge", 1.0, Some(1.0))]).is_err());
        assert!((value(&[part("note", 0.0, None), part("judge", 1.0, Some(1.0))]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_makes_no_score() {
        assert_eq!(combine(&[]), Err(Missing::Weights));
        assert_eq!(combine(&[part("note", 0.0, Some(1.0))]), Err(Missing::Weights));
    }
}
