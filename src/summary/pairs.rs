//! How far a judge of pairs is right, and how far it goes by the place.

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, Rate};
use crate::eval::{OrderVerdict, Outcome};
use crate::stats::{FewClusters, Interval, clustered_mean};

/// A judge of pairs that were shown in several orders.
///
/// Every rate is over verdicts that were read. What could not be read is counted beside them, and
/// is never wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairAgreement {
    /// How many pairs there are.
    pub pairs: u64,
    /// How many of them have a label.
    pub labelled: u64,
    /// Each order by itself, the pairs' own first.
    pub(crate) orders: Vec<OrderAgreement>,
    /// The share of right verdicts over all orders.
    pub average: Option<f64>,
    /// Its normal interval, the pairs as clusters.
    pub average_interval: Option<Interval>,
    /// The same with what could not be read counted as not right, as many published tables do.
    pub average_of_all: Option<f64>,
    /// Pairs that are judged rightly in every order, of those with a label and all verdicts.
    pub all_correct: Rate,
    /// Pairs with the same verdict in every order, of those with all verdicts: positional agreement.
    pub consistent: Rate,
    /// Pairs without a verdict in any order.
    pub unread_in_all: u64,
    /// Verdicts for the answer shown first, of the verdicts that prefer one.
    pub first_shown: Rate,
}

/// One order in which pairs were shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderAgreement {
    /// The order's name.
    pub order: String,
    /// Whether the pairs' second answer was shown first.
    pub swapped: bool,
    /// Right verdicts, of those on labelled pairs.
    pub correct: Rate,
    /// Verdicts that prefer neither.
    pub ties: u64,
    /// Replies without a verdict.
    pub unread: u64,
}

/// What a pair adds.
#[derive(Clone, Debug)]
pub(super) struct Paired {
    pub(super) index: u64,
    pub(super) tags: Vec<String>,
    expected: Option<String>,
    orders: Vec<OrderVerdict>,
}

impl Paired {
    /// `None` for what was judged in one order only.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        (outcome.orders.len() > 1).then(|| Self {
            index: outcome.index,
            tags: outcome.tags.clone(),
            expected: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            orders: outcome.orders.clone(),
        })
    }

    fn is_right(&self, verdict: &OrderVerdict) -> Option<bool> {
        Some(self.expected.as_ref()? == verdict.label.as_ref()?)
    }

    fn read(&self) -> usize {
        self.orders.iter().filter(|verdict| verdict.label.is_some()).count()
    }
}

/// The pairs' numbers; `None` where there are none.
pub(super) fn pairs(paired: &[&Paired], first: &str, second: &str) -> Option<PairAgreement> {
    let names: Vec<(&str, bool)> =
        paired.first()?.orders.iter().map(|order| (order.order.as_str(), order.swapped)).collect();
    let orders: Vec<OrderAgreement> =
        names.iter().map(|(name, swapped)| order(paired, name, *swapped, [first, second])).collect();
    let labelled = paired.iter().filter(|pair| pair.expected.is_some()).count() as u64;
    let verdicts: Vec<(u64, f64)> = paired
        .iter()
        .flat_map(|pair| pair.orders.iter().filter_map(|verdict| Some((pair.index, pair.is_right(verdict)?))))
        .map(|(pair, right)| (pair, f64::from(u8::from(right))))
        .collect();
    let average = clustered_mean(&verdicts, FewClusters::Corrected);
    let right: u64 = orders.iter().map(|order| order.correct.count).sum();
    let whole = |pair: &&&Paired| pair.read() == pair.orders.len();
    let all_right = |pair: &&&Paired| pair.orders.iter().all(|verdict| pair.is_right(verdict) == Some(true));
    let read_in_all = || paired.iter().filter(whole);
    Some(PairAgreement {
        pairs: paired.len() as u64,
        labelled,
        average: average.map(|average| average.value),
        average_interval: average
            .and_then(|average| average.interval(LEVEL))
            .map(|interval| interval.within(0.0, 1.0)),
        average_of_all: Rate::of(right, labelled * orders.len() as u64).rate,
        all_correct: Rate::of(
            read_in_all().filter(all_right).count() as u64,
            read_in_all().filter(|pair| pair.expected.is_some()).count() as u64,
        ),
        consistent: Rate::of(
            read_in_all().filter(|pair| same(&pair.orders)).count() as u64,
            read_in_all().count() as u64,
        ),
        unread_in_all: paired.iter().filter(|pair| pair.read() == 0).count() as u64,
        first_shown: first_shown(paired, first, second),
        orders,
    })
}

