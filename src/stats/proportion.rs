//! A rate of successes with its intervals, and the difference of two rates: independent (Newcombe) or over
//! the same items (Tango).

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::{beta, normal};
use crate::number::real;

/// `successes` out of `n`. Everything is `None` for `n == 0` or `successes > n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proportion {
    /// How many succeeded, at most `n`.
    pub successes: u64,
    /// How many were tried.
    pub n: u64,
}

/// Wilson's interval of a share of n items; n need not be a whole number.
pub(super) fn wilson(rate: f64, n: f64, level: f64) -> Option<Interval> {
    let z = normal::critical(level)?;
    let shrink = 1.0 + z * z / n;
    let center = (rate + z * z / (2.0 * n)) / shrink;
    let reach = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt() / shrink;
    Some(Interval { low: (center - reach).max(0.0), high: (center + reach).min(1.0), level })
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
        let found = wilson(self.rate()?, real(self.n), level)?;
        // At 0 and n the ends are exact; rounding must not move them.
        Some(Interval {
            low: if self.successes == 0 { 0.0 } else { found.low },
            high: if self.successes == self.n { 1.0 } else { found.high },
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

/// The interval for `left − right` from both rates' Wilson intervals (Newcombe 1998, method 10).
///
/// For rates of different items. For the same items use the paired [`super::PairedOutcomes`].
/// `None` where either rate is undefined.
#[must_use]
pub fn newcombe(left: Proportion, right: Proportion, level: f64) -> Option<Interval> {
    let (left_rate, right_rate) = (left.rate()?, right.rate()?);
    let (left, right) = (left.wilson(level)?, right.wilson(level)?);
    let difference = left_rate - right_rate;
    let below = (left_rate - left.low).hypot(right.high - right_rate);
    let above = (left.high - left_rate).hypot(right_rate - right.low);
    Some(Interval { low: difference - below, high: difference + above, level })
}

/// Pass/fail outcomes of two sides on the same items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairedOutcomes {
    /// Items that passed on the left side alone.
    pub only_left: u64,
    /// Items that passed on the right side alone.
    pub only_right: u64,
    /// All items, at least `only_left + only_right`.
    pub n: u64,
}

impl PairedOutcomes {
    /// Counts the items; `None` for unequal lengths.
    #[must_use]
    pub fn of(left: &[bool], right: &[bool]) -> Option<Self> {
        if left.len() != right.len() {
            return None;
        }
        Some(left.iter().zip(right).fold(Self::default(), |counted, (&left, &right)| Self {
            only_left: counted.only_left + u64::from(left && !right),
            only_right: counted.only_right + u64::from(right && !left),
            n: counted.n + 1,
        }))
    }

    /// The left rate minus the right rate, in `-1..=1`.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        let sound = self.n > 0 && self.only_left + self.only_right <= self.n;
        sound.then(|| (real(self.only_left) - real(self.only_right)) / real(self.n))
    }

    /// `McNemar`'s exact two-sided p-value: see [`super::mcnemar_exact`].
    #[must_use]
    pub fn mcnemar_exact(&self) -> f64 {
        super::significance::mcnemar_exact(self.only_left, self.only_right)
    }

    /// The score interval for the difference (Tango 1998). It exists and is not a point even
    /// when no item differs, and needs no large sample.
    #[must_use]
    pub fn tango(&self, level: f64) -> Option<Interval> {
        let difference = self.difference()?;
        let reach = normal::critical(level)?;
        Some(Interval {
            low: self.solve(-1.0, difference, reach),
            high: self.solve(difference, 1.0, -reach),
            level,
        })
    }

    /// The one-sided p-value against "left is worse than right by `margin` or more" (Tango 1998):
    /// small means that left is not inferior. `margin` in `0..1`.
    #[must_use]
    pub fn non_inferiority(&self, margin: f64) -> Option<f64> {
        self.difference()?;
        (0.0..1.0).contains(&margin).then(|| normal::cdf(-self.score(-margin)))
    }

    /// The one-sided p-value against "left is worse than right by at most `margin`": small means
    /// a regression beyond the margin. `margin` in `0..1`.
    #[must_use]
    pub fn regression(&self, margin: f64) -> Option<f64> {
        self.difference()?;
        (0.0..1.0).contains(&margin).then(|| normal::cdf(self.score(-margin)))
    }

    /// The score statistic of the hypothesis that the true difference is `delta`: standard normal
    /// under it, falling in `delta`.
    fn score(&self, delta: f64) -> f64 {
        let (left, right, n) = (real(self.only_left), real(self.only_right), real(self.n));
        let excess = left - right - n * delta;
        // The likelihood's maximum, given the difference, is a root of a quadratic.
        let b = -left - right + (2.0 * n - left + right) * delta;
        let c = -right * delta * (1.0 - delta);
        let right_rate = ((b * b - 8.0 * n * c).max(0.0).sqrt() - b) / (4.0 * n);
        let variance = n * (2.0 * right_rate + delta * (1.0 - delta));
        if variance > 0.0 {
            excess / variance.sqrt()
        } else if excess == 0.0 {
            0.0
        } else {
            f64::INFINITY.copysign(excess)
        }
    }

    /// Where between `low` and `high` the falling score passes `target`.
    fn solve(&self, mut low: f64, mut high: f64, target: f64) -> f64 {
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high || high - low < 1e-15 {
                return middle;
            }
            if self.score(middle) > target {
                low = middle;
            } else {
                high = middle;
            }
        }
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

    #[test]
    fn reference_values() {
        let interval = newcombe(Proportion::new(82, 100), Proportion::new(92, 100), 0.95).unwrap();
        assert!((interval.low + 0.195_005).abs() < 1e-6);
        assert!((interval.high + 0.005_840).abs() < 1e-6);
    }

    /// Newcombe 1998, table II, examples (a) 56/70 − 48/80 and (f) 10/10 − 0/20.
    #[test]
    fn published_examples() {
        let interval = newcombe(Proportion::new(56, 70), Proportion::new(48, 80), 0.95).unwrap();
        assert_eq!(format!("{interval:.4}"), "0.0524 to 0.3339");
        let interval = newcombe(Proportion::new(10, 10), Proportion::new(0, 20), 0.95).unwrap();
        assert_eq!(format!("{interval:.4}"), "0.6791 to 1.0000");
    }

    #[test]
    fn undefined_without_trials_newcombe() {
        assert_eq!(newcombe(Proportion::new(0, 0), Proportion::new(1, 2), 0.95), None);
    }

    fn outcomes(only_left: u64, only_right: u64, n: u64) -> PairedOutcomes {
        PairedOutcomes { only_left, only_right, n }
    }

    #[test]
    fn sides_mirror_each_other() {
        let left = outcomes(9, 4, 60).tango(0.95).unwrap();
        let right = outcomes(4, 9, 60).tango(0.95).unwrap();
        assert!((left.low + right.high).abs() < 1e-9 && (left.high + right.low).abs() < 1e-9);
    }

    #[test]
    fn the_interval_is_where_the_test_does_not_reject() {
        let outcomes = outcomes(2, 12, 80);
        let interval = outcomes.tango(0.90).unwrap();
        assert!((outcomes.non_inferiority(-interval.low).unwrap() - 0.05).abs() < 1e-9);
        assert!((outcomes.regression(-interval.high).unwrap() - 0.05).abs() < 1e-9);
    }

    #[test]
    fn no_differing_item_still_gives_an_interval() {
        let interval = outcomes(0, 0, 50).tango(0.95).unwrap();
        // z²/(n + z²), as for the Wilson interval of no event.
        assert!((interval.high - 3.841_458_8 / 53.841_458_8).abs() < 1e-6, "{interval:?}");
        assert!((interval.low + interval.high).abs() < 1e-9);
    }

    #[test]
    fn extreme_and_undefined() {
        let all = outcomes(10, 0, 10).tango(0.95).unwrap();
        assert!((all.high - 1.0).abs() < 1e-9 && all.low > 0.4);
        assert_eq!(outcomes(0, 0, 0).tango(0.95), None);
        assert_eq!(outcomes(3, 3, 5).tango(0.95), None);
        assert_eq!(outcomes(1, 1, 5).non_inferiority(1.0), None);
        assert_eq!(PairedOutcomes::of(&[true], &[]), None);
        let counted = PairedOutcomes::of(&[true, true, false], &[true, false, true]).unwrap();
        assert_eq!(counted, super::PairedOutcomes { only_left: 1, only_right: 1, n: 3 });
    }
}
