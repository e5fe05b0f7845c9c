//! What one record was scored.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rounded::rounded;
use crate::check;
use crate::eval::Outcome;
use crate::judge::{Reason, Score, Unscored};

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
    /// What a judge says, its scores rounded to [`DIGITS`](super::DIGITS) digits.
    #[must_use]
    pub fn scored(id: impl Into<String>, result: Result<&Score, &Unscored>) -> Self {
        let score = result.ok();
        let parts = score.into_iter().flat_map(|score| &score.parts);
        let parts = parts.filter_map(|part| Some((part.name.clone(), rounded(part.value?))));
        Self {
            id: id.into(),
            score: score.and_then(|score| score.value).map(rounded),
            label: score.map(|score| score.label.clone()),
            unscored: result.err().map(|unscored| unscored.reason),
            repeats: None,
            parts: parts.collect(),
            expected: None,
            marks: Marks::default(),
        }
    }

    /// What an outcome says.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let mut locked = Self {
            repeats: (!outcome.repeats.is_empty()).then_some(outcome.repeats.len() as u64),
            expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            ..Self::scored(&outcome.id, outcome.result.as_ref())
        };
        for examined in &outcome.checks {
            // A judge may have a check's name.
            if let Some(judge) = locked.parts.remove(&examined.name) {
                locked.parts.insert(format!("{} (judge)", examined.name), judge);
            }
            let value = match examined.verdict {
                check::Verdict::Pass => 1.0,
                check::Verdict::Fail => 0.0,
                check::Verdict::NotApplicable | check::Verdict::Skipped => continue,
            };
            locked.parts.insert(examined.name.clone(), value);
        }
        locked
    }

    /// Whether it has a verdict.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none()
    }
}
