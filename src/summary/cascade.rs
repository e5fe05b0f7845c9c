//! Cascades: which stage's verdicts stand, how right they are, and what the cascade costs beside its last stage alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{Rate, Tokens};
use super::models::Prices;
use crate::eval::{Outcome, Panel};
use crate::judge::Score;
use crate::stats::{Promise, saved_share};

/// How a cascade went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CascadeSummary {
    /// The judge that it is.
    pub judge: String,
    /// Each stage, in the order in which they are asked.
    pub stages: Vec<StageSummary>,
    /// Records on which no verdict stands, of those that were asked about.
    pub abstains: Rate,
    /// What its calls cost, in US dollars; `None` where a price is not known.
    pub cost_usd: Option<f64>,
    /// What the last stage alone would have cost, by what it cost on the records that reached it.
    pub last_alone_usd: Option<f64>,
    /// The share of that which the cascade saves; below 0 where it costs more.
    pub saved: Option<f64>,
    /// What its thresholds promise, where labels gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

/// One stage of a cascade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// Its name.
    pub stage: String,
    /// Records on which its verdict stands, of those that reached it.
    pub stands: Rate,
    /// Verdicts that stand and are the label, of labelled records.
    pub accuracy: Rate,
    /// What its calls cost, in US dollars; `None` where the price is not known.
    pub cost_usd: Option<f64>,
}

/// Takes what the stages of a cascade say, in any order.
#[derive(Clone, Debug)]
pub(super) struct CascadeTally {
    judge: String,
    promise: Option<Promise>,
    is_alone: bool,
    stages: Vec<Stage>,
    records: u64,
    stood: u64,
}

#[derive(Clone, Debug, Default)]
struct Stage {
    name: String,
    /// How its calls and its verdicts are named.
    part: String,
    reached: u64,
    stands: u64,
    labelled: u64,
    right: u64,
    /// By the model that was asked; "" where the record's is meant.
    tokens: BTreeMap<String, Tokens>,
}

/// A tally for each cascade of a panel.
pub(super) fn tallies(panel: &Panel) -> Vec<CascadeTally> {
    let is_alone = panel.alone().is_some();
    let cascades =
        panel.judges.iter().filter(|seat| !seat.judge.members().is_empty() && seat.judge.rule().is_none());
    let cascades = cascades.map(|seat| {
        let several = panel.judges.len() > 1;
        let stage = |name: &String| Stage {
            name: name.clone(),
            part: if several { format!("{}/{name}", seat.name) } else { name.clone() },
            ..Stage::default()
        };
        let stages = seat.judge.members().iter().map(|member| stage(&member.name)).collect();
        CascadeTally {
            judge: seat.name.clone(),
            promise: seat.judge.promise(),
            is_alone,
            stages,
            records: 0,
            stood: 0,
        }
    });
    cascades.collect()
}

impl CascadeTally {
    /// Counts a record's calls, and the verdict that stands where it has a score.
    pub(super) fn add(&mut self, outcome: &Outcome, score: Option<&Score>) {
        let mut last = None;
        for (place, stage) in self.stages.iter_mut().enumerate() {
            let start = format!("{}/", stage.part);
            let own = outcome.attempts.iter().filter(|attempt| {
                attempt.part.as_deref().is_some_and(|part| part == stage.part || part.starts_with(&start))
            });
            let mut was_asked = false;
            for attempt in own {
                was_asked = true;
                if let Some(response) = attempt.response.as_ref().filter(|response| !response.cached) {
                    let model = attempt.model.as_deref().unwrap_or(&outcome.model);
                    stage.tokens.entry(model.to_owned()).or_default().add(response);
                }
            }
            stage.reached += u64::from(was_asked);
            last = if was_asked { Some(place) } else { last };
        }
        let (Some(stage), Some(score)) = (last.and_then(|place| self.stages.get_mut(place)), score) else {
            return;
        };
        self.records += 1;
        let (label, value) = match score.parts.iter().find(|part| part.name == self.judge) {
            Some(part) if !self.is_alone => (&part.label, part.value),
            _ => (&score.label, score.value),
        };
        // What abstains has a label of no stage.
        let own = if self.is_alone { stage.name.clone() } else { format!("{}/{}", self.judge, stage.name) };
        let said = score.parts.iter().find(|part| part.name == own);
        if said.is_none_or(|part| part.label != *label || (part.value.is_some() && value.is_none())) {
            return;
        }
        self.stood += 1;
        stage.stands += 1;
        if let Some(expected) = outcome.expected.as_ref().filter(|_| self.is_alone) {
            stage.labelled += 1;
            stage.right += u64::from(expected.label == *label);
        }
    }

    /// Whether a part of a score is the verdict of one of its stages.
    pub(super) fn has_verdict(&self, part: &str) -> bool {
        let named = |stage: &Stage| {
            if self.is_alone { part == stage.name } else { part == format!("{}/{}", self.judge, stage.name) }
        };
        self.stages.iter().any(named)
    }

    /// What it came to; `None` where nobody was asked.
    pub(super) fn summary(&self, prices: &Prices) -> Option<CascadeSummary> {
        self.stages.first().filter(|stage| stage.reached > 0)?;
        // The sum of nothing is a negative zero.
        let cost = |stage: &Stage| prices.sum(&stage.tokens).map(|cost| cost + 0.0);
        let cost_usd = self.stages.iter().map(cost).sum::<Option<f64>>().map(|cost| cost + 0.0);
        let last = self.stages.last().filter(|stage| stage.reached > 0);
        let all = crate::number::real(self.stages.first().map_or(0, |stage| stage.reached));
        let last_alone_usd =
            last.and_then(|stage| Some(cost(stage)? / crate::number::real(stage.reached) * all));
        let stage = |stage: &Stage| StageSummary {
            stage: stage.name.clone(),
            stands: Rate::of(stage.stands, stage.reached),
            accuracy: Rate::of(stage.right, stage.labelled),
            cost_usd: cost(stage),
        };
        Some(CascadeSummary {
            judge: self.judge.clone(),
            stages: self.stages.iter().map(stage).collect(),
            abstains: Rate::of(self.records - self.stood, self.records),
            cost_usd,
            last_alone_usd,
            saved: cost_usd.zip(last_alone_usd).and_then(|(cost, alone)| saved_share(cost, alone)),
            promise: self.promise,
        })
    }
}
