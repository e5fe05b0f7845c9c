//! What each model took, where several judge, and what their tokens cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{Calls, Latency, Tokens};
use crate::judge::Attempt;
use crate::model::Price;
use crate::stats::QuantileSketch;

/// What one of several models took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelUse {
    /// The model.
    pub model: String,
    /// Its calls.
    pub calls: Calls,
    /// Their tokens.
    pub tokens: Tokens,
    /// What they cost, in US dollars; `None` where its price is not known.
    pub cost_usd: Option<f64>,
    /// How long a call took; `None` where none was made.
    pub call: Option<Latency>,
}

/// What models' tokens cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    /// The price of the only model.
    only: Option<Price>,
    /// By model, where several judge.
    by_model: BTreeMap<String, Price>,
}

impl From<Option<Price>> for Prices {
    fn from(only: Option<Price>) -> Self {
        Self { only, by_model: BTreeMap::new() }
    }
}

impl FromIterator<(String, Price)> for Prices {
    fn from_iter<I: IntoIterator<Item = (String, Price)>>(prices: I) -> Self {
        Self { only: None, by_model: prices.into_iter().collect() }
    }
}

impl Prices {
    /// What all tokens cost; `None` where a model's price is not known.
    pub(super) fn cost(&self, tokens: &Tokens, models: &BTreeMap<String, ModelTally>) -> Option<f64> {
        if self.by_model.is_empty() {
            return self.only.map(|price| tokens.cost_usd(price));
        }
        models.iter().map(|(model, tally)| self.of(model, &tally.tokens)).sum()
    }

    /// What tokens of several models cost; `None` where a price is not known.
    pub(super) fn sum(&self, tokens: &BTreeMap<String, Tokens>) -> Option<f64> {
        let each = tokens.iter().map(|(model, tokens)| match self.only {
            Some(price) => Some(tokens.cost_usd(price)),
            None => self.of(model, tokens),
        });
        each.sum()
    }

    /// What the calls to one of several models cost, or to the only one.
    pub(super) fn of_calls(&self, model: Option<&str>, calls: &ModelTally) -> Option<f64> {
        match model {
            Some(model) => self.of(model, &calls.tokens),
            None => self.only.map(|price| calls.tokens.cost_usd(price)),
        }
    }

    /// What a model's tokens cost. A recording that stands for one of several models ends with its name.
    fn of(&self, model: &str, tokens: &Tokens) -> Option<f64> {
        let stood_for = || self.by_model.get(model.split_once('#')?.1);
        self.by_model.get(model).or_else(stood_for).map(|price| tokens.cost_usd(*price))
    }
}

/// What one of several models took so far.
#[derive(Clone, Debug)]
pub(super) struct ModelTally {
    calls: Calls,
    tokens: Tokens,
    call_ms: Option<QuantileSketch>,
}

impl Default for ModelTally {
    fn default() -> Self {
        Self { calls: Calls::default(), tokens: Tokens::default(), call_ms: QuantileSketch::new(0.01) }
    }
}

impl ModelTally {
    /// How long a call took; `None` where none was made.
    pub(super) fn latency(&self) -> Option<Latency> {
        self.call_ms.as_ref().and_then(Latency::read)
    }

    /// Counts a call.
    pub(super) fn add(&mut self, attempt: &Attempt) {
        self.calls.add(attempt);
        if let Some(response) = attempt.response.as_ref().filter(|response| !response.cached) {
            self.tokens.add(response);
            if let Some(call_ms) = self.call_ms.as_mut().filter(|_| response.timing.total_ms > 0.0) {
                call_ms.add(response.timing.total_ms);
            }
        }
    }
}

/// A model's tally among those of several.
pub(super) fn tally<'t>(models: &'t mut BTreeMap<String, ModelTally>, model: &str) -> &'t mut ModelTally {
    models.entry(model.to_owned()).or_default()
}

/// What each took.
pub(super) fn summary(models: &BTreeMap<String, ModelTally>, prices: &Prices) -> Vec<ModelUse> {
    let each = models.iter().map(|(model, tally)| ModelUse {
        model: model.clone(),
        calls: tally.calls,
        tokens: tally.tokens,
        cost_usd: prices.of(model, &tally.tokens),
        call: tally.latency(),
    });
    each.collect()
}
