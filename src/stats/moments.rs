//! Mean and variance of a stream, mergeable and independent of order.

use serde::{Deserialize, Serialize};

use super::interval::Estimate;
use super::sum::{ExactSum, finite};
use crate::number::real;

/// Values beyond this size (2^400, about 1e120) would overflow when squared and summed.
const LARGEST: f64 = f64::from_bits((400 + 1023) << 52);

/// Count, mean, and variance of a stream in constant memory.
///
/// Σx and Σx² are held exactly, and n·Σx² − (Σx)² is formed without rounding, so the result is the
/// same for every order of values and every tree of merges, and does not suffer from cancellation.
/// (Squares of values below 1e-150 underflow; such deviations count as zero.)
/// Stored and read back, a stream goes on where it stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    n: u64,
    sum: ExactSum,
    squares: ExactSum,
    range: Option<(f64, f64)>,
}

impl Moments {
    /// Adds one value; one that is not finite or beyond 1e120 makes mean and variance undefined.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        let value = if value.abs() <= LARGEST { value } else { f64::NAN };
        self.sum.add(value);
        self.squares.add_product(value, value);
        self.widen(value, value);
    }

    /// Adds all that another stream has seen.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        if let Some((low, high)) = other.range {
            self.widen(low, high);
        }
    }

    /// How many values were added.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The sum, correctly rounded; 0 for no values.
    #[must_use]
    pub fn sum(&self) -> Option<f64> {
        self.sum.total()
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.range.map(|(low, _)| low)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.range.map(|(_, high)| high)
    }

    /// The arithmetic mean; `None` for no values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        if self.n == 0 {
            return None;
        }
        Some(self.sum.total()? / real(self.n))
    }

    /// The sample variance, divisor n − 1; `None` below two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        Some(self.scaled_deviations()? / real(self.n) / real(self.n - 1))
    }

    /// The population variance, divisor n; `None` for no values.
    #[must_use]
    pub fn population_variance(&self) -> Option<f64> {
        if self.n == 0 {
            return None;
        }
        Some(self.scaled_deviations()? / real(self.n) / real(self.n))
    }

    /// The sample standard deviation; `None` below two values.
    #[must_use]
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// The mean with its standard error √(variance / n).
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        Some(Estimate {
            value: self.mean()?,
            standard_error: self.variance().map(|variance| (variance / real(self.n)).sqrt()),
        })
    }

    /// n·Σx² − (Σx)², rounded once.
    fn scaled_deviations(&self) -> Option<f64> {
        let mut exact = ExactSum::default();
        exact.add_scaled(&self.squares, real(self.n));
        exact.add_square_of(&self.sum, -1.0);
        finite(exact.total()?.max(0.0))
    }

    fn widen(&mut self, low: f64, high: f64) {
        if low.is_nan() || high.is_nan() {
            return;
        }
        let (old_low, old_high) = self.range.unwrap_or((low, high));
        self.range = Some((old_low.min(low), old_high.max(high)));
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        for value in values {
            moments.add(value);
        }
        moments
    }
}

/// The sample variance, divisor n − 1; `None` below two values.
#[must_use]
pub fn variance(values: &[f64]) -> Option<f64> {
    values.iter().copied().collect::<Moments>().variance()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    #[test]
    fn a_large_offset_does_not_cancel() {
        let near = variance(&[4.0, 7.0, 13.0, 16.0]).unwrap();
        let far = variance(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).unwrap();
        assert_eq!(near, 30.0);
        assert_eq!(far, 30.0);
    }

    #[test]
    fn constant_values_have_no_variance() {
        assert_eq!(variance(&[0.1; 3]), Some(0.0));
        assert_eq!(variance(&[0.1]), None);
    }

    #[test]
    fn mean_of_a_stream() {
        let moments: Moments = [1.0, 0.0, 1.0, 1.0].into_iter().collect();
        assert_eq!(moments.mean(), Some(0.75));
        assert_eq!(moments.population_variance(), Some(0.1875));
        assert_eq!((moments.min(), moments.max()), (Some(0.0), Some(1.0)));
        let estimate = moments.estimate().unwrap();
        assert!((estimate.standard_error.unwrap() - 0.25).abs() < 1e-15);
        let stored = serde_json::to_string(&moments).unwrap();
        assert_eq!(serde_json::from_str::<Moments>(&stored).unwrap(), moments);
        assert_eq!(Moments::default().mean(), None);
        assert_eq!([f64::NAN].into_iter().collect::<Moments>().mean(), None);
    }
}
