//! Whole numbers as real ones, and back: the only casts that can lose something.

/// A whole number that [`real`] takes.
pub(crate) trait Whole {
    /// The number as a real one.
    fn real(self) -> f64;
}

macro_rules! whole {
    ($($kind:ty),+) => {$(
        impl Whole for $kind {
            #[expect(clippy::cast_precision_loss, reason = "counts and sizes stay far below 2^53")]
            fn real(self) -> f64 {
                self as f64
            }
        }
    )+};
}

whole!(u64, usize, i64);

/// `number` as a real number; exact up to 2^53, the nearest above.
pub(crate) fn real(number: impl Whole) -> f64 {
    number.real()
}

/// `value` without its fraction, held within the type's range; 0 if it is not a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut as the docs say")]
pub(crate) fn to_u64(value: f64) -> u64 {
    value as u64
}

/// The whole number nearest to `value`, held as by [`to_u64`].
pub(crate) fn rounded(value: f64) -> u64 {
    to_u64(value.round())
}

/// As [`to_u64`].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut as the docs say")]
pub(crate) fn to_usize(value: f64) -> usize {
    value as usize
}

/// As [`to_u64`].
#[expect(clippy::cast_possible_truncation, reason = "cut as the docs say")]
pub(crate) fn to_i64(value: f64) -> i64 {
    value as i64
}

/// As [`to_u64`].
#[expect(clippy::cast_possible_truncation, reason = "cut as the docs say")]
pub(crate) fn to_i32(value: f64) -> i32 {
    value as i32
}

/// The low and the high 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "each half is 64 bits wide")]
pub(crate) fn halves(wide: u128) -> [u64; 2] {
    [wide as u64, (wide >> 64) as u64]
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact")]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_at_the_end_of_the_range() {
        assert_eq!([to_u64(2.9), to_u64(-1.0), to_u64(f64::NAN), to_u64(1e30)], [2, 0, 0, u64::MAX]);
        assert_eq!([to_usize(2.9), to_usize(-1.0), to_usize(f64::INFINITY)], [2, 0, usize::MAX]);
        assert_eq!([to_i64(-2.9), to_i64(-1e30)], [-2, i64::MIN]);
        assert_eq!([to_i32(-2.9), to_i32(1e10)], [-2, i32::MAX]);
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!([rounded(2.5), rounded(2.4), rounded(-0.6)], [3, 2, 0]);
    }

    #[test]
    fn whole_numbers_up_to_2_to_the_53_are_exact() {
        assert_eq!(
            [real((1_u64 << 53) - 1), real(0_usize), real(-3_i64)],
            [9_007_199_254_740_991.0, 0.0, -3.0]
        );
        assert_eq!(halves(u128::from(u64::MAX) + 6), [5, 1]);
    }
}
