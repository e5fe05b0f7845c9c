//! Exact tests on which way pairs differ.

use serde::{Deserialize, Serialize};

use super::beta;
use super::real::paired;

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
}
