//! What so many records can show, and how many it takes.

use super::paired::Sample;
use crate::stats::Comparison;

/// The chance with which a difference shall be found.
const POWER: f64 = 0.8;

/// The smallest difference that the sample shows with a chance of 80 %, tested at this level.
pub(super) fn smallest_effect(sample: &Sample, level: f64) -> Option<f64> {
    let effect = plan(sample, level)?.detectable(sample.n())?;
    Some(effect.min(1.0))
}

/// How many records it takes to show, with a chance of 80 %, that nothing is worse by `margin`.
pub(super) fn n_needed(sample: &Sample, margin: f64, level: f64) -> Option<u64> {
    plan(sample, level)?.required_n(margin)
}

fn plan(sample: &Sample, level: f64) -> Option<Comparison> {
    let between_items = sample.variance()?;
    Some(Comparison { alpha: 1.0 - level, power: POWER, between_items, left_noise: 0.0, right_noise: 0.0 })
}
