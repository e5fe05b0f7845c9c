//! What a judge shows without labels: verdicts that change where nothing should change them, and its cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ruler::{Measured, Ruler};
use crate::eval::{Outcome, Repeat};
use crate::model::Price;
use crate::number::real;
use crate::stats::{mean, median};
use crate::summary::Rate;

/// How often a record's verdict differs when it is judged again, over all pairs of a record's runs.
pub(super) fn repeats(outcomes: &[Outcome], again: &[Vec<Outcome>]) -> Measured<Rate> {
    let is_repeated = outcomes.iter().any(|outcome| outcome.repeats.len() > 1);
    if again.is_empty() && !is_repeated {
        return Measured::Missing(
            "give another run of the same judge on the same records with --again FOLDER".into(),
        );
    }
    let mut verdicts: BTreeMap<&str, Vec<&str>> =
        outcomes.iter().map(|outcome| (outcome.id.as_str(), drawn(outcome))).collect();
    for run in again {
        for (id, label) in labels(run) {
            if let Some(labels) = verdicts.get_mut(id) {
                labels.push(label);
            }
        }
    }
    let (mut changed, mut pairs) = (0, 0);
    for labels in verdicts.values() {
        for (index, one) in labels.iter().enumerate() {
            for other in labels.iter().skip(index + 1) {
                changed += u64::from(one != other);
                pairs += 1;
            }
        }
    }
    Measured::of((pairs > 0).then(|| Rate::of(changed, pairs)), "the runs share no scored record")
}

/// How often a pair's verdict does not turn around when its two sides are exchanged: then the place
/// decided and not what stood there.
pub(super) fn swaps(ruler: &Ruler<'_>, outcomes: &[Outcome], swapped: Option<&[Outcome]>) -> Measured<Rate> {
    let (mut flipped, mut pairs) = (0, 0);
    for verdicts in outcomes.iter().map(|outcome| &outcome.orders).filter(|orders| orders.len() > 1) {
        let labels: Option<Vec<&String>> = verdicts.iter().map(|verdict| verdict.label.as_ref()).collect();
        if let Some(labels) = labels {
            flipped += u64::from(labels.windows(2).any(|pair| pair.first() != pair.last()));
            pairs += 1;
        }
    }
    if pairs > 0 {
        return Measured::Value(Rate::of(flipped, pairs));
    }
    let Some(swapped) = swapped else {
        return Measured::Missing(
            "for pairs: give a run with the two sides exchanged with --swapped FOLDER".into(),
        );
    };
    let turned: BTreeMap<&str, &str> = labels(swapped).collect();
    for (id, label) in labels(outcomes) {
        let values = turned.get(id).and_then(|other| Some((ruler.value_of(label)?, ruler.value_of(other)?)));
        if let Some((first, second)) = values {
            flipped += u64::from((first + second - 1.0).abs() > 1e-9);
            pairs += 1;
        }
    }
    Measured::of((pairs > 0).then(|| Rate::of(flipped, pairs)), "the runs share no scored record")
}

fn labels(outcomes: &[Outcome]) -> impl Iterator<Item = (&str, &str)> {
    outcomes.iter().filter_map(|outcome| Some((outcome.id.as_str(), outcome.score()?.label.as_str())))
}

/// A record's verdicts: one, or that of each of its repeats.
fn drawn(outcome: &Outcome) -> Vec<&str> {
    let whole = outcome.score().filter(|_| outcome.repeats.is_empty());
    let repeats = outcome.repeats.iter().filter_map(Repeat::score);
    whole.into_iter().chain(repeats).map(|score| score.label.as_str()).collect()
}

/// What a judgment takes, over the records that were asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CostFigures {
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
    let calls: Vec<f64> = asked.iter().map(|outcome| real(outcome.attempts.len())).collect();
    let tokens = |of: fn(&Outcome) -> Option<u64>| {
        mean(&asked.iter().filter_map(|outcome| of(outcome)).map(real).collect::<Vec<_>>())
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
