//! A report, and a suite's part in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cascade::CascadeReport;
use super::figures::{Figure, Group};
use super::golden::{GateReport, GoldenReport};
use super::material::SuiteMaterial;
use super::record::{RecordReport, Status};
use crate::summary::{Reliability, ScoreBin};

/// The version of the report's format. Fields may be added within a version; none is removed or changed.
pub(crate) const REPORT_FORMAT: u32 = 1;

/// A report of one run or of several, as `evenhand report --json` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of the format: 1.
    pub(crate) format: u32,
    /// What wrote it: `evenhand 0.1.0`.
    pub(crate) written_by: String,
    /// The runs, one a suite and judge.
    pub(crate) suites: Vec<SuiteReport>,
    /// What was judged in each of them, for pages.
    #[serde(skip)]
    pub(crate) material: Vec<SuiteMaterial>,
}

/// A run of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SuiteReport {
    /// The suite.
    pub(crate) suite: String,
    /// The name of the run's folder.
    pub(crate) run: String,
    /// The signature, and how many checks there are.
    pub(crate) signature: String,
    /// The model that judged.
    pub(crate) model: String,
    /// How verdicts were read: text, weighted, sampled, exact.
    pub(crate) reading: String,
    /// How the run ended: complete, interrupted, `stopped_early`, unfinished.
    pub(crate) ended: String,
    /// The exit code of the run; none of a run that did not end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<u8>,
    /// The dataset's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dataset: Option<String>,
    /// The score from which on a record without a label passes, in `0..=1`.
    pub(crate) pass_at: f64,
    /// Records that were settled, with a score or without.
    pub(crate) settled: u64,
    /// Records with a score.
    pub(crate) scored: u64,
    /// Records without a score, by reason.
    pub(crate) unscored: Vec<UnscoredReport>,
    /// Records and lines that are in no number here.
    pub(crate) left_out: LeftOut,
    /// The figures, the most telling first.
    pub(crate) figures: Vec<Figure>,
    /// The parts of the score: checks, judges, criteria.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<Figure>,
    /// How juries voted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) juries: Vec<JuryReport>,
    /// How cascades went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cascades: Vec<CascadeReport>,
    /// What each role of the judges' routes did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<RoleReport>,
    /// Figures by tag, and by the fields that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<Group>,
    /// How often a label got a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confusion: Option<ConfusionReport>,
    /// Where the scores lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) histogram: Vec<ScoreBin>,
    /// How far the judge's confidence can be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reliability: Option<Reliability>,
    /// What came of it in one line, as the terminal says it.
    #[serde(default)]
    pub(crate) answer: String,
    /// What followed from a check: pass, regression, below a gate, and others that are named so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) conclusion: Option<String>,
    /// The suite's gates, where it was checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) gates: Vec<GateReport>,
    /// How the run compares with its golden file, where it was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) golden: Option<GoldenReport>,
    /// What the run took.
    pub(crate) took: Took,
    /// Every record that was settled, in the dataset's order.
    pub(crate) records: Vec<RecordReport>,
}

/// How a jury voted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct JuryReport {
    /// The judge that it is.
    pub(crate) judge: String,
    /// How its votes become one verdict.
    pub(crate) rule: String,
    /// Records with a verdict.
    pub(crate) verdicts: u64,
    /// Those of them on which no verdict had most votes.
    pub(crate) ties: u64,
    /// Votes that were not asked for, since they could not have changed the verdict.
    pub(crate) saved_votes: u64,
    /// Krippendorff's α of the members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alpha: Option<f64>,
    /// Its members.
    pub(crate) members: Vec<JuryMemberReport>,
}

/// A member of a jury.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct JuryMemberReport {
    /// Its name.
    pub(crate) member: String,
    /// Records on which it voted.
    pub(crate) voted: u64,
    /// The share of labelled records on which its verdict is the label, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accuracy: Option<f64>,
    /// The jury's accuracy less its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jury_gains: Option<f64>,
    /// The interval of that, 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<[f64; 2]>,
    /// The share of verdicts that would be the same without it, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) same_without: Option<f64>,
}

/// What a role of the judges' routes did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RoleReport {
    /// The judge whose route it is, where routes choose for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) judge: Option<String>,
    /// The role, or PROVIDER/NAME.
    pub(crate) role: String,
    /// Records that it answered.
    pub(crate) answered: u64,
    /// Records that routes had a say in.
    pub(crate) records: u64,
    /// Records on which it was asked and failed.
    pub(crate) failed: u64,
    /// The share of labelled records that it answered on which the verdict is the label, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accuracy: Option<f64>,
    /// Labelled records that it answered.
    pub(crate) labelled: u64,
    /// The median of a call, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
    /// What its calls cost in US dollars, where the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
}

/// Records without a score for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct UnscoredReport {
    /// The reason, in words.
    pub(crate) reason: String,
    /// How many.
    pub(crate) count: u64,
    /// What happened to one of them, and what to do.
    pub(crate) example: String,
}

/// What is in no number of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct LeftOut {
    /// Records that were not judged, since the run ended before their turn.
    pub(crate) pending: u64,
    /// Lines of the dataset that could not be used.
    pub(crate) lines: u64,
    /// Scored records whose verdict decides nothing: they are in no mean.
    pub(crate) undecided: u64,
}

/// How often a label (row) got a verdict (column).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ConfusionReport {
    /// The verdicts.
    pub(crate) labels: Vec<String>,
    /// The rows: one a label, in the order of `labels`.
    pub(crate) counts: Vec<Vec<u64>>,
}

/// What a run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Took {
    /// Calls that were made or answered from the cache.
    pub(crate) calls: u64,
    /// Calls of those that the cache answered.
    pub(crate) cached_calls: u64,
    /// Calls made again after an invalid answer.
    pub(crate) asked_again: u64,
    /// Calls that brought no reply.
    pub(crate) failed_calls: u64,
    /// Replies that were valid after repair.
    pub(crate) repaired: u64,
    /// Replies that were not valid.
    pub(crate) invalid: u64,
    /// Tokens of prompts, as far as they were counted.
    pub(crate) prompt_tokens: u64,
    /// Tokens of answers, as far as they were counted.
    pub(crate) completion_tokens: u64,
    /// US dollars, where the model has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
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
    pub(crate) models: Vec<ModelTook>,
}

/// What one of several models took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ModelTook {
    /// The model.
    pub(crate) model: String,
    /// Its calls.
    pub(crate) calls: u64,
    /// Calls of those that brought no reply.
    pub(crate) failed_calls: u64,
    /// Tokens of prompts, as far as they were counted.
    pub(crate) prompt_tokens: u64,
    /// Tokens of answers, as far as they were counted.
    pub(crate) completion_tokens: u64,
    /// US dollars, where the model has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
    /// The median of a call's time, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
}

impl Report {
    /// A report of these runs.
    #[must_use]
    pub(crate) fn new(runs: Vec<(SuiteReport, SuiteMaterial)>) -> Self {
        let (suites, material) = runs.into_iter().unzip();
        let written_by = format!("evenhand {}", env!("CARGO_PKG_VERSION"));
        Self { format: REPORT_FORMAT, written_by, suites, material }
    }
}

impl SuiteReport {
    /// Records that need a look, the worst first. Compared with a golden file: those that are worse or break a rule, by how much.
    /// Else those whose verdict is farthest from their label, then those that fail with the lowest score.
    #[must_use]
    pub(crate) fn worst(&self) -> Vec<&RecordReport> {
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
    pub(crate) fn unscored_count(&self) -> u64 {
        self.unscored.iter().map(|reason| reason.count).sum()
    }
}
