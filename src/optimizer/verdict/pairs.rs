//! What a model said of a record, asked by the baseline and by the winner.

use crate::optimizer::objective::{Given, Judgment};
use crate::stats::{Interval, PairedOutcomes};

/// What a model said: asked by the baseline, and by the winner.
pub(super) type Pair = (Judgment, Judgment);

/// What was said on one side of the pairs.
pub(super) fn side(pairs: &[Pair], of: fn(&Pair) -> &Judgment) -> Vec<Judgment> {
    pairs.iter().map(|pair| of(pair).clone()).collect()
}

/// The share of right verdicts less that of others about the same records, and its interval.
pub(super) fn hits(these: &[Judgment], others: &[Judgment]) -> (Option<f64>, Option<Interval>) {
    let right = |judgments: &[Judgment]| -> Vec<bool> { judgments.iter().map(is_right).collect() };
    let outcomes = PairedOutcomes::of(&right(these), &right(others));
    (outcomes.and_then(|outcomes| outcomes.difference()), outcomes.and_then(|outcomes| outcomes.tango(0.95)))
}

fn is_right(judgment: &Judgment) -> bool {
    matches!(&judgment.given, Given::Verdict { label, .. } if *label == judgment.expected.label)
}
