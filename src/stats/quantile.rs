//! Quantiles of a slice, outliers by the modified z-score, and quantiles of a stream in little memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sum::all_finite;
use crate::number::{real, to_i32, to_usize};

/// The quantile at `probability` in `0..=1`, interpolated linearly between order statistics
/// (Hyndman & Fan 1996, type 7: the default of R and `NumPy`). `None` for no values.
#[must_use]
pub fn quantile(values: &[f64], probability: f64) -> Option<f64> {
    if !all_finite(values) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted_quantile(&sorted, probability)
}

/// The middle value, or the mean of the two middle values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median absolute deviation from the median, unscaled.
#[must_use]
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let center = median(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    median(&deviations)
}

/// [`quantile`] of values sorted already.
pub(super) fn sorted_quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&probability) {
        return None;
    }
    let (low, share) = position(sorted.len().checked_sub(1)?, probability);
    let here = sorted[low];
    let next = sorted.get(low + 1).copied().unwrap_or(here);
    // Halved differences cannot overflow.
    Some((here + share * 2.0 * (next / 2.0 - here / 2.0)).clamp(here, next))
}

/// The whole and the fractional part of `probability · last`.
fn position(last: usize, probability: f64) -> (usize, f64) {
    let place = probability * real(last);
    let whole = place.floor();
    (to_usize(whole), place - whole)
}

/// Beyond this size a modified z-score marks an outlier (Iglewicz & Hoaglin 1993).
pub const OUTLIER: f64 = 3.5;

/// The normal distribution's median absolute deviation in standard deviations.
const MAD_OF_NORMAL: f64 = 0.674_489_750_196_081_7;
/// A standard deviation of the normal distribution in mean absolute deviations: √(π/2).
const MEAN_DEVIATIONS: f64 = 1.253_314_137_315_500_3;

/// How far each value lies from the median, in robust standard deviations (Iglewicz & Hoaglin
/// 1993): 0.6745·(x − median)/MAD.
///
/// Where more than half of the values are equal the MAD is 0, and the mean absolute deviation
/// takes its place; where all are equal every score is 0. `None` for no values.
#[must_use]
pub fn modified_z_scores(values: &[f64]) -> Option<Vec<f64>> {
    let center = median(values)?;
    let mad = median_absolute_deviation(values)?;
    let scale =
        if mad > 0.0 { mad / MAD_OF_NORMAL } else { MEAN_DEVIATIONS * mean_deviation(values, center) };
    let score = |value: &f64| {
        if scale > 0.0 { ((value - center) / scale).clamp(-f64::MAX, f64::MAX) } else { 0.0 }
    };
    Some(values.iter().map(score).collect())
}

/// The positions of the outliers: values whose modified z-score is beyond [`OUTLIER`].
#[must_use]
pub fn outliers(values: &[f64]) -> Vec<usize> {
    let scores = modified_z_scores(values).unwrap_or_default();
    let is_outlier = |&(_, score): &(usize, f64)| score.abs() > OUTLIER;
    scores.into_iter().enumerate().filter(is_outlier).map(|(position, _)| position).collect()
}

fn mean_deviation(values: &[f64], center: f64) -> f64 {
    values.iter().map(|value| (value - center).abs() / real(values.len())).sum()
}

/// Counts of a stream in logarithmic buckets (`DDSketch`: Masson, Rim & Lee 2019).
///
/// A quantile is off by at most the stated relative error. Sketches merge without loss, and the
/// result does not depend on the order of values or merges. With 1 % error, latencies from a
/// microsecond to a day need about 1,300 buckets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantileSketch {
    relative_error: f64,
    positive: BTreeMap<i32, u64>,
    negative: BTreeMap<i32, u64>,
    zeros: u64,
    range: Option<(f64, f64)>,
}

impl QuantileSketch {
    /// An empty sketch; `relative_error` inside `0..1`, for example 0.01, else `None`.
    #[must_use]
    pub fn new(relative_error: f64) -> Option<Self> {
        // Below 1e-6 the buckets' numbers would overflow.
        (1e-6..1.0).contains(&relative_error).then(|| Self {
            relative_error,
            positive: BTreeMap::new(),
            negative: BTreeMap::new(),
            zeros: 0,
            range: None,
        })
    }

