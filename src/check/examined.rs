//! What came of a check.

use serde::{Deserialize, Serialize};

use super::combine::Share;

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
}

impl CheckResult {
    pub(super) fn pass(detail: impl Into<String>) -> Self {
        Self { pass: true, detail: detail.into() }
    }

    pub(super) fn fail(detail: impl Into<String>) -> Self {
        Self { pass: false, detail: detail.into() }
    }

    /// A pass if it holds.
    pub(super) fn of(pass: bool, detail: impl Into<String>) -> Self {
        Self { pass, detail: detail.into() }
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