fn order(paired: &[&Paired], name: &str, swapped: bool, preferring: [&str; 2]) -> OrderAgreement {
    let of_order = || {
        paired.iter().flat_map(|pair| {
            pair.orders.iter().filter(|verdict| verdict.order == name).map(move |verdict| (pair, verdict))
        })
    };
    let right: Vec<bool> = of_order().filter_map(|(pair, verdict)| pair.is_right(verdict)).collect();
    let tied = |label: &String| !preferring.contains(&label.as_str());
    OrderAgreement {
        order: name.to_owned(),
        swapped,
        correct: Rate::of(right.iter().filter(|right| **right).count() as u64, right.len() as u64),
        ties: of_order().filter(|(_, verdict)| verdict.label.as_ref().is_some_and(tied)).count() as u64,
        unread: of_order().filter(|(_, verdict)| verdict.label.is_none()).count() as u64,
    }
}

fn same(orders: &[OrderVerdict]) -> bool {
    orders.windows(2).all(|pair| matches!(pair, [left, right] if left.label == right.label))
}

fn first_shown(paired: &[&Paired], first: &str, second: &str) -> Rate {
    let verdicts = paired.iter().flat_map(|pair| &pair.orders);
    let chosen: Vec<bool> = verdicts
        .filter_map(|verdict| match verdict.label.as_deref() {
            Some(label) if label == first => Some(!verdict.swapped),
            Some(label) if label == second => Some(verdict.swapped),
            _ => None,
        })
        .collect();
    Rate::of(chosen.iter().filter(|first| **first).count() as u64, chosen.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pair with its label and what was said in either order, `-` for nothing.
    fn pair(index: u64, expected: &str, said: [&str; 2]) -> Paired {
        let verdict = |(label, order): (&str, &str)| OrderVerdict {
            order: order.into(),
            swapped: order == "ba",
            label: (label != "-").then(|| label.to_owned()),
            unscored: None,
        };
        let orders = said.into_iter().zip(["ab", "ba"]).map(verdict).collect();
        Paired { index, tags: Vec::new(), expected: Some(expected.into()), orders }
    }

    #[test]
    fn a_judge_that_always_takes_the_first_is_right_half_the_time_and_never_consistent() {
        let always_first: Vec<Paired> = (0..10).map(|index| pair(index, "1", ["1", "2"])).collect();
        let found = pairs(&always_first.iter().collect::<Vec<_>>(), "1", "2").unwrap();
        assert_eq!(found.average, Some(0.5));
        assert_eq!((found.all_correct.count, found.consistent.count), (0, 0));
        assert_eq!((found.first_shown.count, found.first_shown.n), (20, 20));
    }

    #[test]
    fn what_was_not_read_is_counted_and_not_wrong() {
        let paired = [pair(0, "1", ["1", "1"]), pair(1, "2", ["2", "-"]), pair(2, "1", ["-", "-"])];
        let found = pairs(&paired.iter().collect::<Vec<_>>(), "1", "2").unwrap();
        assert_eq!(found.average, Some(1.0));
        assert_eq!(found.average_of_all, Some(0.5));
        assert_eq!((found.all_correct.count, found.all_correct.n, found.unread_in_all), (1, 1, 1));
        assert_eq!(found.orders.iter().map(|order| order.unread).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(found.consistent.n, 1);
    }
}
