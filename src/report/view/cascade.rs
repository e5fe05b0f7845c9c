//! Cascades in a report: what each stage did, and on each record who was asked and whose verdict stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::eval::Outcome;
use crate::report::cascade_words::promised;
use crate::summary::{CascadeSummary, Rate, StageSummary};

/// How a cascade went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CascadeReport {
    /// The judge that it is.
    pub(crate) judge: String,
    /// Its stages, in the order in which they are asked.
    pub(crate) stages: Vec<StageReport>,
    /// Records on which no verdict stands.
    pub(crate) abstains: u64,
    /// What its calls cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
    /// What the last stage alone would have cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_alone_usd: Option<f64>,
    /// The share of that which the cascade saves; below 0 where it costs more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) saved: Option<f64>,
    /// What its thresholds promise, in words; nothing where labels did not give them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) promise: Option<String>,
}

/// A stage of a cascade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StageReport {
    /// Its name.
    pub(crate) stage: String,
    /// Records that reached it.
    pub(crate) reached: u64,
    /// Records on which its verdict stands.
    pub(crate) stands: u64,
    /// The interval of that share, 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stands_interval: Option<[f64; 2]>,
    /// Records with a label on which its verdict stands.
    pub(crate) labelled: u64,
    /// Verdicts that stand and are the label.
    pub(crate) right: u64,
    /// The interval of that share, 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) right_interval: Option<[f64; 2]>,
    /// What its calls cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cost_usd: Option<f64>,
}

/// A stage that was asked about a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RecordStage {
    /// Its name; with the judge's before it where there are several parts.
    pub(crate) stage: String,
    /// Whether it was asked.
    pub(crate) is_asked: bool,
    /// Its verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
    /// How sure it is, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f64>,
    /// Whether its verdict stands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) stands: bool,
}

pub(super) fn cascade(cascade: &CascadeSummary) -> CascadeReport {
    let interval = |rate: &Rate| rate.interval.map(|interval| [interval.low, interval.high]);
    let stage = |stage: &StageSummary| StageReport {
        stage: stage.stage.clone(),
        reached: stage.stands.n,
        stands: stage.stands.count,
        stands_interval: interval(&stage.stands),
        labelled: stage.accuracy.n,
        right: stage.accuracy.count,
        right_interval: interval(&stage.accuracy),
        cost_usd: stage.cost_usd,
    };
    CascadeReport {
        judge: cascade.judge.clone(),
        stages: cascade.stages.iter().map(stage).collect(),
        abstains: cascade.abstains.count,
        cost_usd: cascade.cost_usd,
        last_alone_usd: cascade.last_alone_usd,
        saved: cascade.saved,
        promise: cascade.promise.map(promised),
    }
}

/// What each stage of the cascades said of a record.
pub(super) fn stages(cascades: &[CascadeSummary], outcome: &Outcome) -> Vec<RecordStage> {
    cascades.iter().flat_map(|cascade| of_one(cascade, outcome)).collect()
}

fn of_one(cascade: &CascadeSummary, outcome: &Outcome) -> Vec<RecordStage> {
    let score = outcome.score();
    let parts = score.map(|score| score.parts.as_slice()).unwrap_or_default();
    let own = parts.iter().find(|part| part.name == cascade.judge);
    let label = own.map_or_else(|| score.map(|score| &score.label), |part| Some(&part.label));
    let mut all: Vec<RecordStage> = cascade.stages.iter().map(|stage| one(cascade, stage, outcome)).collect();
    // The last that was asked: where its verdict does not stand, the cascade's is another.
    if let Some(last) = all.iter_mut().rev().find(|stage| stage.is_asked) {
        last.stands = last.verdict.is_some() && last.verdict.as_ref() == label;
    }
    all
}

fn one(cascade: &CascadeSummary, stage: &StageSummary, outcome: &Outcome) -> RecordStage {
    let among = format!("{}/{}", cascade.judge, stage.stage);
    let is_own = |name: &str| name == stage.stage || name == among;
    let of_call = |part: &str| {
        is_own(part) || [&stage.stage, &among].iter().any(|name| part.starts_with(&format!("{name}/")))
    };
    let parts = outcome.score().map(|score| score.parts.as_slice()).unwrap_or_default();
    let said = parts.iter().find(|part| part.is_member && is_own(&part.name));
    let is_called = outcome.attempts.iter().any(|attempt| attempt.part.as_deref().is_some_and(of_call));
    RecordStage {
        stage: said.map_or_else(|| stage.stage.clone(), |part| part.name.clone()),
        is_asked: is_called || said.is_some(),
        verdict: said.map(|part| part.label.clone()),
        confidence: said.and_then(|part| part.confidence),
        stands: false,
    }
}
