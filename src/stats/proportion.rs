//! A rate of successes, and exact and score intervals for it.

use serde::{Deserialize, Serialize};

use super::beta;
use super::interval::Interval;
use super::normal;
use super::real::real;

/// `successes` out of `n`. Everything is `None` for `n == 0` or `successes > n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proportion {
    /// How many succeeded, at most `n`.
    pub successes: u64,
    /// How many were tried.
    pub n: u64,
}

impl Proportion {
    /// `successes` out of `n`.
    #[must_use]
    pub fn new(successes: u64, n: u64) -> Self {
        Self { successes, n }
    }

    /// Counts the `true`s.
    #[must_use]
    pub fn of(passes: &[bool]) -> Self {
        passes.iter().fold(Self::default(), |counted, &pass| Self {
            successes: counted.successes + u64::from(pass),
            n: counted.n + 1,
        })
    }

    /// The share of successes, in `0..=1`.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.is_sound().then(|| real(self.successes) / real(self.n))
    }

    /// Wilson's score interval (Wilson 1927): a good default at any n.
    #[must_use]
    pub fn wilson(&self, level: f64) -> Option<Interval> {
        let rate = self.rate()?;
        let z = normal::critical(level)?;
        let n = real(self.n);
        let shrink = 1.0 + z * z / n;
        let center = (rate + z * z / (2.0 * n)) / shrink;
        let reach = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt() / shrink;
        // At 0 and n the ends are exact; rounding must not move them.
        Some(Interval {
            low: if self.successes == 0 { 0.0 } else { (center - reach).max(0.0) },
            high: if self.successes == self.n { 1.0 } else { (center + reach).min(1.0) },
            level,
        })
    }

    /// The exact interval (Clopper & Pearson 1934): covers at least `level`, at the price of width.
    #[must_use]
    pub fn clopper_pearson(&self, level: f64) -> Option<Interval> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let tail = (1.0 - level) / 2.0;
        Some(Interval { low: self.lower_bound(tail)?, high: self.upper_bound(tail)?, level })
    }

    /// The one-sided exact upper bound: the rate lies above it with probability at most `delta`.
    ///
    /// For errors of a judge this is R̂⁺ of *Trust or Escalate* (Jung 2025, arXiv 2407.18370).
    #[must_use]
    pub fn upper_bound(&self, delta: f64) -> Option<f64> {
        let tail_is_sound = delta > 0.0 && delta < 1.0;
        if !self.is_sound() || !tail_is_sound {
            return None;
        }
        if self.successes == self.n {
            return Some(1.0);
        }
        let successes = real(self.successes);
        Some(beta::quantile(successes + 1.0, real(self.n) - successes, 1.0 - delta))
    }

    /// The one-sided exact lower bound: the rate lies below it with probability at most `delta`.
    #[must_use]
    pub fn lower_bound(&self, delta: f64) -> Option<f64> {
        if !self.is_sound() {
            return None;
        }
        let failures = Self::new(self.n - self.successes, self.n);
        Some(1.0 - failures.upper_bound(delta)?)
    }

    fn is_sound(&self) -> bool {
        self.n > 0 && self.successes <= self.n
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    fn assert_interval(interval: Option<Interval>, low: f64, high: f64) {
        let interval = interval.unwrap();
        assert!((interval.low - low).abs() < 1e-6, "{interval:?}");
        assert!((interval.high - high).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn wilson_reference_values() {
        assert_interval(Proportion::new(9, 9).wilson(0.95), 0.700_855, 1.0);
        assert_interval(Proportion::new(45, 50).wilson(0.95), 0.786_398, 0.956_524);
        assert_interval(Proportion::new(0, 20).wilson(0.95), 0.0, 0.161_125);
        assert_interval(Proportion::new(81, 100).wilson(0.95), 0.722_212, 0.874_852);
    }

    #[test]
    fn upper_bound_reference_values() {
        for (errors, n, delta, expected) in [
            (0, 50, 0.1, 0.045_007),
            (5, 100, 0.1, 0.090_771),
            (10, 100, 0.05, 0.163_718),
            (2, 20, 0.1, 0.244_765),
        ] {
            let bound = Proportion::new(errors, n).upper_bound(delta).unwrap();
            assert!((bound - expected).abs() < 1e-6, "{bound} {expected}");
        }
    }

    #[test]
    fn ends_are_exact() {
        assert_eq!(Proportion::new(0, 7).clopper_pearson(0.95).unwrap().low, 0.0);
        assert_eq!(Proportion::new(7, 7).clopper_pearson(0.95).unwrap().high, 1.0);
        assert_eq!(Proportion::new(7, 7).wilson(0.95).unwrap().high, 1.0);
    }

    #[test]
    fn undefined_without_trials() {
        assert_eq!(Proportion::new(0, 0).rate(), None);
        assert_eq!(Proportion::new(0, 0).wilson(0.95), None);
        assert_eq!(Proportion::new(3, 2).clopper_pearson(0.95), None);
        assert_eq!(Proportion::new(1, 2).wilson(1.0), None);
        assert_eq!(Proportion::of(&[true, false, true]), Proportion::new(2, 3));
    }
}
