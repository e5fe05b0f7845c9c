//! The numbers of a run, with the verdicts that differ from their labels: how many, and the farthest of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agreement::{Agreement, GroupAgreement, JudgeAgreement, TagAgreement};
use super::cascade::CascadeSummary;
use super::counts::{Calls, Latency, Rate, SubjectSummary, Tokens};
use super::jury::JurySummary;
use super::models::ModelUse;
use super::pairs::PairAgreement;
use super::parts::PartSummary;
use super::people::PeopleAgreement;
use super::ranking::RankingSummary;
use super::repeats::RepeatSummary;
use super::roles::RoleSummary;
use crate::eval::{Outcome, Settled};
use crate::imported::ReplyCounts;
use crate::judge::{Reading, Reason, Score};
use crate::stats::Interval;

/// A run summed up.
///
/// ```
/// use evenhand::summary::Summary;
///
/// fn tell(summary: &Summary) {
///     println!("{} of {} scored", summary.scored.count, summary.scored.n);
///     println!("mean score {:?}, {:?}", summary.score.mean, summary.score.interval);
///     for (reason, count) in &summary.unscored {
///         println!("{count} unscored: {reason}");
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The suite.
    pub suite: String,
    /// The signature.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// How verdicts were read.
    pub reading: Reading,
    /// Records that were settled.
    pub records: u64,
    /// Records with a score.
    pub scored: Rate,
    /// Records that pass, of those with a score that decides: a score of the suite's `pass_at` (0.5) or more.
    #[serde(default = "nothing")]
    pub passed: Rate,
    /// Scored records whose verdict decides nothing.
    pub undecided: u64,
    /// Records without a score, by reason.
    pub unscored: BTreeMap<Reason, u64>,
    /// One example for each reason: what happened, and what to do.
    pub unscored_examples: BTreeMap<Reason, String>,
    /// Records that were not judged, since the run ended before their turn.
    pub pending: u64,
    /// Lines of the dataset that were left out.
    pub skipped: u64,
    /// The mean score.
    pub score: ScoreSummary,
    /// The records' repeats, where they were taken several times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<RepeatSummary>,
    /// How well scores rank the records of each group, where a suite asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<RankingSummary>,
    /// The parts of the score: checks, judges, criteria.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartSummary>,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<String, u64>,
    /// The suite's verdicts compared with the labels, where there are any: a judge's alone, or those of judges and checks
    /// together.
    pub agreement: Option<Agreement>,
    /// Where there are checks too: each judge compared with the labels, by the records that it was asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<JudgeAgreement>,
    /// The suite's verdicts by tag, for tags of twenty records or more.
    pub by_tag: Vec<TagAgreement>,
    /// The same by group, for the fields that were asked for, whatever their number of records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_group: Vec<GroupAgreement>,
    /// Pairs that were judged in several orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairAgreement>,
    /// People compared with each other, where records have several people's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) people: Option<PeopleAgreement>,
    /// What became of the lines, where judgments were made already and only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replies: Option<ReplyCounts>,
    /// Quotations that stand in the material, of all quotations.
    pub evidence_found: Rate,
    /// Calls.
    pub calls: Calls,
    /// Tokens.
    pub tokens: Tokens,
    /// What they cost in US dollars, where the model has a price.
    pub cost_usd: Option<f64>,
    /// How cascades went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cascades: Vec<CascadeSummary>,
    /// How juries voted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub juries: Vec<JurySummary>,
    /// What each role of the judges' routes did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleSummary>,
    /// What each model took, where the judges ask several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelUse>,
    /// How long a record took.
    pub latency: Option<Latency>,
    /// The subject's side, where outputs were produced for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectSummary>,
    /// How long the run took, in seconds.
    pub wall_s: f64,
    /// Records without a label that fail, the first in the dataset first; pairs are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failing: Vec<Compared>,
    /// How many such records there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failing_count: u64,
    /// The records the suite wants to see in every report.
    pub(crate) shown: Vec<Compared>,
    /// Records whose verdict is not their label, the farthest apart first.
    pub(crate) differing: Vec<Compared>,
    /// How many such records there are.
    pub differing_count: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn nothing() -> Rate {
    Rate::of(0, 0)
}

/// The mean score, over scored records with a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreSummary {
    /// The mean in `0..=1`; `None` of nothing.
    pub mean: Option<f64>,
    /// How many records.
    pub n: u64,
    /// For scores of 0 and 1 only the Wilson interval, else the normal one.
    pub interval: Option<Interval>,
}

/// A record's verdict beside its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    /// The record's id.
    pub id: String,
    /// Its label, if it has one.
    pub expected: Option<String>,
    /// The verdict; `None` without a score.
    pub given: Option<String>,
    /// The score.
    pub value: Option<f64>,
    /// How sure the judge was.
    pub confidence: Option<f64>,
    /// How far apart they are, in `0..=1`.
    pub distance: f64,
    /// The judge's reasons, or why there is no score.
    pub reasoning: Option<String>,
    /// Whether the reasons were asked for after the verdict.
    pub post_hoc: bool,
}

/// The most differing records a summary keeps.
const MOST: usize = 200;

/// Takes the records whose verdict is not their label, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Differing {
    /// With their places in the dataset.
    farthest: Vec<(u64, Compared)>,
    count: u64,
}

impl Differing {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.count += 1;
        self.farthest.push((outcome.index, compared(outcome)));
        if self.farthest.len() > 2 * MOST {
            keep_farthest(&mut self.farthest);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The farthest apart first.
    pub(super) fn farthest(&self) -> Vec<Compared> {
        let mut farthest = self.farthest.clone();
        keep_farthest(&mut farthest);
        farthest.into_iter().map(|(_, differing)| differing).collect()
    }
}

/// Records without a label that fail: the first of the dataset are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Failing {
    /// With their places in the dataset.
    first: Vec<(u64, Compared)>,
    pub(super) count: u64,
}

/// So many failing records are kept.
const MOST_FAILING: usize = 20;

impl Failing {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.count += 1;
        let place = self.first.partition_point(|(index, _)| *index < outcome.index);
        if place < MOST_FAILING {
            self.first.insert(place, (outcome.index, compared(outcome)));
            self.first.truncate(MOST_FAILING);
        }
    }

    /// In the order of the dataset.
    pub(super) fn first(&self) -> Vec<Compared> {
        self.first.iter().map(|(_, failing)| failing.clone()).collect()
    }
}

/// The farthest apart first; among equals those with reasons, then the earlier.
fn keep_farthest(differing: &mut Vec<(u64, Compared)>) {
    differing.sort_by(|(a_index, a), (b_index, b)| {
        let farther = b.distance.total_cmp(&a.distance);
        let told = a.reasoning.is_none().cmp(&b.reasoning.is_none());
        farther.then(told).then(a_index.cmp(b_index))
    });
    differing.truncate(MOST);
}

/// A record's verdict beside its label.
pub(super) fn compared(outcome: &Outcome) -> Compared {
    let blank = Score::default();
    let score = outcome.score().unwrap_or(&blank);
    let why_unscored = match &outcome.result {
        Settled::Scored(_) => None,
        Settled::Unscored(unscored) => Some(unscored.to_string()),
    };
    Compared {
        id: outcome.id.clone(),
        expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
        given: outcome.score().map(|score| score.label.clone()),
        value: score.value,
        confidence: score.confidence,
        distance: outcome.distance(),
        reasoning: score.reasoning.clone().or(why_unscored),
        post_hoc: score.post_hoc,
    }
}
