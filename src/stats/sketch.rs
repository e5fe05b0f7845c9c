//! Quantiles of a stream in little memory, with a bounded relative error.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
        let rank = (probability * super::real::real(self.n() - 1)).floor();
        let mut seen = 0;
        for (value, count) in self.ascending() {
            seen += count;
            if super::real::real(seen) > rank {
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
    #[expect(clippy::cast_possible_truncation, reason = "below 709/1e-6 in size")]
    fn bucket(&self, size: f64) -> i32 {
        (size.ln() / self.ln_gamma()).ceil() as i32
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