    /// Counts one value; one that is not finite is left out.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let (low, high) = self.range.unwrap_or((value, value));
        self.range = Some((low.min(value), high.max(value)));
        // Below the smallest normal number a logarithm's bucket would be too coarse.
        if value.abs() < f64::MIN_POSITIVE {
            self.zeros += 1;
            return;
        }
        let bucket = self.bucket(value.abs());
        let side = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        *side.entry(bucket).or_default() += 1;
    }

    /// Both streams together; `None` if the relative errors differ.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Option<Self> {
        if self.relative_error.total_cmp(&other.relative_error).is_ne() {
            return None;
        }
        add_counts(&mut self.positive, &other.positive);
        add_counts(&mut self.negative, &other.negative);
        self.zeros += other.zeros;
        self.range = match (self.range, other.range) {
            (Some((low, high)), Some((other_low, other_high))) => {
                Some((low.min(other_low), high.max(other_high)))
            }
            (mine, theirs) => mine.or(theirs),
        };
        Some(self)
    }

    /// How many values were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.zeros + self.positive.values().sum::<u64>() + self.negative.values().sum::<u64>()
    }

    /// The smallest value, exactly.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.range.map(|(low, _)| low)
    }

    /// The largest value, exactly.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.range.map(|(_, high)| high)
    }

    /// The value of rank ⌊`probability`·(n − 1)⌋, within the relative error; `None` for no values.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        let (low, high) = self.range?;
        if !(0.0..=1.0).contains(&probability) {
            return None;
        }
        let rank = (probability * real(self.n() - 1)).floor();
        let mut seen = 0;
        for (value, count) in self.ascending() {
            seen += count;
            if real(seen) > rank {
                return Some(value.clamp(low, high));
            }
        }
        Some(high)
    }

    /// The buckets' middle values with their counts, in rising order.
    fn ascending(&self) -> impl Iterator<Item = (f64, u64)> {
        let negative = self.negative.iter().rev().map(|(&bucket, &count)| (-self.middle(bucket), count));
        let positive = self.positive.iter().map(|(&bucket, &count)| (self.middle(bucket), count));
        negative.chain([(0.0, self.zeros)]).chain(positive)
    }

    /// The bucket i that holds γ^(i−1) < size ≤ γ^i.
    fn bucket(&self, size: f64) -> i32 {
        to_i32((size.ln() / self.ln_gamma()).ceil())
    }

    /// The point of a bucket whose relative distance to both ends is the same.
    fn middle(&self, bucket: i32) -> f64 {
        // γ^i·2/(γ+1) is γ^i·(1 − error); the factor inside the exponent keeps it from overflowing.
        (f64::from(bucket) * self.ln_gamma() + (-self.relative_error).ln_1p()).exp().min(f64::MAX)
    }

    /// ln γ with γ = (1 + error)/(1 − error).
    fn ln_gamma(&self) -> f64 {
        self.relative_error.ln_1p() - (-self.relative_error).ln_1p()
    }
}

fn add_counts(counts: &mut BTreeMap<i32, u64>, more: &BTreeMap<i32, u64>) {
    for (&bucket, &count) in more {
        *counts.entry(bucket).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_seven_by_hand() {
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert_eq!(quantile(&values, 0.4), Some(29.0));
        assert_eq!(quantile(&values, 0.0), Some(15.0));
        assert_eq!(quantile(&values, 1.0), Some(50.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median_absolute_deviation(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Some(1.0));
    }

    #[test]
    fn undefined_without_values_or_a_probability() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, f64::NAN]), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 0.5), Some(0.0));
    }

    #[test]
    fn a_cold_start_stands_out() {
        let latencies = [102.0, 98.0, 101.0, 99.0, 100.0, 640.0];
        assert_eq!(outliers(&latencies), [5]);
        let scores = modified_z_scores(&latencies).unwrap();
        // Median 100.5, MAD 1.5.
        assert!((scores[5] - 0.674_489_750_2 * 539.5 / 1.5).abs() < 1e-6);
    }

    #[test]
    fn mostly_equal_values_fall_back_to_the_mean_deviation() {
        let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0];
        assert_eq!(outliers(&values), [9]);
        assert_eq!(modified_z_scores(&[2.0; 4]), Some(vec![0.0; 4]));
        assert_eq!(modified_z_scores(&[]), None);
        assert!(outliers(&[]).is_empty());
    }

    #[test]
    fn quantiles_within_the_error() {
        let mut sketch = QuantileSketch::new(0.01).unwrap();
        for value in 1..=1000 {
            sketch.add(f64::from(value));
        }
        for (probability, exact) in [(0.0, 1.0), (0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let value = sketch.quantile(probability).unwrap();
            assert!((value / exact - 1.0).abs() <= 0.0101, "{probability} {value}");
        }
        assert_eq!(sketch.n(), 1000);
    }

    #[test]
    fn signs_and_zeros_keep_their_order() {
        let mut sketch = QuantileSketch::new(0.01).unwrap();
        for value in [-5.0, 0.0, 5.0, f64::NAN, f64::INFINITY] {
            sketch.add(value);
        }
        assert_eq!(sketch.quantile(0.0), Some(-5.0));
        assert_eq!(sketch.quantile(0.5), Some(0.0));
        assert_eq!(sketch.quantile(1.0), Some(5.0));
        assert_eq!(sketch.n(), 3);
    }

    #[test]
    fn undefined_and_unlike() {
        assert_eq!(QuantileSketch::new(0.0), None);
        assert_eq!(QuantileSketch::new(0.01).unwrap().quantile(0.5), None);
        let fine = QuantileSketch::new(0.001).unwrap();
        assert_eq!(QuantileSketch::new(0.01).unwrap().merged(&fine), None);
    }
}
