//! The one-sample t-test.

use serde::{Deserialize, Serialize};

use super::beta;
use super::mean_error::mean_estimate;
use super::real::length;

/// A one-sided t-test of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TTest {
    /// (mean − bound)/standard error.
    pub t: f64,
    /// P(T ≤ t): small means that the true mean is below the bound.
    pub p_value: f64,
}

/// Tests "the mean is `bound` or more" against "it is below" (the alternative annotator test's
/// question, Calderon 2025, arXiv 2501.10970). `None` for fewer than two values or when all are
/// equal.
#[must_use]
pub fn mean_below(values: &[f64], bound: f64) -> Option<TTest> {
    let estimate = mean_estimate(values)?;
    let error = estimate.standard_error.filter(|&error| error > 0.0)?;
    let t = (estimate.value - bound) / error;
    t.is_finite().then(|| TTest { t, p_value: beta::student_cdf(t, length(values.len() - 1)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_values() {
        let mut values = vec![0.0; 20];
        values.extend([-1.0; 8]);
        values.extend([1.0; 2]);
        let test = mean_below(&values, 0.1).unwrap();
        assert!((test.t + 2.982_906).abs() < 1e-6, "{test:?}");
        assert!((test.p_value - 0.002_869).abs() < 1e-6, "{test:?}");
    }

    #[test]
    fn undefined() {
        assert_eq!(mean_below(&[1.0], 0.0), None);
        assert_eq!(mean_below(&[0.5; 4], 0.0), None);
        assert_eq!(mean_below(&[0.5, 1.0], f64::NAN), None);
    }
}
