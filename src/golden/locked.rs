//! What one record was scored, as golden files hold it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{Examined, Metric, Verdict};
use crate::eval::Outcome;
use crate::judge::{Reason, Score, Unscored};

/// Digits after the point of every score in a golden file.
pub const DIGITS: u32 = 4;

/// A score to [`DIGITS`] digits, so that files are stable.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    let scale = 10_f64.powi(DIGITS.cast_signed());
    // Without a negative zero.
    (value * scale).round() / scale + 0.0
}

/// The part that holds the value of a check that measures.
pub(crate) fn measured_part(check: &str, metric: Metric) -> String {
    format!("{check} ({})", metric.title())
}

/// What a suite is there to watch; the other side is the judge setup.
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
    /// The scores of its parts in `0..=1`, by name: criteria, checks, judges. What has none is left out. The value of a
    /// check that measures stands beside what it is worth, as `near (BLEU)`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, f64>,
    /// What each time gave, where it was taken several times: under other checks the score is computed anew from these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tries: Vec<Try>,
    /// The label it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Hashes of what it was made from.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub(crate) marks: Marks,
}

/// What one of the times gave that a record was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Try {
    /// The score in `0..=1`; `None` for a verdict that decides nothing, and without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// The verdict; `None` without a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unscored: Option<Reason>,
    /// The scores of its judges in `0..=1`, by the judges' names, where several parts make the score.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) judges: BTreeMap<String, f64>,
    /// The mark of its output, where that is not the record's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
}

impl Try {
    /// What came of one time, its scores rounded to four digits.
    pub(crate) fn scored(result: Result<&Score, &Unscored>) -> Self {
        let Locked { score, label, unscored, parts, .. } = Locked::scored("", result);
        Self { score, label, unscored, judges: parts, output: None }
    }
}

/// Hashes of what a record consists of, 12 hex digits each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Of what the judges are shown, but for a watched output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// Of what checks compare the output with.
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
    /// What a judge says, its scores rounded to four digits.
    #[must_use]
    pub(crate) fn scored(id: impl Into<String>, result: Result<&Score, &Unscored>) -> Self {
        let score = result.ok();
        // Of a jury or a cascade the verdict is compared, and not every vote.
        let parts = score.into_iter().flat_map(|score| &score.parts).filter(|part| !part.is_member);
        let parts = parts.filter_map(|part| Some((part.name.clone(), rounded(part.value?))));
        Self {
            id: id.into(),
            score: score.and_then(|score| score.value).map(rounded),
            label: score.map(|score| score.label.clone()),
            unscored: result.err().map(|unscored| unscored.reason),
            repeats: None,
            parts: parts.collect(),
            tries: Vec::new(),
            expected: None,
            marks: Marks::default(),
        }
    }

    /// What an outcome says.
    #[must_use]
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let locked = Self {
            repeats: (!outcome.repeats.is_empty()).then_some(outcome.repeats.len() as u64),
            expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            ..Self::scored(&outcome.id, outcome.result.as_ref())
        };
        locked.with_checks(&outcome.checks)
    }

    /// The same with what its checks found among the parts.
    #[must_use]
    pub(crate) fn with_checks(mut self, checks: &[Examined]) -> Self {
        for examined in checks {
            // A judge may have a check's name.
            if let Some(judge) = self.parts.remove(&examined.name) {
                self.parts.insert(format!("{} (judge)", examined.name), judge);
            }
            let value = match examined.verdict {
                Verdict::Pass => 1.0,
                Verdict::Fail => 0.0,
                Verdict::NotApplicable | Verdict::Skipped => continue,
            };
            self.parts.insert(examined.name.clone(), value);
            if let Some(measured) = &examined.measured {
                self.parts.insert(measured_part(&examined.name, measured.metric), rounded(measured.value));
            }
        }
        self
    }

    /// The mark of the output of each time it was taken.
    pub(crate) fn outputs(&self) -> Vec<Option<&String>> {
        let own = self.marks.output.as_ref();
        if self.tries.is_empty() {
            return vec![own];
        }
        self.tries.iter().map(|one| one.output.as_ref().or(own)).collect()
    }

    /// Whether it has a verdict.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none()
    }
}
