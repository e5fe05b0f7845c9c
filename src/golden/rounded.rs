//! Scores as golden files hold them.

/// Digits after the point of every score in a golden file.
pub const DIGITS: u32 = 4;

/// A score to [`DIGITS`] digits, so that files are stable.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    let scale = 10_f64.powi(DIGITS.cast_signed());
    // Without a negative zero.
    (value * scale).round() / scale + 0.0
}
