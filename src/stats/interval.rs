//! An interval for an unknown number, with its level.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::normal;

/// An interval `low..=high` that covers the unknown value with probability `level`.
///
/// Displays as `0.71 to 0.87`; a precision changes the decimals (`{:.3}`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, never below `low`.
    pub high: f64,
    /// The nominal level, inside `0..1`, for example 0.95.
    pub level: f64,
}

impl Interval {
    /// The normal interval `center ± z·standard_error`; `None` for a level outside `0..1` or a
    /// standard error that is negative, or where an end is not finite.
    #[must_use]
    pub fn normal(center: f64, standard_error: f64, level: f64) -> Option<Self> {
        let reach = normal::critical(level)? * standard_error;
        let (low, high) = (center - reach, center + reach);
        let sound = reach >= 0.0 && low.is_finite() && high.is_finite();
        sound.then_some(Self { low, high, level })
    }

    /// Whether `value` lies inside, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Distance from the lower to the upper end.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// The interval cut to `min..=max`.
    #[must_use]
    pub fn within(self, min: f64, max: f64) -> Self {
        Self { low: self.low.max(min).min(max), high: self.high.min(max).max(min), level: self.level }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = formatter.precision().unwrap_or(2);
        write!(formatter, "{} to {}", plain(self.low, decimals), plain(self.high, decimals))
    }
}

/// Fixed decimals without a negative zero: `-0.001` reads `0.00`.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_two_decimals_and_no_negative_zero() {
        let interval = Interval { low: 0.7149, high: 0.8651, level: 0.95 };
        assert_eq!(interval.to_string(), "0.71 to 0.87");
        assert_eq!(format!("{interval:.3}"), "0.715 to 0.865");
        let around_zero = Interval { low: -0.004, high: -0.0, level: 0.95 };
        assert_eq!(around_zero.to_string(), "0.00 to 0.00");
    }

    #[test]
    fn normal_needs_a_sound_level_and_error() {
        assert_eq!(Interval::normal(0.0, 1.0, 1.0), None);
        assert_eq!(Interval::normal(0.0, 1.0, 0.0), None);
        assert_eq!(Interval::normal(0.0, f64::NAN, 0.95), None);
        assert_eq!(Interval::normal(0.0, -1.0, 0.95), None);
        let interval = Interval::normal(1.0, 2.0, 0.95).unwrap();
        assert!((interval.high - 4.919_927_969).abs() < 1e-8);
        assert!(interval.contains(1.0) && !interval.contains(5.0));
    }
}
