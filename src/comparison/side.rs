//! One side of a comparison: what was said of each record, what it took, and the label both sides share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::Verdict;
use crate::eval::{Expected, Outcome, Settled};
use crate::judge::Attempt;
use crate::model::Price;
use crate::stats::{mean, quantile};
use crate::summary::Rate;

/// One side of a comparison. Outcomes go in one by one; a later one of the same record takes the earlier's place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    name: String,
    model: String,
    price: Option<Price>,
    /// By model, where the judges ask several.
    prices: BTreeMap<String, Price>,
    pub(super) judged: BTreeMap<String, Judged>,
}

/// What was said of a record, without the calls.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) expected: Option<Expected>,
    pub(super) tags: Vec<String>,
    /// What it shares with other records.
    pub(super) source: Option<String>,
    /// The verdict; or why there is none.
    pub(super) verdict: Result<Verdicted, String>,
    pub(super) parts: Vec<(String, Option<f64>)>,
    took: Took,
    /// What a model took to produce the output.
    produced: Took,
}

/// A verdict and its worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Verdicted {
    pub(super) label: String,
    pub(super) value: Option<f64>,
    pub(super) reasoning: Option<String>,
}

/// What a record's calls took when they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Took {
    /// What calls of several models cost; `None` where the price of one is not known.
    cost_usd: Option<f64>,
    calls: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    uncounted: u64,
    ms: f64,
}

/// A record of which no more is known than what was said of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plain {
    /// The record's id.
    pub id: String,
    /// The verdict; `None` without a score.
    pub label: Option<String>,
    /// The score in `0..=1`.
    pub value: Option<f64>,
    /// The label it should have.
    pub expected: Option<String>,
    /// The scores of its parts in `0..=1`, by name.
    pub parts: BTreeMap<String, f64>,
    /// Why there is no score.
    pub unscored: Option<String>,
}

/// A side in numbers, over the records of both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SideSummary {
    /// The side, as it was named.
    pub name: String,
    /// The model that judged.
    pub model: String,
    /// Records with a score.
    pub scored: Rate,
    /// The mean score over records with a value on this side.
    pub mean: Option<f64>,
    /// Records whose verdict is their label, of those with both.
    pub accuracy: Rate,
    /// Calls, cached ones included.
    pub calls: u64,
    /// Tokens of prompts, when the replies were made.
    pub prompt_tokens: u64,
    /// Tokens of answers, when the replies were made.
    pub completion_tokens: u64,
    /// Calls whose tokens nobody counted.
    pub uncounted_calls: u64,
    /// What the tokens cost, in US dollars, where the model has a price.
    pub cost_usd: Option<f64>,
    /// The median time of a record's calls, in milliseconds, when the replies were made.
    pub p50_ms: Option<f64>,
    /// The 95th percentile of the same.
    pub p95_ms: Option<f64>,
    /// What a model took to produce the outputs, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Effort>,
}

/// What calls took, when the replies were made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Effort {
    /// Calls, cached ones included.
    pub calls: u64,
    /// Tokens of prompts and answers.
    pub tokens: u64,
    /// Calls whose tokens nobody counted.
    pub uncounted_calls: u64,
    /// What the tokens cost, in US dollars, where that is known.
    pub cost_usd: Option<f64>,
    /// The median time of a record's calls, in milliseconds.
    pub p50_ms: Option<f64>,
}

impl SideSummary {
    /// What judging took.
    pub(super) fn effort(&self) -> Effort {
        Effort {
            calls: self.calls,
            tokens: self.prompt_tokens + self.completion_tokens,
            uncounted_calls: self.uncounted_calls,
            cost_usd: self.cost_usd,
            p50_ms: self.p50_ms,
        }
    }
}

