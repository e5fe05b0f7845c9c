//! How many items a comparison needs, and what a given number can detect (Miller 2024, section 5).

use super::normal;

/// A planned comparison of two sides on the same items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The chance of a false alarm, two-sided, for example 0.05.
    pub alpha: f64,
    /// The chance of finding a true difference, for example 0.8.
    pub power: f64,
    /// ω²: the variance over items of the true difference of scores.
    pub between_items: f64,
    /// σ²/K of the left side: an item's score variance over its number of repeats.
    pub left_noise: f64,
    /// σ²/K of the right side.
    pub right_noise: f64,
}

impl Comparison {
    /// How many items detect a difference of `delta`: (z_{α/2} + `z_β)²(ω²` + σ²/K + σ²/K)/δ²,
    /// rounded up. `None` for a `delta` of 0 or a plan that makes no sense.
    #[must_use]
    pub fn required_n(&self, delta: f64) -> Option<u64> {
        let n = (self.reach()? / delta).powi(2) * self.variance()?;
        // A part in 10^12 over a whole number is rounding.
        whole((n * (1.0 - 1e-12)).ceil().max(1.0))
    }

    /// The minimum detectable effect: the smallest difference that `n` items detect.
    #[must_use]
    pub fn detectable(&self, n: u64) -> Option<f64> {
        if n == 0 {
            return None;
        }
        Some(self.reach()? * (self.variance()? / super::real::real(n)).sqrt())
    }

    fn reach(&self) -> Option<f64> {
        let reach = normal::critical(1.0 - self.alpha)? + normal::quantile(self.power)?;
        (reach > 0.0).then_some(reach)
    }

    fn variance(&self) -> Option<f64> {
        let parts = [self.between_items, self.left_noise, self.right_noise];
        let sound = parts.iter().all(|part| part.is_finite() && *part >= 0.0);
        sound.then(|| parts.iter().sum())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a positive whole number below 2^53"
)]
fn whole(n: f64) -> Option<u64> {
    (n.is_finite() && (0.0..9e15).contains(&n)).then_some(n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(noise: f64) -> Comparison {
        Comparison {
            alpha: 0.05,
            power: 0.8,
            between_items: 1.0 / 9.0,
            left_noise: noise,
            right_noise: noise,
        }
    }

    #[test]
    fn reference_values() {
        assert_eq!(plan(0.0).required_n(0.03), Some(969));
        assert_eq!(plan(1.0 / 6.0).required_n(0.03), Some(3876));
        assert_eq!(plan(1.0 / 60.0).required_n(0.03), Some(1260));
        let detectable = plan(1.0 / 6.0).detectable(198).unwrap();
        assert!((detectable - 0.1327).abs() < 5e-5, "{detectable}");
    }

    #[test]
    fn required_and_detectable_are_inverse() {
        let plan = plan(0.1);
        let detectable = plan.detectable(500).unwrap();
        assert_eq!(plan.required_n(detectable), Some(500));
    }

    #[test]
    fn undefined() {
        assert_eq!(plan(0.0).required_n(0.0), None);
        assert_eq!(plan(0.0).detectable(0), None);
        assert_eq!(plan(-1.0).required_n(0.1), None);
        assert_eq!(Comparison { alpha: 0.0, ..plan(0.0) }.required_n(0.1), None);
    }
}
