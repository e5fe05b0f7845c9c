//! How far predictions are from the truth.

use super::moments::Moments;
use super::real::{finite, length, paired};
use super::sum::ExactSum;

/// The mean absolute error; `None` for no pairs, unequal lengths, or values that are not finite.
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
/// always saying the mean (1 − R²). `None` also where the truth does not vary.
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
    Some(losses.collect::<ExactSum>().total()? / length(truth.len()))
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
}
