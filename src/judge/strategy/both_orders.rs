//! A pair judged in both orders.
//!
//! Models prefer a place: in Zheng et al. 2023 (arXiv 2306.05685, section 3.3) GPT-4 kept its verdict
//! in 65 % of the pairs when the answers were exchanged, other judges in fewer. Asked in both orders,
//! such a preference counts once for each answer: one is better only where both orders say so
//! (section 3.4), and in the mean of two distributions it has as much share on either side.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Attempt, Question, Unscored};
use crate::judge::score::{Judged, Order, Score, in_order};
use crate::judge::verdict::expected;
use crate::prompt::RenderFault;
use crate::signature::{Pair, Scale};

/// Shares that are no further apart than this are the same: they differ by rounding.
const SAME: f64 = 1e-9;

/// A pair, asked about in both orders; one score of both.
#[derive(Debug)]
pub(super) struct BothOrders {
    pair: Pair,
    scale: Option<Scale>,
    each: Box<dyn Strategy>,
}

impl BothOrders {
    pub(super) fn new(pair: Pair, scale: Option<Scale>, each: Box<dyn Strategy>) -> Self {
        Self { pair, scale, each }
    }

    /// Asks in both orders. One without a score leaves the pair without one.
    async fn both(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let shown = Order::BOTH.map(|order| order.shown(&self.pair, inputs));
        let asks = shown.iter().map(|inputs| self.each.judge(asker, inputs)).collect();
        let judged =
            asker.each(asks, |judged: &Judged| judged.result.as_ref().is_err_and(Unscored::ends)).await;
        let mut attempts = Vec::new();
        let mut said: Vec<(Order, Result<Score, Unscored>)> = Vec::new();
        for (order, judged) in Order::BOTH.into_iter().zip(judged) {
            let of_order = |attempt| Attempt { order: Some(order.name().to_owned()), ..attempt };
            attempts.extend(judged.attempts.into_iter().map(of_order));
            said.push((order, judged.result.map(|score| order.turned(&self.pair, score))));
        }
        let orders = said.iter().map(|(order, said)| order.verdict(said.as_ref())).collect();
        Judged { result: whole(&self.pair, self.scale.as_ref(), said), attempts, orders }
    }
}

impl Strategy for BothOrders {
    fn questions(&self) -> Vec<&Question> {
        self.each.questions()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut all = Vec::new();
        for order in Order::BOTH {
            let of_order = |planned| Planned { order: Some(order), ..planned };
            all.extend(
                self.each.requests(asker, &order.shown(&self.pair, inputs))?.into_iter().map(of_order),
            );
        }
        Ok(all)
    }

    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64> {
        let each = self.each.calls(options);
        2 * each.start()..=2 * each.end()
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.both(asker, inputs).boxed()
    }
}

fn whole(
    pair: &Pair,
    scale: Option<&Scale>,
    said: Vec<(Order, Result<Score, Unscored>)>,
) -> Result<Score, Unscored> {
    let mut scores = Vec::new();
    for (order, said) in said {
        scores.push(said.map_err(|unscored| in_order(order.name(), &unscored))?);
    }
    match (<[Score; 2]>::try_from(scores), scale) {
        (Ok([own, exchanged]), Some(scale)) => Ok(combine(pair, scale, own, &exchanged)),
        _ => Err(Unscored::new(crate::ask::Reason::InvalidAnswer, "there is no verdict in both orders")),
    }
}

/// One score of both orders', the second one turned around already.
fn combine(pair: &Pair, scale: &Scale, own: Score, exchanged: &Score) -> Score {
    let distribution = mean_shares(&own, exchanged);
    let label = likeliest(pair, &distribution).unwrap_or_else(|| agreed(pair, &own, exchanged)).to_owned();
    let worth = scale.worth(&label);
    let both = own.confidence.zip(exchanged.confidence);
    let (value, confidence) = if distribution.is_empty() {
        (worth, both.map(|(one, other)| f64::midpoint(one, other)))
    } else {
        let values: Vec<(Option<f64>, f64)> =
            distribution.iter().map(|(label, share)| (scale.worth(label), *share)).collect();
        (worth.and(expected(&values)), share(&distribution, &label))
    };
    Score {
        value,
        label,
        confidence,
        coverage: own.coverage.zip(exchanged.coverage).map(|(one, other)| one.min(other)),
        reasoning: reasons(&own, exchanged),
        distribution,
        ..own
    }
}

fn agreed<'a>(pair: &'a Pair, own: &'a Score, exchanged: &Score) -> &'a str {
    if own.label == exchanged.label { &own.label } else { pair.undecided() }
}

/// The mean share of each verdict; none where an order has no distribution.
fn mean_shares(own: &Score, exchanged: &Score) -> Vec<(String, f64)> {
    let both = own.distribution.iter().zip(&exchanged.distribution);
    both.map(|((label, one), (_, other))| (label.clone(), f64::midpoint(*one, *other))).collect()
}

/// The likeliest verdict, the earlier of several; undecided where the two for one answer each are: then the
/// place alone decided. `None` without a distribution.
fn likeliest<'a>(pair: &'a Pair, distribution: &'a [(String, f64)]) -> Option<&'a str> {
    let top = distribution.iter().map(|(_, share)| *share).reduce(f64::max)?;
    let is_top = |share: f64| share >= top - SAME;
    if pair.verdicts.iter().all(|verdict| share(distribution, verdict).is_some_and(is_top)) {
        return Some(pair.undecided());
    }
    distribution.iter().find(|(_, share)| is_top(*share)).map(|(label, _)| label.as_str())
}

fn share(distribution: &[(String, f64)], label: &str) -> Option<f64> {
    distribution.iter().find(|(known, _)| known == label).map(|(_, share)| *share)
}

/// The own order's reasons where both orders agree. Where they differ those of both, each named by
/// its order: what is "first" in the exchanged one is the pair's second.
fn reasons(own: &Score, exchanged: &Score) -> Option<String> {
    if own.label == exchanged.label {
        return own.reasoning.clone();
    }
    let told = [(Order::Own, own), (Order::Exchanged, exchanged)];
    let told: Vec<String> = told
        .into_iter()
        .filter_map(|(order, score)| Some(named(order, &score.label, score.reasoning.as_ref()?)))
        .collect();
    (!told.is_empty()).then(|| told.join(" "))
}

/// Reasons with the order in which they were given.
pub(in crate::judge) fn named(order: Order, label: &str, reasons: &str) -> String {
    match order {
        Order::Own => format!("Own order, {label}: {reasons}"),
        Order::Exchanged => format!("Exchanged order (each in the other's place), {label}: {reasons}"),
    }
}

#[cfg(test)]
mod tests;
