//! A suite compared with its golden file: what became of each record, what was measured, what is concluded.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::locked::Locked;
use super::output_change::OutputChange;
use super::rule::Policy;
use crate::judge::Reason;
use crate::stats::{Interval, PairedMethod};

/// What is concluded about new compared with golden, of a suite or of one of its parts.
///
/// By default a one-sided test against no change decides between the first, the third and the fourth. Where it is to
/// be proved that nothing is worse by a margin, the interval of new − golden decides: below −margin is a regression,
/// above it a pass, around it nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worse: the test says so, or a rule is broken that holds on every record.
    Regression,
    /// No record has a score on both sides; or it was to be proved that nothing is worse, and there are too few.
    Inconclusive,
    /// Not shown to be worse; or proved not to be.
    Pass,
    /// Better.
    Improvement,
}

impl Verdict {
    /// The verdict in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
            Self::Improvement => "improvement",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// New compared with golden, over the records that are scored on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoldenComparison {
    /// The part: a criterion, a check, a judge; `None` for the suite's score.
    pub part: Option<String>,
    /// How it was tested.
    pub method: PairedMethod,
    /// Records with a score on both sides.
    pub n: u64,
    /// Clusters they fall into, where records share a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// The mean that was locked, over these records.
    pub golden_mean: Option<f64>,
    /// Their mean now.
    pub new_mean: Option<f64>,
    /// New − golden, in `-1..=1`.
    pub difference: Option<f64>,
    /// Its interval; where it is to be proved that nothing is worse, at the adjusted level.
    pub interval: Option<Interval>,
    /// By how much it is to be proved that nothing is worse, in `0..1`; `None` where the question is whether it is
    /// worse at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prove: Option<f64>,
    /// Records that are higher.
    pub higher: u64,
    /// Records that are lower.
    pub lower: u64,
    /// The one-sided p-value of "new is no worse"; with `prove` the two-sided one of "new is worse by exactly that".
    pub p_value: Option<f64>,
    /// The same after Holm's adjustment over the suite's parts; with `prove` over all parts and suites that were
    /// compared together.
    pub adjusted_p: Option<f64>,
    /// The one-sided p-value of "new is no better".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_better: Option<f64>,
    /// The two-sided p-value of "no difference": exact McNemar for pass and fail, else paired permutation.
    pub p_no_difference: Option<f64>,
    /// The smallest difference that so many records show with a chance of 80 %.
    pub smallest_effect: Option<f64>,
    /// With `prove` above 0: how many records it takes to pass with a chance of 80 % where nothing is worse.
    pub n_needed: Option<u64>,
    /// What is concluded.
    pub verdict: Verdict,
}

/// What became of one record since its score was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The score is lower.
    Worse,
    /// It has no score any more.
    NewlyUnscored,
    /// The verdict is another one, and the score says neither better nor worse.
    Flipped,
    /// It was worse once and not again: see confirmation.
    Flaky,
    /// The score is higher.
    Better,
    /// It has a score now.
    NewlyScored,
    /// The recorded replies hold no answer to what is asked now: it was not judged at all.
    NotRecorded,
    /// It is not in the golden file.
    NewRecord,
    /// It is in the golden file and no longer in the dataset.
    MissingRecord,
    /// Score and verdict are the same.
    Same,
}

impl Change {
    /// All of them, the worst first.
    pub const ALL: [Self; 10] = [
        Self::Worse,
        Self::NewlyUnscored,
        Self::Flipped,
        Self::Flaky,
        Self::Better,
        Self::NewlyScored,
        Self::NotRecorded,
        Self::NewRecord,
        Self::MissingRecord,
        Self::Same,
    ];

