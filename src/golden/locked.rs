//! What one record was scored.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::rounded;
use crate::check;
use crate::eval::{Outcome, Settled};
use crate::judge::Reason;

/// What a suite is there to watch; the other side is the ruler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The outputs that are judged: the judge must stay the same.
    Subject,
    /// The judge: its prompt, model and parameters may change, and are compared.
    Judge,
}

/// What one record was scored, without anything that differs from run to run.
///
/// For a comparison of plain scores the marks are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The record's id.
    pub id: String,
    /// The score in `0..=1`; `None` for a verdict that decides nothing, and without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The verdict; `None` without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Reason>,
    /// How often the record was taken, where several times: then the score is the mean, and the verdict that of most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u64>,
    /// The scores of its parts in `0..=1`, by name: criteria, checks, judges. What has none is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, f64>,
    /// The label it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Hashes of what it was made from.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
}

/// Hashes of what a record consists of, 12 hex digits each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Of what the judges are shown, but for a watched output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// Of what checks hold the output against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// Of the watched output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl Marks {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Locked {
    /// What an outcome says, its scores rounded to [`DIGITS`](super::DIGITS) digits.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let (score, unscored) = match &outcome.result {
            Settled::Scored(score) => (Some(score), None),
            Settled::Unscored(unscored) => (None, Some(unscored.reason)),
        };
        let mut parts = BTreeMap::new();
        for examined in &outcome.checks {
            let value = match examined.verdict {
                check::Verdict::Pass => 1.0,
                check::Verdict::Fail => 0.0,
                check::Verdict::NotApplicable | check::Verdict::Skipped => continue,
            };
            parts.insert(examined.name.clone(), value);
        }
        for part in score.iter().flat_map(|score| &score.parts) {
            // A judge may have a check's name.
            let name = if outcome.checks.iter().any(|examined| examined.name == part.name) {
                format!("{} (judge)", part.name)
            } else {
                part.name.clone()
            };
            if let Some(value) = part.value {
                parts.insert(name, rounded(value));
            }
        }
        Self {
            id: outcome.id.clone(),
            score: score.and_then(|score| score.value).map(rounded),
            label: score.map(|score| score.label.clone()),
            unscored,
            repeats: (!outcome.repeats.is_empty()).then_some(outcome.repeats.len() as u64),
            parts,
            expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            marks: Marks::default(),
        }
    }

    /// Whether it has a verdict.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none()
    }
}
