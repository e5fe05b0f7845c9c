//! P-values of several tests taken together.

use super::real::length;

/// Holm's adjusted p-values (Holm 1979): reject where they are at most α, and the chance of any
/// false rejection is at most α, whatever the dependence. `None` unless all lie in `0..=1`.
#[must_use]
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (step, &index) in order.iter().enumerate() {
        largest = largest.max(length(p_values.len() - step) * p_values[index]);
        adjusted[index] = largest.min(1.0);
    }
    Some(adjusted)
}

/// Benjamini and Hochberg's adjusted p-values (1995): reject where they are at most q, and the
/// expected share of false rejections is at most q for independent tests.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Option<Vec<f64>> {
    step_up(p_values, 1.0)
}

/// Benjamini and Yekutieli's adjusted p-values (2001): as [`benjamini_hochberg`], under any
/// dependence.
#[must_use]
pub fn benjamini_yekutieli(p_values: &[f64]) -> Option<Vec<f64>> {
    step_up(p_values, harmonic(p_values.len()))
}

/// Benjamini and Yekutieli's thresholds for the sorted p-values of `tests` tests: i·q/(m·Σ1/j).
#[must_use]
pub fn benjamini_yekutieli_thresholds(tests: usize, q: f64) -> Vec<f64> {
    let scale = q / (length(tests) * harmonic(tests));
    (1..=tests).map(|rank| length(rank) * scale).collect()
}

fn step_up(p_values: &[f64], penalty: f64) -> Option<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (step, &index) in order.iter().enumerate().rev() {
        let scaled = penalty * length(p_values.len()) / length(step + 1) * p_values[index];
        smallest = smallest.min(scaled);
        adjusted[index] = smallest;
    }
    Some(adjusted)
}

fn ascending(p_values: &[f64]) -> Option<Vec<usize>> {
    if !p_values.iter().all(|p_value| (0.0..=1.0).contains(p_value)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    Some(order)
}

fn harmonic(n: usize) -> f64 {
    (1..=n).map(|term| 1.0 / length(term)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
        }
    }

    #[test]
    fn by_hand() {
        let p_values = [0.04, 0.01, 0.03];
        assert_close(&holm(&p_values).unwrap(), &[0.06, 0.03, 0.06]);
        assert_close(&benjamini_hochberg(&p_values).unwrap(), &[0.04, 0.03, 0.04]);
        let c = 1.0 + 0.5 + 1.0 / 3.0;
        assert_close(&benjamini_yekutieli(&p_values).unwrap(), &[0.04 * c, 0.03 * c, 0.04 * c]);
    }

    #[test]
    fn threshold_reference_values() {
        let thresholds = benjamini_yekutieli_thresholds(3, 0.05);
        assert_close(&thresholds, &[0.009_091, 0.018_182, 0.027_273]);
    }

    #[test]
    fn no_tests_and_no_probabilities() {
        assert_eq!(holm(&[]), Some(vec![]));
        assert_eq!(holm(&[0.5, 1.5]), None);
        assert_eq!(benjamini_yekutieli(&[f64::NAN]), None);
    }
}
