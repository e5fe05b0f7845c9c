//! Prediction-powered inference: a mean from few human labels and many judge scores.
//! A cross-fitted isotonic map is never asked about an item it was fitted on.

use super::interval::Estimate;
use super::isotonic::Isotonic;
use super::moments::Moments;
use super::proportion::Proportion;
use super::sum::{all_finite, mean, paired};
use crate::number::real;

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
        let variance = weight * weight * others.population_variance()? / real(self.others.len())
            + corrections.population_variance()? / real(self.labels.len());
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
        let n = real(self.labels.len());
        let covariance = mean(&products)?;
        let all: Moments = self.judged.iter().chain(self.others).copied().collect();
        let scale = (1.0 + n / real(self.others.len())) * all.variance()?;
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

/// A rising map from scores to labels, fitted without each fold in turn (cross-fitting: Chernozhukov
/// 2018; for judges: Landesberg 2025, arXiv 2512.11150).
#[derive(Clone, Debug, PartialEq)]
pub struct CrossFitted {
    /// The map fitted on all items, for scores of other items.
    pub map: Isotonic,
    /// Each item's label as the map without its fold predicts it, in the items' order.
    pub mapped: Vec<f64>,
    labels: Vec<f64>,
    folds: Vec<Isotonic>,
}

impl CrossFitted {
    /// Fits labels to scores; `folds` gives each item's fold, and a cluster's items should share
    /// one. `None` for fewer than two folds, or as for [`Isotonic::fit`].
    #[must_use]
    pub fn fit(scores: &[f64], labels: &[f64], folds: &[usize]) -> Option<Self> {
        if !paired(scores, labels) || folds.len() != scores.len() {
            return None;
        }
        let mut numbers = folds.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() < 2 {
            return None;
        }
        let mut mapped = vec![0.0; scores.len()];
        let mut maps = Vec::new();
        for fold in numbers {
            let map = fit_without(fold, scores, labels, folds)?;
            for index in (0..scores.len()).filter(|&index| folds[index] == fold) {
                mapped[index] = map.map(scores[index]);
            }
            maps.push(map);
        }
        Some(Self { map: Isotonic::fit(scores, labels)?, mapped, labels: labels.to_vec(), folds: maps })
    }

    /// The mean label of the items behind `scores`, which have no labels: the mean of the mapped
    /// scores, plus the mean miss on the labelled items out of fold (cross-prediction-powered
    /// inference: Zrnic & Candès 2024, arXiv 2309.16598). Labelled items must be a random sample.
    ///
    /// Trust it only where the labels cover the scores: see [`CrossFitted::range`].
    #[must_use]
    pub fn mean(&self, scores: &[f64]) -> Option<Estimate> {
        if !all_finite(scores) {
            return None;
        }
        let mapped: Vec<f64> = scores.iter().map(|&score| self.averaged(score)).collect();
        PredictionPowered { labels: &self.labels, judged: &self.mapped, others: &mapped }.mean(1.0)
    }

    /// How many of `scores` lie outside the labelled ones' range.
    #[must_use]
    pub fn range(&self, scores: &[f64]) -> LabelledRange {
        LabelledRange::of(&self.map, scores)
    }

    /// The root mean squared miss of the labels out of fold.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        let misses: Moments =
            self.labels.iter().zip(&self.mapped).map(|(label, mapped)| (label - mapped).powi(2)).collect();
        misses.mean().map(f64::sqrt)
    }

    fn averaged(&self, score: f64) -> f64 {
        let mapped: Vec<f64> = self.folds.iter().map(|map| map.map(score)).collect();
        mean(&mapped).unwrap_or_else(|| self.map.map(score))
    }
}

fn fit_without(fold: usize, scores: &[f64], labels: &[f64], folds: &[usize]) -> Option<Isotonic> {
    let kept: Vec<usize> = (0..scores.len()).filter(|&index| folds[index] != fold).collect();
    let pick = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&index| values[index]).collect() };
    Isotonic::fit(&pick(scores), &pick(labels))
}

