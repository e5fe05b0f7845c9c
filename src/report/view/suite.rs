//! A report, and a suite's part in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::figures::{Figure, Group};
use super::golden::{GateReport, GoldenReport};
use super::record::{RecordReport, Status};
use crate::summary::{Reliability, ScoreBin};

/// The version of the report's format. Fields may be added within a version; none is removed or changed.
pub(crate) const REPORT_FORMAT: u32 = 1;

/// A report of one run or of several, as `evenhand report --json` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of the format: 1.
    pub format: u32,
    /// What wrote it: `evenhand 0.1.0`.
    pub written_by: String,
    /// The runs, one a suite and judge.
    pub suites: Vec<SuiteReport>,
}

/// A run of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuiteReport {
    /// The suite.
    pub suite: String,
    /// The name of the run's folder.
    pub run: String,
    /// The signature, and how many checks there are.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// How verdicts were read: text, weighted, sampled, exact.
    pub reading: String,
    /// How the run ended: complete, interrupted, `stopped_early`, unfinished.
    pub ended: String,
    /// The exit code of the run; none of a run that did not end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// The dataset's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The score from which on a record without a label passes, in `0..=1`.
    pub pass_at: f64,
    /// Records that were settled, with a score or without.
    pub settled: u64,
    /// Records with a score.
    pub scored: u64,
    /// Records without a score, by reason.
    pub unscored: Vec<UnscoredReport>,
    /// Records and lines that are in no number here.
    pub left_out: LeftOut,
    /// The figures, the most telling first.
    pub figures: Vec<Figure>,
    /// The parts of the score: checks, judges, criteria.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Figure>,
    /// Figures by tag, and by the fields that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// How often a label got a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<ConfusionReport>,
    /// Where the scores lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<ScoreBin>,
    /// How far the judge's confidence can be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<Reliability>,
    /// What followed from a check: pass, regression, below a gate, and others that are named so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
    /// The suite's gates, where it was checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateReport>,
    /// How the run compares with its golden file, where it was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<GoldenReport>,
    /// What the run took.
    pub took: Took,
    /// Every record that was settled, in the dataset's order.
    pub records: Vec<RecordReport>,
}

/// Records without a score for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnscoredReport {
    /// The reason, in words.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// What happened to one of them, and what to do.
    pub example: String,
}

/// What is in no number of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Records that were not judged, since the run ended before their turn.
    pub pending: u64,
    /// Lines of the dataset that could not be used.
    pub lines: u64,
    /// Scored records whose verdict decides nothing: they are in no mean.
    pub undecided: u64,
}

/// How often a label (row) got a verdict (column).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfusionReport {
    /// The verdicts.
    pub labels: Vec<String>,
    /// The rows: one a label, in the order of `labels`.
    pub counts: Vec<Vec<u64>>,
}

/// What a run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Took {
    /// Calls that were made or answered from the cache.
    pub calls: u64,
    /// Calls of those that the cache answered.
    pub cached_calls: u64,
    /// Calls made again after an invalid answer.
    pub asked_again: u64,
    /// Calls that brought no reply.
    pub failed_calls: u64,
    /// Replies that were valid after repair.
    pub repaired: u64,
    /// Replies that were not valid.
    pub invalid: u64,
    /// Tokens of prompts, as far as they were counted.
    pub prompt_tokens: u64,
    /// Tokens of answers, as far as they were counted.
    pub completion_tokens: u64,
    /// US dollars, where the model has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// The median of a record's time, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    /// The 95th percentile of a record's time, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
    /// The whole run, in seconds.
    pub wall_s: f64,
    /// What each model took, where the judges ask several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelTook>,
}

/// What one of several models took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelTook {
    /// The model.
    pub model: String,
    /// Its calls.
    pub calls: u64,
    /// Calls of those that brought no reply.
    pub failed_calls: u64,
    /// Tokens of prompts, as far as they were counted.
    pub prompt_tokens: u64,
    /// Tokens of answers, as far as they were counted.
    pub completion_tokens: u64,
    /// US dollars, where the model has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// The median of a call's time, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
}

impl Report {
    /// A report of these runs.
    #[must_use]
    pub fn new(suites: Vec<SuiteReport>) -> Self {
        Self { format: REPORT_FORMAT, written_by: format!("evenhand {}", env!("CARGO_PKG_VERSION")), suites }
    }
}

impl SuiteReport {
    /// Records that need a look, the worst first. Compared with a golden file: those that are worse or break a rule, by how much.
    /// Else those whose verdict is farthest from their label, then those that fail with the lowest score.
    #[must_use]
    pub fn worst(&self) -> Vec<&RecordReport> {
        let bad = |record: &&RecordReport| match &record.golden {
            Some(golden) => golden.is_worse(),
            None => matches!(record.status, Status::Differs | Status::Failed),
        };
        let mut worst: Vec<&RecordReport> = self.records.iter().filter(bad).collect();
        worst.sort_by(|a, b| b.badness().total_cmp(&a.badness()));
        worst
    }

    /// How many records have no score.
    #[must_use]
    pub fn unscored_count(&self) -> u64 {
        self.unscored.iter().map(|reason| reason.count).sum()
    }

    /// How many records stand so.
    #[must_use]
    pub fn count(&self, status: Status) -> u64 {
        self.records.iter().filter(|record| record.status == status).count() as u64
    }
}