/// What producing outputs took; `None` where no model was asked for any.
fn produced(judged: &[&Judged]) -> Option<Effort> {
    let took = || judged.iter().map(|judged| &judged.produced);
    let calls: u64 = took().map(|took| took.calls).sum();
    let times: Vec<f64> = took().map(|took| took.ms).filter(|milliseconds| *milliseconds > 0.0).collect();
    (calls > 0).then(|| Effort {
        calls,
        tokens: took().map(|took| took.prompt_tokens + took.completion_tokens).sum(),
        uncounted_calls: took().map(|took| took.uncounted).sum(),
        cost_usd: None,
        p50_ms: quantile(&times, 0.5),
    })
}

impl Side {
    /// A side without records.
    #[must_use]
    pub(crate) fn new(name: impl Into<String>, model: impl Into<String>, price: Option<Price>) -> Self {
        let (name, model) = (name.into(), model.into());
        Self { name, model, price, prices: BTreeMap::new(), judged: BTreeMap::new() }
    }

    /// The same where the judges ask several models, with the price of each.
    #[must_use]
    pub(crate) fn priced(self, prices: BTreeMap<String, Price>) -> Self {
        Self { prices, ..self }
    }

    /// Takes an outcome.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        let mut judged = Judged::of(outcome);
        judged.took.cost_usd = outcome.attempts.iter().map(|attempt| self.cost(attempt)).sum();
        self.judged.insert(outcome.id.clone(), judged);
    }

    /// What a call of one of several models cost.
    fn cost(&self, attempt: &Attempt) -> Option<f64> {
        let Some(response) = &attempt.response else { return Some(0.0) };
        let price = self.prices.get(attempt.model.as_ref()?)?;
        let (prompt, completion) = (response.usage.prompt_tokens, response.usage.completion_tokens);
        Some(price.of(prompt.unwrap_or(0), completion.unwrap_or(0)))
    }

    /// Takes a record of which no more is known than what was said of it.
    pub(crate) fn add_plain(&mut self, plain: Plain) {
        let verdict = match (plain.label, plain.unscored) {
            (Some(label), _) => Ok(Verdicted { label, value: plain.value, reasoning: None }),
            (None, unscored) => Err(unscored.unwrap_or_else(|| "there was no score".to_owned())),
        };
        let judged = Judged {
            expected: plain.expected.map(|label| Expected { label, value: None }),
            tags: Vec::new(),
            source: None,
            verdict,
            parts: plain.parts.into_iter().map(|(name, value)| (name, Some(value))).collect(),
            took: Took::default(),
            produced: Took::default(),
        };
        self.judged.insert(plain.id, judged);
    }

    /// The same records, those together that share a source. A record that is not named has one of its own.
    #[must_use]
    pub(crate) fn clustered(mut self, clusters: &BTreeMap<String, String>) -> Self {
        for (id, judged) in self.judged.iter_mut().filter(|_| !clusters.is_empty()) {
            judged.source = Some(clusters.get(id).cloned().unwrap_or_else(|| format!("\u{0}{id}")));
        }
        self
    }

    /// How many records there are.
    #[must_use]
    pub(crate) fn records(&self) -> u64 {
        self.judged.len() as u64
    }

    /// The numbers over all its records.
    pub(super) fn whole(&self) -> SideSummary {
        self.summary(&self.judged.keys().map(String::as_str).collect::<Vec<_>>())
    }

    /// The numbers over these records.
    pub(super) fn summary(&self, ids: &[&str]) -> SideSummary {
        let judged: Vec<&Judged> = ids.iter().filter_map(|id| self.judged.get(*id)).collect();
        let scored = judged.iter().filter(|judged| judged.verdict.is_ok()).count() as u64;
        let right: Vec<bool> =
            judged.iter().filter_map(|judged| judged.is_right(judged.expected.as_ref())).collect();
        let values: Vec<f64> = judged.iter().filter_map(|judged| judged.value()).collect();
        let sum = |of: fn(&Took) -> u64| judged.iter().map(|judged| of(&judged.took)).sum::<u64>();
        let times: Vec<f64> =
            judged.iter().map(|judged| judged.took.ms).filter(|milliseconds| *milliseconds > 0.0).collect();
        let (prompt_tokens, completion_tokens) =
            (sum(|took| took.prompt_tokens), sum(|took| took.completion_tokens));
        SideSummary {
            name: self.name.clone(),
            model: self.model.clone(),
            scored: Rate::of(scored, judged.len() as u64),
            mean: mean(&values),
            accuracy: Rate::of(right.iter().filter(|right| **right).count() as u64, right.len() as u64),
            calls: sum(|took| took.calls),
            prompt_tokens,
            completion_tokens,
            uncounted_calls: sum(|took| took.uncounted),
            cost_usd: match self.price {
                Some(price) => Some(price.of(prompt_tokens, completion_tokens)),
                None if self.prices.is_empty() => None,
                None => judged.iter().map(|judged| judged.took.cost_usd).sum(),
            },
            p50_ms: quantile(&times, 0.5),
            p95_ms: quantile(&times, 0.95),
            outputs: produced(&judged),
        }
    }
}

