//! Shares and agreement of items that were drawn at unequal rates, each weighted by how many it stands for.

use super::interval::Interval;
use super::proportion::wilson;
use super::sum::sum;

/// A share of weighted items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WeightedShare {
    /// The share in `0..=1`: the weights of the items that count, by all weights.
    pub(crate) rate: f64,
    /// Wilson's interval at the effective number of items (Korn & Graubard 1998).
    pub(crate) interval: Interval,
}

/// How many items drawn at one rate these are worth: (Σw)² / Σw² (Kish 1965). `None` without items, and where a weight
/// is not a number above 0.
#[must_use]
pub(crate) fn effective_n(weights: &[f64]) -> Option<f64> {
    let is_sound = !weights.is_empty() && weights.iter().all(|weight| weight.is_finite() && *weight > 0.0);
    let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
    Some(sum(weights).filter(|_| is_sound)?.powi(2) / sum(&squares)?)
}

/// The share of the items that count. `None` as for [`effective_n`].
#[must_use]
pub(crate) fn weighted_share(items: &[(f64, bool)], level: f64) -> Option<WeightedShare> {
    let weights: Vec<f64> = items.iter().map(|(weight, _)| *weight).collect();
    let counted: Vec<f64> = items.iter().filter(|(_, counts)| *counts).map(|(weight, _)| *weight).collect();
    let n = effective_n(&weights)?;
    let rate = (sum(&counted).unwrap_or(0.0) / sum(&weights)?).clamp(0.0, 1.0);
    Some(WeightedShare { rate, interval: wilson(rate, n, level)? })
}

/// Cohen's κ (1960) of labels and verdicts, by weights instead of counts; each is the place among `size` verdicts.
/// `None` where all are one and the same.
#[must_use]
pub(crate) fn weighted_kappa(items: &[(f64, (usize, usize))], size: usize) -> Option<f64> {
    let weight_of = |counts: &dyn Fn((usize, usize)) -> bool| {
        let own: Vec<f64> =
            items.iter().filter(|(_, pair)| counts(*pair)).map(|(weight, _)| *weight).collect();
        sum(&own).unwrap_or(0.0)
    };
    let all = weight_of(&|_| true);
    let same = weight_of(&|(label, verdict)| label == verdict) / all;
    let by_chance: f64 = (0..size)
        .map(|at| {
            weight_of(&|(label, _)| label == at) * weight_of(&|(_, verdict)| verdict == at) / (all * all)
        })
        .sum();
    (all > 0.0 && by_chance < 1.0).then(|| (same - by_chance) / (1.0 - by_chance))
}

#[cfg(test)]
mod tests {
    use super::super::{Proportion, Table, Weighting, cohen_kappa};
    use super::*;

    #[test]
    fn equal_weights_are_no_weights() {
        for weight in [1.0, 7.5] {
            let items: Vec<(f64, bool)> = (0..40).map(|n| (weight, n % 5 != 0)).collect();
            let found = weighted_share(&items, 0.95).unwrap();
            let plain = Proportion::new(32, 40).wilson(0.95).unwrap();
            assert!((found.rate - 0.8).abs() < 1e-12);
            assert!((found.interval.low - plain.low).abs() < 1e-12, "{found:?}");
            assert!((found.interval.high - plain.high).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn an_item_that_stands_for_three_counts_as_three() {
        let pairs = [(0, 0), (0, 1), (1, 1), (1, 1), (1, 0), (0, 0), (1, 1)];
        let weights = [1.0, 3.0, 2.0, 1.0, 1.0, 3.0, 2.0];
        let weighted: Vec<(f64, (usize, usize))> = weights.into_iter().zip(pairs).collect();
        let repeated: Vec<(usize, usize)> = weighted
            .iter()
            .flat_map(|(weight, pair)| {
                std::iter::repeat_n(
                    *pair,
                    if *weight > 2.5 {
                        3
                    } else if *weight > 1.5 {
                        2
                    } else {
                        1
                    },
                )
            })
            .collect();
        let kappa = cohen_kappa(&Table::of_pairs(2, &repeated), Weighting::Identity).unwrap().value;
        assert!((weighted_kappa(&weighted, 2).unwrap() - kappa).abs() < 1e-12);
        let right: Vec<(f64, bool)> =
            weighted.iter().map(|(w, (label, verdict))| (*w, label == verdict)).collect();
        assert!((weighted_share(&right, 0.95).unwrap().rate - 9.0 / 13.0).abs() < 1e-12);
        // 13² / (1 + 9 + 4 + 1 + 1 + 9 + 4): seven items are worth less than six.
        assert!((effective_n(&weights).unwrap() - 169.0 / 29.0).abs() < 1e-12);
    }

    #[test]
    fn weights_that_are_none_give_nothing() {
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(effective_n(&[1.0, weight]), None);
            assert_eq!(weighted_share(&[(weight, true)], 0.95), None);
        }
        assert_eq!(effective_n(&[]), None);
        assert_eq!(weighted_kappa(&[(1.0, (0, 0)), (2.0, (0, 0))], 2), None);
    }
}
