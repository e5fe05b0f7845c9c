//! What one side takes as multiples of another: calls, tokens, time and cost.

use serde::{Deserialize, Serialize};

use super::side::Effort;
use crate::number::real;

/// What the new side took, divided by what the old one took, over the records of both. Replies from the cache count as
/// they did when they were made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Multiples {
    /// Of calls.
    pub calls: f64,
    /// Of tokens, those of prompts and of answers together; `None` where calls are uncounted.
    pub tokens: Option<f64>,
    /// Of the median time of a record's calls, added up.
    pub time: Option<f64>,
    /// Of what the tokens cost; `None` without a price.
    pub cost: Option<f64>,
}

impl Multiples {
    /// `None` where one of the sides made no calls.
    pub(super) fn of(old: Effort, new: Effort) -> Option<Self> {
        if old.calls == 0 || new.calls == 0 {
            return None;
        }
        let tokens = |effort: Effort| (effort.uncounted_calls == 0).then(|| real(effort.tokens));
        Some(Self {
            calls: real(new.calls) / real(old.calls),
            tokens: ratio(tokens(new), tokens(old)),
            time: ratio(new.p50_ms, old.p50_ms),
            cost: ratio(new.cost_usd, old.cost_usd),
        })
    }
}

fn ratio(of: Option<f64>, to: Option<f64>) -> Option<f64> {
    let (of, to) = of.zip(to)?;
    (of > 0.0 && to > 0.0).then(|| of / to)
}
