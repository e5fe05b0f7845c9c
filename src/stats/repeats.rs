//! Items that were measured several times: pass@k, majorities, means, and how often verdicts flip.

use serde::{Deserialize, Serialize};

use super::beta;
use super::interval::Estimate;
use super::moments::Moments;
use crate::number::real;

/// pass@k: the chance that at least one of `k` tries passes, unbiased from `passed` of `n` tries
/// (Chen 2021, arXiv 2107.03374): 1 − C(n−c, k)/C(n, k). `None` unless `k` and `passed` are at
/// most `n` and `n` > 0.
#[must_use]
pub fn pass_at_k(n: u64, passed: u64, k: u64) -> Option<f64> {
    Some(1.0 - all_drawn_from(n.checked_sub(passed)?, n, k)?)
}

/// pass^k: the chance that all of `k` tries pass, unbiased from `passed` of `n` tries (Yao 2024,
/// arXiv 2406.12045): C(c, k)/C(n, k). `None` as for [`pass_at_k`].
#[must_use]
pub fn pass_hat_k(n: u64, passed: u64, k: u64) -> Option<f64> {
    n.checked_sub(passed)?;
    all_drawn_from(passed, n, k)
}

/// The chance that a majority of `votes` independent votes is wrong (Condorcet 1785) when each is wrong with
/// probability `error`; an even split counts half. `None` for no votes or an error outside `0..=1`.
#[must_use]
pub fn majority_error(error: f64, votes: u64) -> Option<f64> {
    if votes == 0 || !(0.0..=1.0).contains(&error) {
        return None;
    }
    // With an even number the last vote only ever makes or breaks ties: it changes nothing.
    let odd = votes - 1 + votes % 2;
    Some(1.0 - beta::binomial_cdf(odd / 2, odd, error))
}

/// C(part, k)/C(whole, k): the chance that `k` draws without replacement all come from `part`.
fn all_drawn_from(part: u64, whole: u64, k: u64) -> Option<f64> {
    if whole == 0 || k > whole {
        return None;
    }
    if k > part {
        return Some(0.0);
    }
    Some((0..k).map(|drawn| real(part - drawn) / real(whole - drawn)).product())
}

/// Items with several values each, in constant memory.
///
/// An item's score is the mean of its values. The variance of these means has two parts (Miller
/// 2024, arXiv 2411.00640, section 3): ω² + E[σᵢ²/Kᵢ], where ω² is between the items and σᵢ² between the
/// repeats of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    means: Moments,
    /// Of items with at least two values: the sample variance, and the same over their number.
    variances: Moments,
    noise: Moments,
}

impl Repeated {
    /// Adds an item's values; without any it does not count.
    pub fn add(&mut self, values: &[f64]) {
        let moments: Moments = values.iter().copied().collect();
        let Some(mean) = moments.mean() else {
            return;
        };
        self.means.add(mean);
        if let Some(variance) = moments.variance() {
            self.variances.add(variance);
            self.noise.add(variance / real(values.len()));
        }
    }

    /// How many items there are.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.means.n()
    }

    /// The mean of the items' means, with √((ω² + σ²/K)/n) as its error: that of the means themselves.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        self.means.estimate()
    }

    /// σ²: the mean variance between repeats of one item; `None` where no item has two.
    #[must_use]
    pub fn within(&self) -> Option<f64> {
        self.variances.mean()
    }

    /// ω²: the variance between items that no repeat would take away, at least 0. `None` below two
    /// items, or where no item has two values.
    #[must_use]
    pub fn between(&self) -> Option<f64> {
        Some((self.means.variance()? - self.noise.mean()?).max(0.0))
    }

    /// The standard error that the mean would have with `repeats` values of each item:
    /// √((ω² + σ²/K)/n). `None` for 0.
    #[must_use]
    pub fn standard_error_at(&self, repeats: u64) -> Option<f64> {
        let variance = self.between()? + self.within()? / real(repeats);
        (repeats > 0).then(|| (variance / real(self.n())).sqrt())
    }
}

