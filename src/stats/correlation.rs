//! Correlation of two lists of numbers.

use super::rank::average_ranks;
use super::real::{constant, paired};
use super::sum::{ExactSum, mean};

/// Pearson's r, in `-1..=1`; `None` for unequal lengths, a constant list, or values that are not
/// finite.
#[must_use]
pub fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    if !paired(left, right) || constant(left) || constant(right) {
        return None;
    }
    let (left, right) = (centered(left)?, centered(right)?);
    let product = |a: &[f64], b: &[f64]| -> Option<f64> {
        a.iter().zip(b).map(|(a, b)| a * b).collect::<ExactSum>().total()
    };
    // Both sums lie between 1 and n, so their product is safe.
    let spread = (product(&left, &left)? * product(&right, &right)?).sqrt();
    Some((product(&left, &right)? / spread).clamp(-1.0, 1.0))
}

/// Spearman's ρ: Pearson's r of the ranks, ties sharing their mean rank. `None` as for [`pearson`].
///
/// Scores that differ by rounding noise alone are not ties: see [`super::merge_near_ties`].
#[must_use]
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    if !paired(left, right) {
        return None;
    }
    pearson(&average_ranks(left), &average_ranks(right))
}

/// The values minus their mean, scaled so that the largest is 1 in size: r does not depend on the
/// scale, and squares can then neither overflow nor all vanish.
fn centered(values: &[f64]) -> Option<Vec<f64>> {
    let mean = mean(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let largest = deviations.iter().fold(0.0_f64, |largest, deviation| largest.max(deviation.abs()));
    (largest > 0.0).then(|| deviations.iter().map(|deviation| deviation / largest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_are_one() {
        let left = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(pearson(&left, &[2.0, 4.0, 6.0, 8.0]), Some(1.0));
        assert_eq!(pearson(&left, &[-1.0, -2.0, -3.0, -4.0]), Some(-1.0));
        assert_eq!(spearman(&left, &[1.0, 10.0, 100.0, 1000.0]), Some(1.0));
        assert_eq!(pearson(&[1e-200, 2e-200, 3e-200], &[1e200, 2e200, 3e200]), Some(1.0));
    }

    #[test]
    fn undefined() {
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0], &[2.0]), None);
        assert_eq!(spearman(&[], &[]), None);
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }
}
