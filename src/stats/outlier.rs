//! Outliers by the modified z-score, which outliers themselves cannot hide.

use super::quantile::{median, median_absolute_deviation};
use super::real::length;

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
    values.iter().map(|value| (value - center).abs() / length(values.len())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
