//! Exact significance tests on paired differences: sign, McNemar and signed-rank; and the p-values of several
//! tests taken together.

use serde::{Deserialize, Serialize};

use super::association::average_ranks;
use super::sum::{all_finite, paired};
use super::{beta, normal};
use crate::number::{real, to_usize};

/// How many paired differences point each way, with the exact sign test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignTest {
    /// Differences above zero.
    pub positive: u64,
    /// Differences below zero.
    pub negative: u64,
    /// Differences of zero, which the test leaves out.
    pub zero: u64,
    /// The two-sided exact p-value; 1 without any difference.
    pub p_value: f64,
}

/// The sign test of `left − right`, item by item. `None` for unequal lengths, no items, or values
/// that are not finite.
#[must_use]
pub fn sign_test(left: &[f64], right: &[f64]) -> Option<SignTest> {
    if !paired(left, right) {
        return None;
    }
    let count = |holds: fn(&f64, &f64) -> bool| {
        left.iter().zip(right).filter(|(left, right)| holds(left, right)).count() as u64
    };
    let positive = count(|left, right| left > right);
    let negative = count(|left, right| left < right);
    Some(SignTest {
        positive,
        negative,
        zero: left.len() as u64 - positive - negative,
        p_value: mcnemar_exact(positive, negative),
    })
}

/// `McNemar`'s exact test: the two-sided p-value for `only_left` items that passed on the left side
/// alone and `only_right` on the right alone (binomial with probability ½). 1 for none.
#[must_use]
pub fn mcnemar_exact(only_left: u64, only_right: u64) -> f64 {
    let fewer = only_left.min(only_right);
    (2.0 * beta::binomial_cdf(fewer, only_left + only_right, 0.5)).min(1.0)
}

/// `McNemar`'s one-sided test with mid-p (Fagerland, Lydersen, and Laake 2013): the p-value of "at least half of
/// the items that changed are of the first kind", small where they are `fewer`. The chance of exactly what was seen
/// counts half. ½ for none.
#[must_use]
pub(super) fn mcnemar_mid_p_fewer(fewer: u64, others: u64) -> f64 {
    let all = fewer + others;
    let below = fewer.checked_sub(1).map_or(0.0, |less| beta::binomial_cdf(less, all, 0.5));
    f64::midpoint(below, beta::binomial_cdf(fewer, all, 0.5))
}

/// Up to this many differences that are not zero, all 2^n sign patterns are counted.
const EXACT_UP_TO: usize = 100;

/// A one-sided signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedRank {
    /// The sum of the ranks of the positive differences, ties sharing their mean rank.
    pub positive_ranks: f64,
    /// P(sum ≤ the one seen): small means that the values lie below the bound.
    pub p_value: f64,
    /// Whether all sign patterns were counted; else the normal approximation was taken.
    pub exact: bool,
}

/// Tests "the values lie symmetrically about `bound`, or higher" against "lower" (Wilcoxon 1945;
/// values equal to the bound are left out).
///
/// Given the sizes of the differences each sign is a coin's throw, so the p-value is exact with
/// ties too. Beyond 100 values it is the normal approximation with the variance of the ranks seen
/// and without correction for continuity. `None` where no value differs from the bound, or for
/// values that are not finite.
#[must_use]
pub fn signed_rank_below(values: &[f64], bound: f64) -> Option<SignedRank> {
    let differences: Vec<f64> =
        values.iter().map(|value| value - bound).filter(|&difference| difference != 0.0).collect();
    if differences.is_empty() || !all_finite(&differences) {
        return None;
    }
    let sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let ranks = average_ranks(&sizes);
    let positive = differences.iter().zip(&ranks).filter(|(difference, _)| **difference > 0.0);
    let positive_ranks: f64 = positive.map(|(_, rank)| rank).sum();
    let exact = ranks.len() <= EXACT_UP_TO;
    let p_value = if exact { counted(&ranks, positive_ranks) } else { approximated(&ranks, positive_ranks) };
    Some(SignedRank { positive_ranks, p_value, exact })
}

/// The share of sign patterns whose positive ranks add up to `sum` or less.
fn counted(ranks: &[f64], sum: f64) -> f64 {
    // Mean ranks are halves, so twice a rank is a whole number.
    let doubled: Vec<usize> = ranks.iter().map(|rank| to_usize((2.0 * rank).round())).collect();
    let mut shares = vec![0.0; doubled.iter().sum::<usize>() + 1];
    shares[0] = 1.0;
    let mut reached = 0;
    for rank in doubled {
        reached += rank;
        for total in (0..=reached).rev() {
            let with = if total >= rank { shares[total - rank] } else { 0.0 };
            shares[total] = f64::midpoint(shares[total], with);
        }
    }
    shares.iter().take(to_usize((2.0 * sum).round()) + 1).sum::<f64>().min(1.0)
}

fn approximated(ranks: &[f64], sum: f64) -> f64 {
    let mean = ranks.iter().sum::<f64>() / 2.0;
    let variance = ranks.iter().map(|rank| rank * rank).sum::<f64>() / 4.0;
    normal::cdf((sum - mean) / variance.sqrt())
}

