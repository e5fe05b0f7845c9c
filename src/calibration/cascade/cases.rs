//! What every stage said of each labelled record, and what it took.

use crate::eval::Outcome;
use crate::judge::Attempt;
use crate::model::Price;
use crate::number::real;
use crate::stats::{Judgment, mean};

/// A stage as it was asked.
#[derive(Clone, Debug)]
pub(crate) struct AskedStage {
    /// Its name: that of its verdict among the parts of a score.
    pub name: String,
    /// Its model.
    pub model: String,
    /// How its verdicts are read.
    pub reading: String,
    /// What its tokens cost, where that is known.
    pub price: Option<Price>,
}

/// What a stage said of one record, and what its calls took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    /// Whether its verdict is the label; `None` without a verdict.
    pub is_right: Option<bool>,
    /// Its confidence, where it has one.
    pub confidence: Option<f64>,
    calls: u64,
    usd: Option<f64>,
    seconds: Option<f64>,
}

impl Said {
    /// A verdict that a threshold can be found by.
    pub(crate) fn judgment(&self) -> Option<Judgment> {
        Some(Judgment { confidence: self.confidence?, is_right: self.is_right? })
    }
}

/// A labelled record: what each stage said, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub id: String,
    pub said: Vec<Said>,
    /// Whether every stage was asked, as far as the calls tell.
    pub is_complete: bool,
}

/// The labelled records on which some stage has a verdict.
#[must_use]
pub(crate) fn cases(outcomes: &[Outcome], stages: &[AskedStage]) -> Vec<Case> {
    let case = |outcome: &Outcome| {
        let expected = outcome.expected.as_ref()?;
        let said: Vec<Said> = stages.iter().map(|stage| said(outcome, stage, &expected.label)).collect();
        let is_judged = said.iter().any(|said| said.is_right.is_some());
        // Imported judgments tell no calls.
        let is_asked =
            |said: &Said| said.calls > 0 || (outcome.attempts.is_empty() && said.is_right.is_some());
        let is_complete = said.iter().all(is_asked);
        is_judged.then(|| Case { id: outcome.id.clone(), said, is_complete })
    };
    outcomes.iter().filter_map(case).collect()
}

fn said(outcome: &Outcome, stage: &AskedStage, label: &str) -> Said {
    let part = outcome
        .score()
        .and_then(|score| score.parts.iter().find(|part| part.is_member && part.name == stage.name));
    let start = format!("{}/", stage.name);
    let is_own = |attempt: &&Attempt| {
        attempt.part.as_deref().is_some_and(|part| part == stage.name || part.starts_with(&start))
    };
    let responses = || outcome.attempts.iter().filter(is_own).filter_map(|attempt| attempt.response.as_ref());
    let usd = |price: Price| {
        let cost = responses().map(|response| {
            let usage = &response.usage;
            Some(price.of(usage.prompt_tokens?, usage.completion_tokens.unwrap_or(0)))
        });
        cost.sum::<Option<f64>>()
    };
    // A reply from the cache took no time that says anything.
    let seconds = responses().map(|response| (!response.cached).then_some(response.timing.total_ms / 1000.0));
    Said {
        is_right: part.map(|part| part.label == label),
        confidence: part.and_then(|part| part.confidence),
        calls: outcome.attempts.iter().filter(is_own).count() as u64,
        usd: stage.price.and_then(usd),
        seconds: seconds.sum(),
    }
}

/// What a stage takes for a record, in the mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct MeanCost {
    pub(super) usd: Option<f64>,
    pub(super) seconds: Option<f64>,
    pub(super) calls: f64,
}

/// What the stage at this place takes for a record; a record whose cost is not known is left out.
pub(super) fn mean_cost(cases: &[Case], stage: usize) -> MeanCost {
    let said = || cases.iter().filter_map(|case| case.said.get(stage)).filter(|said| said.calls > 0);
    let calls: Vec<f64> = said().map(|said| real(said.calls)).collect();
    MeanCost {
        usd: mean(&said().filter_map(|said| said.usd).collect::<Vec<f64>>()),
        seconds: mean(&said().filter_map(|said| said.seconds).collect::<Vec<f64>>()),
        calls: mean(&calls).unwrap_or(0.0),
    }
}
