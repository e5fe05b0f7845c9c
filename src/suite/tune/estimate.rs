//! What a tuning would take, before anything is asked: at most, and as expected.

use serde::Serialize;

use super::forecast::{Expected, Forecaster, whole};
use super::rates::Rates;
use crate::error::Result;
use crate::judge::Reading;
use crate::optimizer::{Errors, Proposer, Spending};

/// What a tuning would take. Answers asked for again come on top; the cache takes off.
#[derive(Debug, Serialize)]
pub(crate) struct TuneEstimate {
    pub(crate) suite: String,
    pub(crate) model: String,
    /// The models that it is tuned for besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also_for: Vec<String>,
    pub(crate) optimizer: &'static str,
    /// Records to learn from, to compare on, and to test on.
    pub(crate) parts: [u64; 3],
    /// Candidates at most, the baseline not counted.
    pub(crate) candidates: u64,
    pub(crate) expected: Expected,
    pub(crate) most: Most,
    /// How often the search was simulated for it.
    pub(crate) rehearsals: u32,
    /// Calls of earlier runs that tokens of answers and times are from.
    pub(crate) measured_calls: u64,
}

/// What it takes at most.
#[derive(Debug, Serialize)]
pub(crate) struct Most {
    /// Calls for demos and instructions, for comparing, and for the test.
    pub(crate) calls: [u64; 3],
    /// All of them, cut to the budget; and tokens and cost if every prompt is the longest.
    pub(crate) all: Spending,
}

pub(super) fn estimate(
    forecaster: &Forecaster<'_>,
    model: &str,
    proposer: &dyn Proposer,
    rates: &Rates,
) -> Result<TuneEstimate> {
    let setup = forecaster.setup;
    Ok(TuneEstimate {
        suite: setup.suite.clone(),
        model: model.to_owned(),
        also_for: setup.also_for.clone(),
        optimizer: proposer.name(),
        parts: [setup.learning.train.len(), setup.learning.validation.len(), setup.held_out]
            .map(|number| number as u64),
        candidates: proposer.most_candidates() as u64,
        expected: forecaster.expected(&Errors::default(), rates, None)?,
        most: most(forecaster, proposer),
        rehearsals: forecaster.times(),
        measured_calls: rates.measured,
    })
}

#[expect(clippy::cast_precision_loss, reason = "estimates of numbers far below 2^53")]
fn most(forecaster: &Forecaster<'_>, proposer: &dyn Proposer) -> Most {
    let Forecaster { setup, sizes, prices, .. } = forecaster;
    let each = setup.calls_each;
    let calls = [
        proposer.most_trained() as u64 * each + proposer.most_written() as u64,
        (1 + proposer.most_candidates() as u64) * setup.calls_of_a_candidate(),
        setup.calls_of_the_test(),
    ];
    let all = calls.iter().sum::<u64>().min(setup.most_calls.unwrap_or(u64::MAX));
    let answer = match setup.judge.options().reading {
        // One verdict's worth; nothing else is decoded.
        Reading::Weighted => 16.0,
        _ => f64::from(setup.most_answer),
    };
    // No byte is more than one token.
    let prompt = sizes.most(setup.longest_bytes, &setup.learning.train, setup.limits.demos, answer);
    let (prompts, answers) = (whole(prompt * all as f64), whole(answer * all as f64));
    let known = prices.judges.iter().chain([&prices.teacher, &prices.writer]);
    let cost = known.map(|price| price.map(|price| price.of(prompts, answers))).collect::<Option<Vec<f64>>>();
    Most {
        calls,
        all: Spending {
            calls: all,
            prompt_tokens: Some(prompts),
            completion_tokens: Some(answers),
            cost_usd: cost.map(|costs| costs.into_iter().fold(0.0, f64::max)),
            seconds: None,
        },
    }
}
