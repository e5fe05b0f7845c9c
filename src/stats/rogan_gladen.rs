//! The true pass rate behind an imperfect judge's pass rate.

use super::interval::Interval;
use super::normal;
use super::proportion::Proportion;
use crate::number::{real, rounded};

/// A judge's pass rate, with how often it is right on labelled items (Rogan & Gladen 1978; the
/// interval is Lee 2025, arXiv 2511.21140).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedRate {
    /// The share of items that the judge passed, in `0..=1`.
    pub passed: f64,
    /// How many items were judged.
    pub n: u64,
    /// The judge's specificity on the truly bad labelled items.
    pub specificity: f64,
    /// How many truly bad items were labelled.
    pub bad_labelled: u64,
    /// The judge's sensitivity on the truly good labelled items.
    pub sensitivity: f64,
    /// How many truly good items were labelled.
    pub good_labelled: u64,
}

impl JudgedRate {
    /// From counts: judged passes, bad items failed, good items passed. `None` where one is empty.
    #[must_use]
    pub fn new(passed: Proportion, specificity: Proportion, sensitivity: Proportion) -> Option<Self> {
        Some(Self {
            passed: passed.rate()?,
            n: passed.n,
            specificity: specificity.rate()?,
            bad_labelled: specificity.n,
            sensitivity: sensitivity.rate()?,
            good_labelled: sensitivity.n,
        })
    }

    /// The corrected rate, in `0..=1`. `None` where the judge is no better than chance
    /// (specificity + sensitivity ≤ 1).
    #[must_use]
    pub fn corrected(&self) -> Option<f64> {
        if !self.is_sound() {
            return None;
        }
        let rate = corrected(self.passed, self.specificity, self.sensitivity)?;
        Some(rate.clamp(0.0, 1.0))
    }

    /// Its interval, cut to `0..=1`, counting the noise of the judged and of the labelled items.
    /// It can miss [`JudgedRate::corrected`] by a little, as it is centred on shrunken rates.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        self.corrected()?;
        let z = normal::critical(level)?;
        let n = real(self.n) + z * z;
        let passed = (real(self.n) * self.passed + z * z / 2.0) / n;
        let (specificity, bad) = shrunk(self.specificity, self.bad_labelled);
        let (sensitivity, good) = shrunk(self.sensitivity, self.good_labelled);
        // Not clipped here: only the ends are.
        let rate = corrected(passed, specificity, sensitivity)?;
        let bad_noise = specificity * (1.0 - specificity) / bad;
        let good_noise = sensitivity * (1.0 - sensitivity) / good;
        let shift = 2.0 * z * z * (rate * good_noise - (1.0 - rate) * bad_noise);
        let variance =
            passed * (1.0 - passed) / n + (1.0 - rate).powi(2) * bad_noise + rate.powi(2) * good_noise;
        let error = variance.sqrt() / (specificity + sensitivity - 1.0);
        Some(Interval::normal(rate + shift, error, level)?.within(0.0, 1.0))
    }

    fn is_sound(&self) -> bool {
        let rates = [self.passed, self.specificity, self.sensitivity];
        let counts = [self.n, self.bad_labelled, self.good_labelled];
        rates.iter().all(|rate| (0.0..=1.0).contains(rate)) && !counts.contains(&0)
    }
}

/// How many of the items to be labelled should be bad and good ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Items that the judge fails, expected to be truly bad.
    pub bad: u64,
    /// Items that the judge passes, expected to be truly good.
    pub good: u64,
}

/// Splits `labels` between bad and good items so that the corrected rate's interval is shortest
/// (Lee 2025), from a pilot of `pilot` labels each. `passed` is the judge's pass rate. `None` for
/// rates outside `0..=1`, a pass rate of 0, or fewer labels than two pilots.
#[must_use]
pub fn allocate_labels(
    labels: u64,
    passed: f64,
    specificity: f64,
    sensitivity: f64,
    pilot: u64,
) -> Option<Allocation> {
    let sound = [passed, specificity, sensitivity].iter().all(|rate| (0.0..=1.0).contains(rate));
    let most = labels.checked_sub(pilot)?;
    if !sound || passed <= 0.0 || most < pilot || labels == 0 {
        return None;
    }
    let misses = |rate: f64| real(pilot) * (1.0 - rate) + 1.0;
    let ratio = (misses(specificity) / misses(sensitivity)).sqrt();
    let good = real(labels) / (1.0 + (1.0 / passed - 1.0) * ratio);
    let good = rounded(good).clamp(pilot, most);
    Some(Allocation { bad: labels - good, good })
}

/// (p + q₀ − 1)/(q₀ + q₁ − 1), not clipped.
fn corrected(passed: f64, specificity: f64, sensitivity: f64) -> Option<f64> {
    let skill = specificity + sensitivity - 1.0;
    (skill > 1e-12).then(|| (passed + specificity - 1.0) / skill)
}

/// A rate with one success and one failure added, and its new count.
fn shrunk(rate: f64, count: u64) -> (f64, f64) {
    let more = real(count) + 2.0;
    ((real(count) * rate + 1.0) / more, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(passed: f64, rates: [f64; 2], counts: [u64; 3]) -> JudgedRate {
        JudgedRate {
            passed,
            n: counts[0],
            specificity: rates[0],
            bad_labelled: counts[1],
            sensitivity: rates[1],
            good_labelled: counts[2],
        }
    }

    #[test]
    fn reference_values() {
        for (passed, rates, counts, expected) in [
            (0.4, [0.7, 0.9], [1000, 200, 200], [0.166_667, 0.056_351, 0.262_733]),
            (0.8, [0.9, 0.95], [500, 50, 50], [0.823_529, 0.756_504, 0.923_699]),
            (0.9, [0.8, 0.9], [200, 100, 100], [1.0, 0.900_272, 1.0]),
        ] {
            let judged = judged(passed, rates, counts);
            let interval = judged.interval(0.95).unwrap();
            let actual = [judged.corrected().unwrap(), interval.low, interval.high];
            for (actual, expected) in actual.iter().zip(expected) {
                assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
            }
        }
    }

    #[test]
    fn allocation_reference_value() {
        let allocation = allocate_labels(200, 0.4, 0.7, 0.9, 10);
        assert_eq!(allocation, Some(Allocation { bad: 136, good: 64 }));
    }

    #[test]
    fn allocation_keeps_the_pilots() {
        let allocation = allocate_labels(40, 0.01, 0.7, 0.9, 10);
        assert_eq!(allocation, Some(Allocation { bad: 30, good: 10 }));
        assert_eq!(allocate_labels(15, 0.4, 0.7, 0.9, 10), None);
        assert_eq!(allocate_labels(200, 0.0, 0.7, 0.9, 10), None);
    }

    #[test]
    fn a_judge_by_chance_says_nothing() {
        assert_eq!(judged(0.5, [0.5, 0.5], [100, 50, 50]).corrected(), None);
        assert_eq!(judged(0.5, [0.9, 0.9], [100, 0, 50]).interval(0.95), None);
        let none = Proportion::new(0, 0);
        assert_eq!(JudgedRate::new(Proportion::new(1, 2), none, none), None);
    }
}
