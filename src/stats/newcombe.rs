//! The difference of two independent rates.

use super::interval::Interval;
use super::proportion::Proportion;

/// The interval for `left − right` from both rates' Wilson intervals (Newcombe 1998, method 10).
///
/// For rates of different items. For the same items use the paired [`super::PairedOutcomes`].
/// `None` where either rate is undefined.
#[must_use]
pub fn newcombe(left: Proportion, right: Proportion, level: f64) -> Option<Interval> {
    let (left_rate, right_rate) = (left.rate()?, right.rate()?);
    let (left, right) = (left.wilson(level)?, right.wilson(level)?);
    let difference = left_rate - right_rate;
    let below = (left_rate - left.low).hypot(right.high - right_rate);
    let above = (left.high - left_rate).hypot(right_rate - right.low);
    Some(Interval { low: difference - below, high: difference + above, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_values() {
        let interval = newcombe(Proportion::new(82, 100), Proportion::new(92, 100), 0.95).unwrap();
        assert!((interval.low + 0.195_005).abs() < 1e-6);
        assert!((interval.high + 0.005_840).abs() < 1e-6);
    }

    /// Newcombe 1998, table II, examples (a) 56/70 − 48/80 and (f) 10/10 − 0/20.
    #[test]
    fn published_examples() {
        let interval = newcombe(Proportion::new(56, 70), Proportion::new(48, 80), 0.95).unwrap();
        assert_eq!(format!("{interval:.4}"), "0.0524 to 0.3339");
        let interval = newcombe(Proportion::new(10, 10), Proportion::new(0, 20), 0.95).unwrap();
        assert_eq!(format!("{interval:.4}"), "0.6791 to 1.0000");
    }

    #[test]
    fn undefined_without_trials() {
        assert_eq!(newcombe(Proportion::new(0, 0), Proportion::new(1, 2), 0.95), None);
    }
}
