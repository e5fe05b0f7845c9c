//! Wilcoxon's signed-rank test, exact with ties.

use serde::{Deserialize, Serialize};

use super::normal;
use super::rank::average_ranks;
use super::real::all_finite;

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
    let doubled: Vec<usize> = ranks.iter().map(|rank| whole(2.0 * rank)).collect();
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
    shares.iter().take(whole(2.0 * sum) + 1).sum::<f64>().min(1.0)
}

fn approximated(ranks: &[f64], sum: f64) -> f64 {
    let mean = ranks.iter().sum::<f64>() / 2.0;
    let variance = ranks.iter().map(|rank| rank * rank).sum::<f64>() / 4.0;
    normal::cdf((sum - mean) / variance.sqrt())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of ranks: not negative, and far below 2^53"
)]
fn whole(value: f64) -> usize {
    value.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