impl Judged {
    fn of(outcome: &Outcome) -> Self {
        let verdict = match &outcome.result {
            Settled::Scored(score) => Ok(Verdicted {
                label: score.label.clone(),
                value: score.value,
                reasoning: score.reasoning.clone(),
            }),
            Settled::Unscored(unscored) => Err(unscored.to_string()),
        };
        let checks = outcome.checks.iter().map(|examined| {
            let value = match examined.verdict {
                Verdict::Pass => Some(1.0),
                Verdict::Fail => Some(0.0),
                Verdict::NotApplicable | Verdict::Skipped => None,
            };
            (examined.name.clone(), value)
        });
        let parts = outcome.score().map_or(&[][..], |score| &score.parts);
        let parts = parts.iter().filter(|part| !part.is_member).map(|part| (part.name.clone(), part.value));
        Self {
            expected: outcome.expected.clone(),
            tags: outcome.tags.clone(),
            source: None,
            verdict,
            parts: checks.chain(parts).collect(),
            took: Took::of(&outcome.attempts),
            produced: outcome
                .subject
                .as_ref()
                .map(|subject| Took::of(&subject.trace.attempts))
                .unwrap_or_default(),
        }
    }

    pub(super) fn value(&self) -> Option<f64> {
        self.verdict.as_ref().ok().and_then(|verdict| verdict.value)
    }

    pub(super) fn label(&self) -> Option<&str> {
        self.verdict.as_ref().ok().map(|verdict| verdict.label.as_str())
    }

    /// Whether the verdict is the label; `None` without one of them.
    pub(super) fn is_right(&self, expected: Option<&Expected>) -> Option<bool> {
        Some(expected?.label == self.label()?)
    }

    /// 1 minus the distance of score and label, in `0..=1`.
    pub(super) fn closeness(&self, expected: Option<&Expected>) -> Option<f64> {
        Some(1.0 - (expected?.value? - self.value()?).abs())
    }

    pub(super) fn part(&self, name: &str) -> Option<f64> {
        self.parts.iter().find(|(part, _)| part == name)?.1
    }
}

impl Took {
    fn of(attempts: &[Attempt]) -> Self {
        let mut took = Self::default();
        for response in attempts.iter().filter_map(|attempt| attempt.response.as_ref()) {
            took.calls += 1;
            took.prompt_tokens += response.usage.prompt_tokens.unwrap_or(0);
            took.completion_tokens += response.usage.completion_tokens.unwrap_or(0);
            took.uncounted += u64::from(response.usage.prompt_tokens.is_none());
            took.ms += response.timing.total_ms;
        }
        took
    }
}

/// A number for a record, by the label it should have.
pub(super) type Of = fn(&Judged, Option<&Expected>) -> Option<f64>;

/// A side may not know the label, or not its worth: then it is the other's.
pub(super) fn is_labelled_alike(old: &Judged, new: &Judged) -> bool {
    old.expected.as_ref().zip(new.expected.as_ref()).is_none_or(|(old, new)| old.label == new.label)
}

/// The label of both sides.
pub(super) fn label<'a>(old: &'a Judged, new: &'a Judged) -> Option<&'a Expected> {
    let known = || new.expected.iter().chain(&old.expected);
    known().find(|expected| expected.value.is_some()).or_else(|| known().next())
}
