//! Exact summation: the correctly rounded sum, whatever the order; and counts as real numbers.

use serde::{Deserialize, Serialize};

use crate::number::real;

/// `value` if it is finite.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Whether two slices pair up: equally long, not empty, all values finite.
pub(super) fn paired(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len() && !left.is_empty() && all_finite(left) && all_finite(right)
}

/// Whether every value is finite.
pub(super) fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// Whether all values are the same number.
pub(super) fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
}

/// Values beyond this size (2^960, about 1e289) make a sum undefined: below it no running sum of
/// fewer than 2^63 values can overflow, so that the order cannot decide whether a sum exists.
const LARGEST: f64 = f64::from_bits((960 + 1023) << 52);

/// A running sum without rounding: a list of floats that do not overlap and add up exactly to
/// what went in (Shewchuk 1997, *Adaptive Precision Floating-Point Arithmetic*).
///
/// Its total is the exact sum rounded once, so neither the order of values nor that of merges
/// matters. It holds two or three floats for ordinary data, about forty at worst.
///
/// Stored as the list of those floats (`null` when undefined), it goes on where it stopped.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Option<Vec<f64>>", into = "Option<Vec<f64>>")]
pub struct ExactSum {
    /// From small to large in size, none zero.
    parts: Vec<f64>,
    undefined: bool,
}

impl ExactSum {
    /// Adds one value. A value that is not finite, or is beyond 1e289, makes the total undefined.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() || value.abs() > LARGEST {
            self.undefined = true;
            return;
        }
        self.grow(value);
    }

    /// Adds what another sum holds, exactly.
    pub fn merge(&mut self, other: &Self) {
        self.undefined |= other.undefined;
        for &part in &other.parts {
            self.grow(part);
        }
    }

    /// Adds `left · right` without rounding the product.
    pub(super) fn add_product(&mut self, left: f64, right: f64) {
        let product = left * right;
        self.add(product);
        self.add(left.mul_add(right, -product));
    }

    /// Adds the exact sums' product, times `sign`.
    pub(super) fn add_square_of(&mut self, other: &Self, sign: f64) {
        self.undefined |= other.undefined;
        for &left in &other.parts {
            for &right in &other.parts {
                self.add_product(sign * left, right);
            }
        }
    }

    /// Adds `factor` times another exact sum.
    pub(super) fn add_scaled(&mut self, other: &Self, factor: f64) {
        self.undefined |= other.undefined;
        for &part in &other.parts {
            self.add_product(factor, part);
        }
    }

    /// The sum, correctly rounded; 0 when nothing was added.
    #[must_use]
    pub fn total(&self) -> Option<f64> {
        if self.undefined {
            return None;
        }
        let mut parts = self.parts.iter().rev().copied();
        let mut total = parts.next().unwrap_or(0.0);
        let mut rest = 0.0;
        for part in parts.by_ref() {
            (total, rest) = two_sum(total, part);
            if rest != 0.0 {
                break;
            }
        }
        finite(total + tie_break(total, rest, parts.next()))
    }

    fn grow(&mut self, value: f64) {
        let mut carried = value;
        let mut kept = 0;
        for index in 0..self.parts.len() {
            let (high, low) = two_sum(carried, self.parts[index]);
            if low != 0.0 {
                self.parts[kept] = low;
                kept += 1;
            }
            carried = high;
        }
        self.parts.truncate(kept);
        if carried != 0.0 {
            self.parts.push(carried);
        }
    }
}

impl PartialEq for ExactSum {
    /// Whether the exact sums are the same: different parts can add up to one sum.
    fn eq(&self, other: &Self) -> bool {
        let mut difference = self.clone();
        for &part in &other.parts {
            difference.grow(-part);
        }
        self.undefined == other.undefined && difference.parts.is_empty()
    }
}

impl From<Option<Vec<f64>>> for ExactSum {
    /// Adds up the stored parts; whatever was stored, the invariants hold.
    fn from(parts: Option<Vec<f64>>) -> Self {
        parts.map_or_else(|| Self { parts: Vec::new(), undefined: true }, Self::from_iter)
    }
}

impl From<ExactSum> for Option<Vec<f64>> {
    fn from(sum: ExactSum) -> Self {
        (!sum.undefined).then_some(sum.parts)
    }
}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        for value in values {
            self.add(value);
        }
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        sum.extend(values);
        sum
    }
}

/// The sum of `values`, correctly rounded; 0 for none, `None` for a value that is not finite.
#[must_use]
pub fn sum(values: &[f64]) -> Option<f64> {
    values.iter().copied().collect::<ExactSum>().total()
}

/// The arithmetic mean; `None` for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(sum(values)? / real(values.len()))
}

/// The rounded sum and what the rounding left out (Knuth's two-sum).
fn two_sum(left: f64, right: f64) -> (f64, f64) {
    let sum = left + right;
    let seen = sum - left;
    (sum, (left - (sum - seen)) + (right - seen))
}

/// What to add when `rest` is exactly half a unit: it was rounded to even without a look at the
/// parts below, and a part of the same sign means that the true sum lies on the other side.
fn tie_break(total: f64, rest: f64, below: Option<f64>) -> f64 {
    let Some(below) = below else { return 0.0 };
    if (rest < 0.0) != (below < 0.0) {
        return 0.0;
    }
    let doubled = rest * 2.0;
    let moved = total + doubled;
    if (moved - total).total_cmp(&doubled).is_eq() { doubled } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        assert_eq!(sum(&[1e16, 1.0, -1e16]), Some(1.0));
        assert_eq!(sum(&[0.1; 10]), Some(1.0));
        assert_eq!(sum(&[1e100, 1.0, -1e100, 1e-100]), Some(1.0));
        assert_eq!(sum(&[]), Some(0.0));
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, 2.0]), Some(1.5));
    }

    #[test]
    fn half_way_cases_look_at_what_lies_below() {
        let half_unit = f64::EPSILON / 2.0;
        assert_eq!(sum(&[1.0, half_unit]), Some(1.0));
        assert_eq!(sum(&[1.0, half_unit, 1e-300]), Some(1.0 + f64::EPSILON));
        assert_eq!(sum(&[1.0, half_unit, -1e-300]), Some(1.0));
        assert_eq!(sum(&[-1.0, -half_unit, -1e-300]), Some(-1.0 - f64::EPSILON));
    }

    #[test]
    fn what_is_not_finite_is_undefined() {
        assert_eq!(sum(&[1.0, f64::NAN]), None);
        assert_eq!(sum(&[f64::INFINITY, f64::NEG_INFINITY]), None);
        assert_eq!(sum(&[f64::MAX, -f64::MAX]), None);
        let mut merged = ExactSum::default();
        merged.merge(&[1.0, f64::NAN].into_iter().collect());
        assert_eq!(merged.total(), None);
    }

    #[test]
    fn a_stored_sum_goes_on_where_it_stopped() {
        let sum: ExactSum = [1e16, 1.0, 0.1, -1e16].into_iter().collect();
        let stored = serde_json::to_string(&sum).unwrap();
        let mut again: ExactSum = serde_json::from_str(&stored).unwrap();
        assert_eq!(again, sum);
        again.add(-0.1);
        assert_eq!(again.total(), Some(1.0));
        let undefined: ExactSum = [f64::NAN].into_iter().collect();
        assert_eq!(serde_json::to_string(&undefined).unwrap(), "null");
        assert_eq!(serde_json::from_str::<ExactSum>("null").unwrap().total(), None);
    }
}
