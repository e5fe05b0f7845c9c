//! The difference of two sides over the same records, and the verdict it comes to.

use serde::{Deserialize, Serialize};

use crate::stats::{Interval, Paired, PairedMethod};

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
    /// Records that are higher on the new side.
    #[serde(default)]
    pub higher: u64,
    /// Records that are lower on the new side.
    #[serde(default)]
    pub lower: u64,
    /// Its paired interval.
    pub interval: Option<Interval>,
    /// How the interval and the p-values were found.
    pub method: PairedMethod,
    /// How many sources the records fall into, where they share some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// The two-sided p-value of no difference; 1 where nothing differs.
    pub p_value: f64,
    /// The one-sided p-value of "new is no lower"; 1 where nothing differs.
    #[serde(default = "one")]
    pub p_lower: f64,
    /// The one-sided p-value of "new is no higher"; 1 where nothing differs.
    #[serde(default = "one")]
    pub p_higher: f64,
    /// The smallest difference that this many records show in four of five tries, at a false alarm in twenty.
    pub smallest: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// The chance of a false alarm: of a finding in one direction, and, two-sided, for the smallest difference that shows.
const ALPHA: f64 = 0.05;

/// Fixed, so that the same records give the same interval.
const SEED: u64 = 21;

/// The paired difference at a level inside `0..1`; `clusters` names each record's source, or is empty. `None` without
/// records, or for unequal lengths.
#[must_use]
pub(crate) fn difference(new: &[f64], old: &[f64], clusters: Vec<String>, level: f64) -> Option<Difference> {
    let paired = Paired::new(new.to_vec(), old.to_vec())?.clustered(clusters).seed(SEED);
    Some(Difference {
        n: paired.n(),
        old: paired.old_mean()?,
        new: paired.new_mean()?,
        difference: paired.difference()?,
        higher: paired.higher(),
        lower: paired.lower(),
        interval: paired.interval(level),
        method: paired.method(),
        clusters: paired.clusters(),
        p_value: paired.p_no_difference().unwrap_or(1.0),
        p_lower: paired.p_worse().unwrap_or(1.0),
        p_higher: paired.p_better().unwrap_or(1.0),
        smallest: paired.smallest(ALPHA),
    })
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

/// What was found, by a one-sided test at 5 %.
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
    let (above, below) = (difference.p_higher <= ALPHA, difference.p_lower <= ALPHA);
    let finding = match (above, below, meaning) {
        (true, _, Meaning::Quality) => Finding::Better,
        (_, true, Meaning::Quality) => Finding::Worse,
        (true, _, Meaning::Severity) => Finding::Higher,
        (_, true, Meaning::Severity) => Finding::Lower,
        _ => Finding::NotShown,
    };
    ComparisonVerdict { finding, measure, difference }
}
