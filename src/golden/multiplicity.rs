//! Tests that are made together, and the level of each.

use crate::stats::holm;

/// One test's place among all that are made together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AdjustedTest {
    /// Its p-value after Holm's adjustment.
    pub(super) adjusted_p: f64,
    /// The level of the interval that says the same as the adjusted test.
    pub(super) level: f64,
    /// Whether the adjusted p-value is small enough.
    pub(super) rejected: bool,
}

/// The tests' places at a level for all of them together; none for what is not tested.
///
/// Holm (1979) goes through the p-values from the smallest and compares the i-th with α/(k − i) until
/// one is not small enough: what comes after it is seen at the level of that one.
pub(super) fn adjusted_tests(p_values: &[Option<f64>], level: f64) -> Vec<Option<AdjustedTest>> {
    let tested: Vec<f64> = p_values.iter().flatten().copied().collect();
    let adjusted = holm(&tested).unwrap_or_else(|| vec![1.0; tested.len()]);
    let alpha = 1.0 - level;
    let rejected = adjusted.iter().filter(|p| **p <= alpha).count();
    let share = |rank: usize| alpha / whole(tested.len() - rank.min(tested.len().saturating_sub(1)));
    let mut next = adjusted.iter().zip(&tested);
    p_values
        .iter()
        .map(|p_value| {
            (*p_value)?;
            let (adjusted_p, p) = next.next()?;
            let rank = tested.iter().filter(|other| *other < p).count().min(rejected);
            Some(AdjustedTest {
                adjusted_p: *adjusted_p,
                level: 1.0 - share(rank),
                rejected: *adjusted_p <= alpha,
            })
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a number of tests")]
fn whole(number: usize) -> f64 {
    number.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_test_has_the_whole_level() {
        let alone = AdjustedTest { adjusted_p: 0.3, level: 0.95, rejected: false };
        assert_eq!(adjusted_tests(&[Some(0.3)], 0.95), [Some(alone)]);
        assert_eq!(adjusted_tests(&[None], 0.95), [None]);
    }

    #[test]
    fn levels_follow_the_steps() {
        let found = adjusted_tests(&[Some(0.5), None, Some(0.001), Some(0.02)], 0.94);
        let levels: Vec<f64> = found.iter().flatten().map(|place| place.level).collect();
        // 0.001 is tested at 0.06/3; 0.02 at 0.06/2; 0.5 at 0.06.
        for (level, expected) in levels.iter().zip([0.94, 0.98, 0.97]) {
            assert!((level - expected).abs() < 1e-12, "{levels:?}");
        }
        // Where the first is not small enough, all are seen at its level.
        let found = adjusted_tests(&[Some(0.5), Some(0.2), Some(0.9)], 0.94);
        assert!(found.iter().flatten().all(|place| (place.level - 0.98).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn the_adjusted_test_and_the_level_say_the_same() {
        let p_values = [0.004, 0.011, 0.03, 0.04].map(Some);
        for (p, place) in p_values.iter().flatten().zip(adjusted_tests(&p_values, 0.95).iter().flatten()) {
            assert_eq!(place.rejected, *p <= 1.0 - place.level, "{p} {place:?}");
        }
    }
}
