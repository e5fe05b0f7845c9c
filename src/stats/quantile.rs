//! Quantiles of a slice.

use super::real::{all_finite, length};

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
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product lies between 0 and the last index"
)]
fn position(last: usize, probability: f64) -> (usize, f64) {
    let place = probability * length(last);
    let whole = place.floor();
    (whole as usize, place - whole)
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
}