/// Holm's adjusted p-values (Holm 1979): reject where they are at most α, and the chance of any
/// false rejection is at most α, whatever the dependence. `None` unless all lie in `0..=1`.
#[must_use]
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (step, &index) in order.iter().enumerate() {
        largest = largest.max(real(p_values.len() - step) * p_values[index]);
        adjusted[index] = largest.min(1.0);
    }
    Some(adjusted)
}

/// Benjamini and Hochberg's adjusted p-values (1995): reject where they are at most q, and the
/// expected share of false rejections is at most q for independent tests.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Option<Vec<f64>> {
    step_up(p_values, 1.0)
}

/// Benjamini and Yekutieli's adjusted p-values (2001): as [`benjamini_hochberg`], under any
/// dependence.
#[must_use]
pub fn benjamini_yekutieli(p_values: &[f64]) -> Option<Vec<f64>> {
    step_up(p_values, harmonic(p_values.len()))
}

/// Benjamini and Yekutieli's thresholds for the sorted p-values of `tests` tests: i·q/(m·Σ1/j).
#[must_use]
pub fn benjamini_yekutieli_thresholds(tests: usize, q: f64) -> Vec<f64> {
    let scale = q / (real(tests) * harmonic(tests));
    (1..=tests).map(|rank| real(rank) * scale).collect()
}

fn step_up(p_values: &[f64], penalty: f64) -> Option<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (step, &index) in order.iter().enumerate().rev() {
        let scaled = penalty * real(p_values.len()) / real(step + 1) * p_values[index];
        smallest = smallest.min(scaled);
        adjusted[index] = smallest;
    }
    Some(adjusted)
}

fn ascending(p_values: &[f64]) -> Option<Vec<usize>> {
    if !p_values.iter().all(|p_value| (0.0..=1.0).contains(p_value)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    Some(order)
}

fn harmonic(n: usize) -> f64 {
    (1..=n).map(|term| 1.0 / real(term)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_reference_values() {
        for (left, right, expected) in [
            (9, 0, 0.003_906),
            (10, 2, 0.038_574),
            (15, 5, 0.041_389),
            (20, 8, 0.035_698),
            (6, 6, 1.0),
            (0, 0, 1.0),
        ] {
            let p_value = mcnemar_exact(left, right);
            assert!((p_value - expected).abs() < 1e-6, "{p_value} {expected}");
            assert!((mcnemar_exact(right, left) - p_value).abs() < 1e-12);
        }
    }

    #[test]
    fn zeros_are_left_out() {
        let test = sign_test(&[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0, 1.0, 1.0]).unwrap();
        assert_eq!((test.positive, test.negative, test.zero), (3, 0, 1));
        assert!((test.p_value - 0.25).abs() < 1e-12);
        assert_eq!(sign_test(&[], &[]), None);
        assert_eq!(sign_test(&[1.0], &[f64::NAN]), None);
    }

    #[test]
    fn all_below_is_one_pattern() {
        let test = signed_rank_below(&[1.0, 2.0, 3.0, 4.0, 5.0], 6.0).unwrap();
        assert!((test.p_value - 1.0 / 32.0).abs() < 1e-15 && test.exact);
        assert!(test.positive_ranks.abs() < 1e-15);
    }

    #[test]
    fn ties_by_hand() {
        // Sizes 1, 1, 2 have ranks 1.5, 1.5, 3; sums up to 1.5: none, or one of the two.
        let test = signed_rank_below(&[1.0, -1.0, -2.0, 0.0], 0.0).unwrap();
        assert!((test.positive_ranks - 1.5).abs() < 1e-15);
        assert!((test.p_value - 3.0 / 8.0).abs() < 1e-15);
    }

    #[test]
    fn many_values_agree_with_counting() {
        let values: Vec<f64> = (0..101).map(|i| f64::from(i * 37 % 101) - 55.5).collect();
        let approximate = signed_rank_below(&values, 0.0).unwrap();
        let exact = signed_rank_below(&values[..100], 0.0).unwrap();
        assert!(!approximate.exact && exact.exact);
        assert!((approximate.p_value - exact.p_value).abs() < 0.02);
    }

    #[test]
    fn undefined() {
        assert_eq!(signed_rank_below(&[1.0, 1.0], 1.0), None);
        assert_eq!(signed_rank_below(&[], 0.0), None);
        assert_eq!(signed_rank_below(&[f64::NAN], 0.0), None);
    }

    fn assert_close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
        }
    }

    #[test]
    fn by_hand() {
        let p_values = [0.04, 0.01, 0.03];
        assert_close(&holm(&p_values).unwrap(), &[0.06, 0.03, 0.06]);
        assert_close(&benjamini_hochberg(&p_values).unwrap(), &[0.04, 0.03, 0.04]);
        let c = 1.0 + 0.5 + 1.0 / 3.0;
        assert_close(&benjamini_yekutieli(&p_values).unwrap(), &[0.04 * c, 0.03 * c, 0.04 * c]);
    }

    #[test]
    fn threshold_reference_values() {
        let thresholds = benjamini_yekutieli_thresholds(3, 0.05);
        assert_close(&thresholds, &[0.009_091, 0.018_182, 0.027_273]);
    }

    #[test]
    fn no_tests_and_no_probabilities() {
        assert_eq!(holm(&[]), Some(vec![]));
        assert_eq!(holm(&[0.5, 1.5]), None);
        assert_eq!(benjamini_yekutieli(&[f64::NAN]), None);
    }
}
