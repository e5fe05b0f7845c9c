//! What a judgment takes.

use serde::{Deserialize, Serialize};

use super::measured::Measured;
use crate::eval::Outcome;
use crate::model::Price;
use crate::stats::{mean, median};

/// What a judgment takes, over the records that were asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostFigures {
    /// Calls a record, retries included.
    pub calls: Measured<f64>,
    /// Tokens of prompts a record, where the server counts them.
    pub prompt_tokens: Measured<f64>,
    /// Tokens of answers a record.
    pub completion_tokens: Measured<f64>,
    /// Seconds a record, in the middle.
    pub seconds_median: Measured<f64>,
    /// US dollars a record.
    pub usd: Measured<f64>,
}

pub(super) fn cost(outcomes: &[Outcome], price: Option<Price>) -> CostFigures {
    let asked: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.attempts.is_empty()).collect();
    let calls: Vec<f64> = asked.iter().map(|outcome| number(outcome.attempts.len() as u64)).collect();
    let tokens = |of: fn(&Outcome) -> Option<u64>| {
        mean(&asked.iter().filter_map(|outcome| of(outcome)).map(number).collect::<Vec<_>>())
    };
    let prompt = tokens(|outcome| outcome.usage().prompt_tokens);
    let completion = tokens(|outcome| outcome.usage().completion_tokens);
    let seconds: Vec<f64> = asked.iter().map(|outcome| outcome.elapsed_ms / 1000.0).collect();
    let usd = match price {
        None => Measured::Missing("the model has no price in evenhand.toml".into()),
        Some(price) => {
            let sum = prompt.zip(completion).map(|(prompt, completion)| {
                (prompt * price.input_per_million + completion * price.output_per_million) / 1e6
            });
            Measured::of(sum, UNCOUNTED)
        }
    };
    CostFigures {
        calls: Measured::of(mean(&calls), NO_CALLS),
        prompt_tokens: Measured::of(prompt, UNCOUNTED),
        completion_tokens: Measured::of(completion, UNCOUNTED),
        seconds_median: Measured::of(median(&seconds), NO_CALLS),
        usd,
    }
}

const NO_CALLS: &str = "no call is in the journal";
const UNCOUNTED: &str = "nobody counted the tokens";

#[expect(clippy::cast_precision_loss, reason = "a mean for people")]
fn number(count: u64) -> f64 {
    count as f64
}
