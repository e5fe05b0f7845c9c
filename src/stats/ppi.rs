//! Prediction-powered inference: a mean from few human labels and many judge scores.

use super::estimate::Estimate;
use super::moments::Moments;
use super::real::{all_finite, length, paired};
use super::sum::mean;

/// A few items with a human label and a judge score, and many with a judge score alone
/// (Angelopoulos 2023, arXiv 2301.09633; tuned: arXiv 2311.01453). The judge may be biased; the
/// labelled items must be a random sample of the same kind of items.
#[derive(Clone, Copy, Debug)]
pub struct PredictionPowered<'a> {
    /// Human labels of the labelled items.
    pub labels: &'a [f64],
    /// Judge scores of the same items, in the same order.
    pub judged: &'a [f64],
    /// Judge scores of the other items.
    pub others: &'a [f64],
}

impl PredictionPowered<'_> {
    /// The mean label over all items, trusting the judge by `weight`: 0 ignores it, 1 is plain
    /// prediction-powered inference. `None` for fewer than two labels, no other items, or values
    /// that are not finite.
    #[must_use]
    pub fn mean(&self, weight: f64) -> Option<Estimate> {
        if !self.is_sound() || !weight.is_finite() {
            return None;
        }
        let corrections: Moments =
            self.labels.iter().zip(self.judged).map(|(label, judged)| label - weight * judged).collect();
        let others: Moments = self.others.iter().copied().collect();
        let variance = weight * weight * others.population_variance()? / length(self.others.len())
            + corrections.population_variance()? / length(self.labels.len());
        Some(Estimate {
            value: weight * others.mean()? + corrections.mean()?,
            standard_error: Some(variance.sqrt()),
        })
    }

    /// The weight with the smallest error (PPI++), in `0..=1`:
    /// Cov(label, score)/((1 + n/N)·Var(score over all items)), the covariance with divisor n, the
    /// variance with its count − 1, as in the authors' code. 0 where scores do not vary.
    #[must_use]
    pub fn best_weight(&self) -> Option<f64> {
        if !self.is_sound() {
            return None;
        }
        let (label_mean, judged_mean) = (mean(self.labels)?, mean(self.judged)?);
        let products: Vec<f64> = self
            .labels
            .iter()
            .zip(self.judged)
            .map(|(label, judged)| (label - label_mean) * (judged - judged_mean))
            .collect();
        let n = length(self.labels.len());
        let covariance = mean(&products)?;
        let all: Moments = self.judged.iter().chain(self.others).copied().collect();
        let scale = (1.0 + n / length(self.others.len())) * all.variance()?;
        Some(if scale > 0.0 { (covariance / scale).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The mean label at the best weight.
    #[must_use]
    pub fn best_mean(&self) -> Option<Estimate> {
        self.mean(self.best_weight()?)
    }

    fn is_sound(&self) -> bool {
        paired(self.labels, self.judged)
            && self.labels.len() > 1
            && !self.others.is_empty()
            && all_finite(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Vec<f64> {
        text.bytes().map(|byte| f64::from(byte - b'0')).collect()
    }

    #[test]
    fn reference_values() {
        let (labels, judged) = (bits("1011010110"), bits("1011110100"));
        let others: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i < 62))).collect();
        let powered = PredictionPowered { labels: &labels, judged: &judged, others: &others };
        let weight = powered.best_weight().unwrap();
        assert!((weight - 0.534_314).abs() < 1e-6, "{weight}");
        for (weight, expected) in [
            (0.0, [0.6, 0.296_364, 0.903_636]),
            (1.0, [0.62, 0.326_948, 0.913_052]),
            (weight, [0.610_686, 0.358_439, 0.862_933]),
        ] {
            let estimate = powered.mean(weight).unwrap();
            let interval = estimate.interval(0.95).unwrap();
            for (actual, expected) in [estimate.value, interval.low, interval.high].iter().zip(expected) {
                assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
            }
        }
    }

    #[test]
    fn a_constant_judge_gets_no_weight() {
        let powered = PredictionPowered { labels: &[1.0, 0.0, 1.0], judged: &[1.0; 3], others: &[1.0; 9] };
        assert_eq!(powered.best_weight(), Some(0.0));
        assert_eq!(PredictionPowered { others: &[], ..powered }.best_mean(), None);
        assert_eq!(PredictionPowered { judged: &[1.0], ..powered }.mean(1.0), None);
    }
}
