//! How far predictions are from the truth, and how well stated probabilities match what happens.

use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::proportion::Proportion;
use super::sum::{ExactSum, finite, mean, paired};
use crate::number::{real, to_usize};

/// The mean absolute error (Willmott & Matsuura 2005, who compare it with the squared one); `None` for no pairs, unequal
/// lengths, or values that are not finite.
#[must_use]
pub fn mean_absolute_error(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    mean_loss(predicted, truth, f64::abs)
}

/// The mean squared error; `None` as for [`mean_absolute_error`].
#[must_use]
pub fn mean_squared_error(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    mean_loss(predicted, truth, |deviation| deviation * deviation)
}

/// The root of the mean squared error; `None` as for [`mean_absolute_error`].
#[must_use]
pub fn root_mean_squared_error(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    mean_squared_error(predicted, truth).map(f64::sqrt)
}

/// The mean squared error over the truth's population variance: 0 is perfect, 1 is no better than
/// always saying the mean (1 − R²). Gershenfeld & Weigend 1993. `None` also where the truth does not vary.
#[must_use]
pub fn normalized_mean_squared_error(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    let error = mean_squared_error(predicted, truth)?;
    let spread = truth.iter().copied().collect::<Moments>().population_variance()?;
    if spread <= 0.0 {
        return None;
    }
    finite(error / spread)
}

fn mean_loss(predicted: &[f64], truth: &[f64], loss: impl Fn(f64) -> f64) -> Option<f64> {
    if !paired(predicted, truth) {
        return None;
    }
    let losses = predicted.iter().zip(truth).map(|(predicted, truth)| loss(predicted - truth));
    Some(losses.collect::<ExactSum>().total()? / real(truth.len()))
}

/// The mean of (probability − outcome)² (Brier 1950): 0 is perfect, 0.25 is always saying one half. `None`
/// for no items, unequal lengths, or probabilities outside `0..=1`.
#[must_use]
pub fn brier(probabilities: &[f64], outcomes: &[bool]) -> Option<f64> {
    if !sound(probabilities, outcomes) {
        return None;
    }
    let losses: Vec<f64> = probabilities
        .iter()
        .zip(outcomes)
        .map(|(probability, &outcome)| (probability - f64::from(u8::from(outcome))).powi(2))
        .collect();
    mean(&losses)
}

/// Items whose stated probability falls into the same range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// The range's lower end; it belongs to the bin below, except in the first bin.
    pub low: f64,
    /// The range's upper end, which belongs to the bin.
    pub high: f64,
    /// The mean stated probability; `None` in an empty bin.
    pub stated: Option<f64>,
    /// How often it happened.
    pub happened: Proportion,
}

impl ReliabilityBin {
    /// How far the stated probability is above what happened; `None` in an empty bin.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        Some(self.stated? - self.happened.rate()?)
    }
}

/// Sorts items into `bins` ranges of equal width over `0..=1`. `None` for no bins or as for
/// [`brier`].
#[must_use]
pub fn reliability_bins(
    probabilities: &[f64],
    outcomes: &[bool],
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    if !sound(probabilities, outcomes) || bins == 0 {
        return None;
    }
    let mut members = vec![(Vec::new(), Proportion::default()); bins];
    for (&probability, &outcome) in probabilities.iter().zip(outcomes) {
        let (stated, happened) = &mut members[bin_of(probability, bins)];
        stated.push(probability);
        happened.successes += u64::from(outcome);
        happened.n += 1;
    }
    let bin = |(index, (stated, happened)): (usize, (Vec<f64>, Proportion))| ReliabilityBin {
        low: real(index) / real(bins),
        high: real(index + 1) / real(bins),
        stated: mean(&stated),
        happened,
    };
    Some(members.into_iter().enumerate().map(bin).collect())
}

/// The expected calibration error: the bins' |gap| weighted by their share of items (Naeini 2015;
/// Guo 2017). It depends on the number of bins and is biased upwards for few items.
#[must_use]
pub fn expected_calibration_error(probabilities: &[f64], outcomes: &[bool], bins: usize) -> Option<f64> {
    let bins = reliability_bins(probabilities, outcomes, bins)?;
    let n = real(probabilities.len());
    Some(bins.iter().filter_map(|bin| Some(bin.gap()?.abs() * real(bin.happened.n) / n)).sum())
}

fn sound(probabilities: &[f64], outcomes: &[bool]) -> bool {
    !probabilities.is_empty()
        && probabilities.len() == outcomes.len()
        && probabilities.iter().all(|probability| (0.0..=1.0).contains(probability))
}

fn bin_of(probability: f64, bins: usize) -> usize {
    let above = to_usize((probability * real(bins)).ceil());
    above.saturating_sub(1).min(bins - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let (predicted, truth) = ([2.0, 4.0, 6.0], [1.0, 4.0, 8.0]);
        assert_eq!(mean_absolute_error(&predicted, &truth), Some(1.0));
        assert_eq!(mean_squared_error(&predicted, &truth), Some(5.0 / 3.0));
        assert_eq!(root_mean_squared_error(&predicted, &truth), Some((5.0_f64 / 3.0).sqrt()));
        // Squared deviations of the truth from 13/3 add up to 74/3.
        let nmse = normalized_mean_squared_error(&predicted, &truth).unwrap();
        assert!((nmse - 15.0 / 74.0).abs() < 1e-12);
    }

    #[test]
    fn undefined() {
        assert_eq!(mean_absolute_error(&[], &[]), None);
        assert_eq!(mean_absolute_error(&[1.0], &[]), None);
        assert_eq!(normalized_mean_squared_error(&[1.0, 2.0], &[3.0, 3.0]), None);
    }

    #[test]
    fn by_hand_reliability() {
        let probabilities = [0.9, 0.8, 0.6, 0.2, 0.0];
        let outcomes = [true, false, true, false, false];
        let expected = (0.01 + 0.64 + 0.16 + 0.04) / 5.0;
        assert!((brier(&probabilities, &outcomes).unwrap() - expected).abs() < 1e-12);
        let bins = reliability_bins(&probabilities, &outcomes, 2).unwrap();
        assert_eq!(bins[0].happened, Proportion::new(0, 2));
        assert_eq!(bins[1].happened, Proportion::new(2, 3));
        assert!((bins[1].gap().unwrap() - (2.3 / 3.0 - 2.0 / 3.0)).abs() < 1e-12);
        let error = expected_calibration_error(&probabilities, &outcomes, 2).unwrap();
        assert!((error - (0.1 * 0.4 + 0.1 * 0.6)).abs() < 1e-12);
    }

    #[test]
    fn an_end_belongs_to_the_bin_below() {
        let bins = reliability_bins(&[0.5, 1.0, 0.0], &[true; 3], 2).unwrap();
        assert_eq!((bins[0].happened.n, bins[1].happened.n), (2, 1));
    }

    #[test]
    fn undefined_reliability() {
        assert_eq!(brier(&[], &[]), None);
        assert_eq!(brier(&[1.2], &[true]), None);
        assert_eq!(reliability_bins(&[0.5], &[true], 0), None);
        assert_eq!(reliability_bins(&[0.5], &[true], 3).unwrap()[0].gap(), None);
    }
}
