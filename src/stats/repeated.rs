//! The mean over items that were each measured several times.

use serde::{Deserialize, Serialize};

use super::estimate::Estimate;
use super::moments::Moments;
use super::real::{length, real};

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
            self.noise.add(variance / length(values.len()));
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