/// Whether a calibration reaches as far as the scores it is used on.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LabelledRange {
    /// The lowest labelled score.
    pub low: f64,
    /// The highest labelled score.
    pub high: f64,
    /// The scores that lie outside: the map only guesses there.
    pub outside: Proportion,
}

/// Beyond this share of scores outside the labelled range a level should not be claimed.
const MAX_OUTSIDE: f64 = 0.05;

impl LabelledRange {
    /// Compares scores with the range a map was fitted on.
    #[must_use]
    pub fn of(map: &Isotonic, scores: &[f64]) -> Self {
        let end = |knot: Option<&(f64, f64)>| knot.map_or(0.0, |knot| knot.0);
        let outside: Vec<bool> = scores.iter().map(|&score| !map.covers(score)).collect();
        Self {
            low: end(map.knots().first()),
            high: end(map.knots().last()),
            outside: Proportion::of(&outside),
        }
    }

    /// The share outside, in `0..=1`; 0 for no scores.
    #[must_use]
    pub fn share_outside(&self) -> f64 {
        self.outside.rate().unwrap_or(0.0)
    }

    /// Whether at most one score in twenty lies outside, so that a mean through the map can be
    /// claimed as a level; beyond it, scores may only be ranked.
    #[must_use]
    pub fn supports_a_level(&self) -> bool {
        self.share_outside() <= MAX_OUTSIDE
    }
}

/// Folds by position: item i is in fold i modulo `folds`, for items in random order.
#[must_use]
pub fn folds_by_position(n: usize, folds: usize) -> Vec<usize> {
    (0..n).map(|index| index % folds.max(1)).collect()
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

    #[test]
    fn an_item_is_mapped_without_its_own_fold() {
        let scores = [1.0, 2.0, 3.0, 4.0];
        let labels = [0.0, 0.0, 1.0, 1.0];
        let fitted = CrossFitted::fit(&scores, &labels, &[0, 1, 0, 1]).unwrap();
        // Without 1 and 3 the map knows (2, 0) and (4, 1); without 2 and 4 it knows (1, 0), (3, 1).
        assert_eq!(fitted.mapped, [0.0, 0.5, 0.5, 1.0]);
        assert!((fitted.error().unwrap() - (0.5_f64 / 4.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn scores_beyond_the_labels_are_told() {
        let fitted = CrossFitted::fit(&[0.2, 0.4, 0.6, 0.8], &[0.0, 0.0, 1.0, 1.0], &[0, 1, 0, 1]).unwrap();
        let range = fitted.range(&[0.1, 0.5, 0.9, 0.8]);
        assert!((range.low - 0.2).abs() < 1e-12 && (range.high - 0.8).abs() < 1e-12);
        assert_eq!(range.outside, Proportion::new(2, 4));
        assert!(!range.supports_a_level() && fitted.range(&[0.3; 40]).supports_a_level());
    }

    #[test]
    fn the_mean_counts_what_the_map_misses() {
        let scores: Vec<f64> = (0..40).map(|index| f64::from(index) / 40.0).collect();
        let labels: Vec<f64> = scores.iter().map(|score| f64::from(u8::from(*score > 0.5))).collect();
        let fitted = CrossFitted::fit(&scores, &labels, &folds_by_position(40, 5)).unwrap();
        let estimate = fitted.mean(&scores).unwrap();
        assert!((estimate.value - mean(&labels).unwrap()).abs() < 0.05, "{estimate:?}");
        assert!(estimate.standard_error.unwrap() < 0.12);
    }

    #[test]
    fn undefined() {
        assert_eq!(CrossFitted::fit(&[1.0, 2.0], &[0.0, 1.0], &[0, 0]), None);
        assert_eq!(CrossFitted::fit(&[], &[], &[]), None);
        let fitted = CrossFitted::fit(&[1.0, 2.0], &[0.0, 1.0], &[0, 1]).unwrap();
        assert_eq!(fitted.mean(&[f64::NAN]), None);
    }
}
