//! The standard normal distribution, to about ten digits (the precision of statrs' erfc).

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use statrs::function::erf::{erfc, erfc_inv};

/// P(Z ≤ z).
#[must_use]
pub fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

/// The z with P(Z ≤ z) = `probability`; `None` outside `0..1`, ends excluded.
#[must_use]
pub fn quantile(probability: f64) -> Option<f64> {
    (probability > 0.0 && probability < 1.0).then(|| -SQRT_2 * erfc_inv(2.0 * probability))
}

/// The two-sided critical value: 1.959964 for `level` 0.95. `None` outside `0..1`, ends excluded.
#[must_use]
pub fn critical(level: f64) -> Option<f64> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    quantile(f64::midpoint(1.0, level))
}

/// The two-sided p-value of `z`.
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_values() {
        assert!((critical(0.95).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((quantile(0.8).unwrap() - 0.841_621_233_572_914_2).abs() < 1e-12);
        assert!((quantile(0.001).unwrap() + 3.090_232_306_167_813).abs() < 1e-12);
        assert!((cdf(-1.0) - 0.158_655_253_931_457_05).abs() < 1e-10);
        assert!((two_sided(3.0) - 0.002_699_796_063_260_19).abs() < 1e-12);
        assert_eq!(critical(1.0), None);
        assert_eq!(quantile(f64::NAN), None);
    }
}
