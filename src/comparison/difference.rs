//! The difference of two sides over the same records, and the verdict it comes to.

use serde::{Deserialize, Serialize};

use crate::stats::{
    Bootstrap, Comparison as Planned, Interval, PairedOutcomes, Proportion, mean, paired_difference,
    paired_permutation, variance,
};

/// New minus old, over records that have a number on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// How many records.
    pub n: u64,
    /// The old side's mean.
    pub old: f64,
    /// The new side's mean.
    pub new: f64,
    /// New minus old.
    pub difference: f64,
    /// Its paired interval.
    pub interval: Option<Interval>,
    /// How the interval and the p-value were found.
    pub method: Method,
    /// The two-sided p-value of no difference.
    pub p_value: f64,
    /// The smallest difference that this many records show in four of five tries, at a false alarm in twenty.
    pub smallest: Option<f64>,
}

/// How an interval and a p-value were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// For numbers that are 0 or 1: Tango's score interval, and McNemar's exact test.
    Tango,
    /// The bootstrap (BCa), and a permutation test.
    Bootstrap,
    /// For many records: the normal interval, and a permutation test.
    Normal,
}

/// Above this many records the normal interval is as good as a drawn one.
const MOST_DRAWN: usize = 2000;

/// Seeded, so that the same records give the same interval.
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 2000, seed: 21 };
const PERMUTATIONS: u32 = 5000;

/// The chance of a false alarm, and of finding a true difference, for the smallest one that shows.
const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// The paired difference at a level inside `0..1`. `None` without records, or for unequal lengths.
#[must_use]
pub fn difference(new: &[f64], old: &[f64], level: f64) -> Option<Difference> {
    let estimate = paired_difference(new, old)?;
    let is_binary = new.iter().chain(old).all(|value| *value <= 0.0 || *value >= 1.0);
    let (method, interval, p_value) = if is_binary {
        let passes = |values: &[f64]| values.iter().map(|value| *value >= 1.0).collect::<Vec<bool>>();
        let outcomes = PairedOutcomes::of(&passes(new), &passes(old))?;
        (Method::Tango, outcomes.tango(level), outcomes.mcnemar_exact())
    } else {
        let p_value = paired_permutation(new, old, PERMUTATIONS, BOOTSTRAP.seed)?.p_value;
        let drawn = drawn(new, old, level);
        let normal = || Some(estimate.interval(level)?.within(-1.0, 1.0));
        match drawn {
            Some(interval) => (Method::Bootstrap, Some(interval), p_value),
            None => (Method::Normal, normal(), p_value),
        }
    };
    Some(Difference {
        n: new.len() as u64,
        old: mean(old)?,
        new: mean(new)?,
        difference: estimate.value,
        interval,
        method,
        p_value,
        smallest: smallest(new, old),
    })
}

fn drawn(new: &[f64], old: &[f64], level: f64) -> Option<Interval> {
    if new.len() > MOST_DRAWN {
        return None;
    }
    BOOTSTRAP.bca(&differences(new, old), mean, level)
}

fn differences(new: &[f64], old: &[f64]) -> Vec<f64> {
    new.iter().zip(old).map(|(new, old)| new - old).collect()
}

/// Where no record differs, the variance is that of the largest share of differing records that could still
/// have gone unseen (Wilson's upper end).
fn smallest(new: &[f64], old: &[f64]) -> Option<f64> {
    let n = new.len() as u64;
    let seen = variance(&differences(new, old)).filter(|variance| *variance > 0.0);
    let unseen = || Some(Proportion::new(0, n).wilson(1.0 - ALPHA)?.high);
    let between_items = seen.or_else(unseen)?;
    let plan = Planned { alpha: ALPHA, power: POWER, between_items, left_noise: 0.0, right_noise: 0.0 };
    plan.detectable(n)
}

/// The verdict of a comparison, on one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonVerdict {
    /// What was found.
    pub finding: Finding,
    /// By what it was found.
    pub measure: Measure,
    /// The numbers.
    pub difference: Difference,
}

/// What was found, at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The new side is better.
    Better,
    /// The new side is worse.
    Worse,
    /// The new judge scores higher; whether that is right nobody can tell without labels.
    Higher,
    /// The new judge scores lower; whether that is right nobody can tell without labels.
    Lower,
    /// No difference is shown by this many records.
    NotShown,
}

/// What two sides are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of verdicts that are their label.
    Accuracy,
    /// 1 minus the distance of score and label, where labels are numbers.
    Closeness,
    /// The score.
    Score,
}

/// Whether a difference says which side is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Quality,
    Severity,
}

pub(super) fn verdict(difference: Difference, measure: Measure, meaning: Meaning) -> ComparisonVerdict {
    let above = difference.interval.is_some_and(|interval| interval.low > 0.0);
    let below = difference.interval.is_some_and(|interval| interval.high < 0.0);
    let finding = match (above, below, meaning) {
        (true, _, Meaning::Quality) => Finding::Better,
        (_, true, Meaning::Quality) => Finding::Worse,
        (true, _, Meaning::Severity) => Finding::Higher,
        (_, true, Meaning::Severity) => Finding::Lower,
        _ => Finding::NotShown,
    };
    ComparisonVerdict { finding, measure, difference }
}
