//! The axes of a plot, and where a value lies on them.

/// About so many steps between the ends of an axis.
const STEPS: f64 = 4.0;

/// An axis with round ends.
pub(super) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// An axis that all of these lie on; `None` without any.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let low = values.iter().copied().reduce(f64::min)?;
        let high = values.iter().copied().reduce(f64::max)?;
        // Where all are alike there is room on both sides.
        let room = if high - low < 1e-9 { (high.abs() / 10.0).max(0.05) } else { 0.0 };
        let (low, high) = (low - room, high + room);
        let step = round_step((high - low) / STEPS);
        Some(Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, step })
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The marks on it, with their names.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most ten marks")]
        let number = ((self.high - self.low) / self.step).round() as u32;
        (0..=number)
            .map(|index| self.low + f64::from(index) * self.step)
            .map(|at| (at, self.name(at)))
            .collect()
    }

    fn name(&self, at: f64) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few decimals")]
        let decimals = (-self.step.log10()).ceil().max(0.0) as usize;
        let text = format!("{at:.decimals$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            "0".into()
        } else {
            text.replace('-', "\u{2212}")
        }
    }
}

/// The next of 1, 2, 5, 10 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= rough - 1e-12)
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(values: &[f64]) -> Vec<String> {
        Axis::around(values.iter().copied()).unwrap().ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn ends_are_round_and_hold_every_value() {
        assert_eq!(names(&[0.0, 613.0]), ["0", "200", "400", "600", "800"]);
        assert_eq!(names(&[0.11, 0.52]), ["0", "0.2", "0.4", "0.6"]);
        assert_eq!(names(&[-0.13, 0.21]), ["\u{2212}0.2", "\u{2212}0.1", "0", "0.1", "0.2", "0.3"]);
        assert!(Axis::around([f64::NAN]).is_none());
    }

    #[test]
    fn values_that_are_all_alike_lie_in_the_middle() {
        let axis = Axis::around([0.4, 0.4]).unwrap();
        assert!((axis.share(0.4) - 0.5).abs() < 0.2);
    }
}
