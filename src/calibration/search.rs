//! The lowest point of a function with one valley.

/// Golden-section search (Kiefer 1953) for the lowest point of `loss` between `low` and `high`, to a
/// part in 10^9 of the range.
pub(super) fn lowest(mut low: f64, mut high: f64, loss: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..44 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = loss(right);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::lowest;

    #[test]
    fn finds_the_valley_and_the_ends() {
        assert!((lowest(-3.0, 5.0, |x| (x - 1.25).powi(2)) - 1.25).abs() < 1e-6);
        assert!((lowest(0.0, 1.0, |x| x)).abs() < 1e-8);
        assert!((lowest(0.0, 1.0, |x| -x) - 1.0).abs() < 1e-8);
    }
}
