//! The difference of two rates over the same items.

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::normal;
use super::real::real;

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
        super::sign_test::mcnemar_exact(self.only_left, self.only_right)
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
mod tests {
    use super::*;

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
