//! Counts as real numbers, so that the one lossy cast is written down once.

/// `count` as a real number; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of items stay far below 2^53")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// `length` as a real number; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "lengths of slices stay far below 2^53")]
pub(super) fn length(length: usize) -> f64 {
    length as f64
}

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
