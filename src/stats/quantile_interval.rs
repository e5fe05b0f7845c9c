//! Intervals for quantiles from the order of the values alone, whatever their distribution.

use super::beta::binomial_cdf;
use super::quantile::quantile;

/// A quantile with the ends of its interval. An end is `None` where there are too few values for one: 72 have an upper
/// end for the 95th percentile at a level of 0.95, and 368 for the 99th.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct QuantileEstimate {
    /// The quantile of the values.
    pub(crate) value: f64,
    /// The value that the true quantile is not below.
    pub(crate) low: Option<f64>,
    /// The value that the true quantile is not above.
    pub(crate) high: Option<f64>,
}

/// A quantile with its interval by order statistics: of n values the ranks l and u with
/// P(Bin(n, p) < l) ≤ α/2 and P(Bin(n, p) ≥ u) ≤ α/2. `None` without finite values.
pub(crate) fn quantile_estimate(values: &[f64], probability: f64, level: f64) -> Option<QuantileEstimate> {
    let value = quantile(values, probability)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as u64;
    let tail = (1.0 - level) / 2.0;
    let below = |rank: usize| binomial_cdf(rank as u64, n, probability);
    // The ranks are found by bisection: the sums only grow.
    let few = first(sorted.len(), |rank| below(rank) > tail);
    let most = first(sorted.len(), |rank| 1.0 - below(rank) <= tail);
    let low = few.checked_sub(1).and_then(|rank| sorted.get(rank)).copied();
    Some(QuantileEstimate { value, low, high: sorted.get(most).copied() })
}

/// The first number below `end` for which a condition that stays true becomes so; `end` where none is.
fn first(end: usize, is_true: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_true(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::real;
    use crate::stats::Random;

    fn numbers(n: u32) -> Vec<f64> {
        (1..=n).map(f64::from).collect()
    }

    #[test]
    fn the_median_of_a_hundred_lies_between_the_40th_and_the_61st() {
        let estimate = quantile_estimate(&numbers(100), 0.5, 0.95).unwrap();
        assert_eq!((estimate.low, estimate.high), (Some(40.0), Some(61.0)));
        assert_eq!(quantile_estimate(&[], 0.5, 0.95), None);
    }

    #[test]
    fn few_values_have_no_upper_end_for_a_high_quantile() {
        let high = |n, p| quantile_estimate(&numbers(n), p, 0.95).unwrap().high;
        assert_eq!((high(71, 0.95), high(72, 0.95)), (None, Some(72.0)));
        assert_eq!((high(367, 0.99), high(368, 0.99)), (None, Some(368.0)));
        assert_eq!(quantile_estimate(&numbers(5), 0.5, 0.95).unwrap().low, None);
        assert_eq!(quantile_estimate(&numbers(6), 0.5, 0.95).unwrap().low, Some(1.0));
    }

    #[test]
    fn the_interval_covers_the_true_quantile_at_least_as_often_as_it_says() {
        let mut random = Random::new(7);
        let mut covered = 0;
        for _ in 0..2000 {
            let values: Vec<f64> = (0..60).map(|_| -random.unit().max(1e-12).ln()).collect();
            let truth = -(0.1_f64).ln();
            let estimate = quantile_estimate(&values, 0.9, 0.95).unwrap();
            let above = estimate.low.is_none_or(|low| low <= truth);
            let below = estimate.high.is_none_or(|high| truth <= high);
            covered += u32::from(above && below);
        }
        assert!(real(u64::from(covered)) / 2000.0 > 0.945, "{covered}");
    }
}