/// The chance that one draw differs from what is usually drawn, from the chance `disagreement`
/// that two draws of an item differ: the smaller root p of 2p(1 − p).
///
/// Unlike the share of draws that differ from their own majority it does not come out too small for few
/// draws. Two draws that differ more often than not (above 1/2) have no usual verdict: 1/2. `None` outside `0..=1`.
#[must_use]
pub fn flip_rate(disagreement: f64) -> Option<f64> {
    (0.0..=1.0)
        .contains(&disagreement)
        .then(|| f64::midpoint(1.0, -(1.0 - 2.0 * disagreement).max(0.0).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pass_reference_values() {
        assert!((pass_at_k(10, 7, 3).unwrap() - 0.991_667).abs() < 1e-6);
        assert!((pass_hat_k(10, 7, 3).unwrap() - 0.291_667).abs() < 1e-6);
    }

    #[test]
    fn pass_at_the_ends() {
        assert_eq!(pass_at_k(5, 0, 2), Some(0.0));
        assert_eq!(pass_at_k(5, 4, 2), Some(1.0));
        assert_eq!(pass_hat_k(5, 5, 5), Some(1.0));
        assert_eq!(pass_at_k(5, 3, 6), None);
        assert_eq!(pass_at_k(5, 6, 2), None);
        assert_eq!(pass_hat_k(0, 0, 0), None);
    }

    #[test]
    fn majority_reference_values() {
        let rows = [
            (0.136, [0.1360, 0.0505, 0.0203, 0.0085, 0.0016]),
            (0.2, [0.2, 0.104, 0.0579, 0.0333, 0.0117]),
            (0.3, [0.3, 0.216, 0.1631, 0.126, 0.0782]),
        ];
        for (error, expected) in rows {
            for (votes, expected) in [1, 3, 5, 7, 11].into_iter().zip(expected) {
                let wrong = majority_error(error, votes).unwrap();
                assert!((wrong - expected).abs() < 5.1e-5, "{error} {votes} {wrong}");
            }
        }
        assert_eq!(majority_error(0.2, 0), None);
        assert_eq!(majority_error(1.0, 3), Some(1.0));
    }

    #[test]
    fn an_even_split_counts_half() {
        // Of two votes: both wrong .04, split .32.
        assert!((majority_error(0.2, 2).unwrap() - 0.2).abs() < 1e-12);
    }

    /// By hand: means 1, 1/2, 0; variances 0, 1/2, 0.
    #[test]
    fn the_variance_is_parted() {
        let mut repeated = Repeated::default();
        for values in [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]] {
            repeated.add(&values);
        }
        let estimate = repeated.estimate().unwrap();
        assert!((estimate.value - 0.5).abs() < 1e-15);
        assert!((estimate.standard_error.unwrap() - (0.25_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((repeated.within().unwrap() - 1.0 / 6.0).abs() < 1e-15);
        assert!((repeated.between().unwrap() - (0.25 - 1.0 / 12.0)).abs() < 1e-15);
        let one = repeated.standard_error_at(1).unwrap();
        assert!((one - ((1.0 / 6.0 + 1.0 / 6.0) / 3.0_f64).sqrt()).abs() < 1e-15);
        // At the repeats there were, the parts make the whole again.
        assert!((repeated.standard_error_at(2).unwrap() - estimate.standard_error.unwrap()).abs() < 1e-15);
    }

    #[test]
    fn noise_alone_leaves_nothing_between_the_items() {
        let mut repeated = Repeated::default();
        repeated.add(&[1.0, 0.0, 1.0]);
        repeated.add(&[0.0, 1.0, 1.0]);
        repeated.add(&[]);
        assert_eq!((repeated.n(), repeated.between()), (2, Some(0.0)));
        assert_eq!(repeated.standard_error_at(0), None);
    }

    #[test]
    fn single_values_say_nothing_of_repeats() {
        let mut repeated = Repeated::default();
        repeated.add(&[1.0]);
        repeated.add(&[0.0]);
        assert!(repeated.estimate().unwrap().standard_error.is_some());
        assert_eq!((repeated.within(), repeated.between()), (None, None));
    }

    #[test]
    fn a_flip_rate_is_found_again_from_two_draws() {
        let rate = 0.136;
        assert!((flip_rate(2.0 * rate * (1.0 - rate)).unwrap() - rate).abs() < 1e-12);
        assert_eq!([flip_rate(0.0), flip_rate(0.5), flip_rate(0.9)], [Some(0.0), Some(0.5), Some(0.5)]);
        assert_eq!(flip_rate(1.1), None);
    }
}