    /// The change in words, as it stands beside a count.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::NewlyUnscored => "newly unscored",
            Self::Flipped => "flipped",
            Self::Flaky => "flaky",
            Self::Better => "better",
            Self::NewlyScored => "newly scored",
            Self::NotRecorded => "not recorded",
            Self::NewRecord => "new",
            Self::MissingRecord => "missing",
            Self::Same => "the same",
        }
    }

    /// What became of a record. Scores that differ by no more than `tolerance` are the same.
    #[must_use]
    pub(crate) fn between(was: Option<&Locked>, now: Option<&Locked>, tolerance: f64) -> Self {
        let (was, now) = match (was, now) {
            (_, Some(now)) if now.unscored == Some(Reason::NotRecorded) => return Self::NotRecorded,
            (Some(was), Some(now)) => (was, now),
            (None, Some(_)) => return Self::NewRecord,
            (_, None) => return Self::MissingRecord,
        };
        match (was.is_scored(), now.is_scored()) {
            (false, false) => return Self::Same,
            (false, true) => return Self::NewlyScored,
            (true, false) => return Self::NewlyUnscored,
            (true, true) => {}
        }
        // A mean of several and a single score always differ: then the verdicts decide.
        if was.repeats != now.repeats && was.label == now.label {
            return Self::Same;
        }
        match was.score.zip(now.score).map(|(was, now)| now - was) {
            // A hair above, because rounded scores are not exact as binary numbers.
            Some(by) if by > tolerance + 1e-9 => Self::Better,
            Some(by) if by < -tolerance - 1e-9 => Self::Worse,
            _ if was.label != now.label => Self::Flipped,
            _ => Self::Same,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A record that is not as it was locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordDiff {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub change: Change,
    /// What was locked; `None` for a new record.
    pub was: Option<Locked>,
    /// What it is now; `None` for a missing record.
    pub now: Option<Locked>,
    /// The judge's reasons now, or why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl RecordDiff {
    /// Whether both have a verdict, and not the same.
    #[must_use]
    pub fn is_flip(&self) -> bool {
        let label = |side: &Option<Locked>| side.as_ref().and_then(|locked| locked.label.clone());
        label(&self.was).zip(label(&self.now)).is_some_and(|(was, now)| was != now)
    }

    /// Whether the watched output is another one; `None` where it is not known.
    #[must_use]
    pub fn output_changed(&self) -> Option<bool> {
        let mark = |side: &Option<Locked>| side.as_ref().and_then(|locked| locked.marks.output.clone());
        Some(mark(&self.was)? != mark(&self.now)?)
    }

    /// New score − locked score, in `-1..=1`.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        Some(self.now.as_ref()?.score? - self.was.as_ref()?.score?)
    }
}

/// A rule that held when the scores were locked, and is broken now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    /// The record.
    pub record: String,
    /// The required check; `None` where the record itself passed and fails now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// How it is broken.
    #[serde(default, skip_serializing_if = "Breach::is_failure")]
    pub breach: Breach,
    /// Why, in the check's or the judge's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a rule is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// It was evaluated, and fails.
    #[default]
    Failed,
    /// It could not be evaluated: nobody knows whether it holds.
    NotEvaluated,
}

impl Breach {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_failure(&self) -> bool {
        *self == Self::Failed
    }
}

impl BrokenRule {
    /// What happened to the record: `broke "no_refund": refund was called`.
    #[must_use]
    pub fn what(&self) -> String {
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        match (&self.check, self.breach) {
            (Some(check), Breach::Failed) => format!("broke \"{check}\"{reason}"),
            (Some(check), Breach::NotEvaluated) => {
                format!("required check \"{check}\" held in golden and could not be evaluated now{reason}")
            }
            (None, _) => format!("passed before and fails now{reason}"),
        }
    }
}

impl fmt::Display for BrokenRule {
    /// The record, and what happened to it, as one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.breach == Breach::NotEvaluated { ":" } else { "" };
        write!(f, "{}{colon} {}", self.record, self.what())
    }
}

/// A suite compared with its golden file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The suite.
    pub suite: String,
    /// The model that judges now.
    pub model: String,
    /// The model whose scores were locked.
    pub golden_model: String,
    /// What fails.
    #[serde(default)]
    pub policy: Policy,
    /// What is concluded: a regression if a rule is broken, or the score or any part regressed; else what the score
    /// says.
    pub verdict: Verdict,
    /// The suite's score.
    pub whole: GoldenComparison,
    /// Its parts, by name.
    pub parts: Vec<GoldenComparison>,
    /// How many records became what; what did not occur is left out.
    pub counts: BTreeMap<Change, u64>,
    /// The records that are not as they were locked, by id.
    pub records: Vec<RecordDiff>,
    /// The rules that hold on every record and are broken, by record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) broken: Vec<BrokenRule>,
    /// What changed about the subject, in words: `prompt`, `model (a, was b)`, `outputs of 3 records`.
    pub subject: Vec<String>,
    /// The outputs that are others than those that were locked, by record; of those that are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) outputs: BTreeMap<String, OutputChange>,
}

impl Diff {
    /// Whether a required check of this name held when the scores were locked, and is broken now.
    pub(crate) fn breaks(&self, check: &str) -> bool {
        self.broken.iter().any(|rule| rule.check.as_deref() == Some(check))
    }

    /// How many records became this.
    #[must_use]
    pub fn count(&self, change: Change) -> u64 {
        self.counts.get(&change).copied().unwrap_or(0)
    }

    /// The records that became this, by id.
    pub fn of(&self, change: Change) -> impl Iterator<Item = &RecordDiff> {
        self.records.iter().filter(move |record| record.change == change)
    }

    /// The score and the parts.
    pub fn measures(&self) -> impl Iterator<Item = &GoldenComparison> {
        std::iter::once(&self.whole).chain(&self.parts)
    }

    /// Whether every record is as it was locked.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.records.is_empty()
    }
}
