//! How many labels to collect, and of which records.

use serde::{Deserialize, Serialize};

use super::ruler::{LEVEL, Measured};
use crate::stats::{Comparison, JudgedRate, allocate_labels};

/// The most labels that are thought of.
const MOST: u64 = 1_000_000;
/// No side gets fewer labels than this.
const LEAST_OF_A_SIDE: u64 = 10;

/// What is known, or guessed, before labels are collected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pilot {
    /// The share of good records that the judge passes.
    pub sensitivity: f64,
    /// The share of bad records that it fails.
    pub specificity: f64,
    /// The share of records that it passes.
    pub judged_rate: f64,
    /// How many records it judges, besides the labelled ones.
    pub judged: u64,
}

/// Labels, split between the two verdicts, and what they bring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Split {
    /// How many labels.
    pub labels: u64,
    /// Of records that the judge failed.
    pub failed: u64,
    /// Of records that it passed.
    pub passed: u64,
    /// Half the width of the corrected rate's interval at 95 %.
    pub half_width: f64,
}

/// How many labels to collect, and of which records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LabelPlan {
    /// What it goes by.
    pub pilot: Pilot,
    /// What so many labels bring (Rogan & Gladen's rate, the split by Lee 2025).
    pub by_budget: Measured<Split>,
    /// The wished half-width.
    pub wished: f64,
    /// The labels it takes.
    pub for_wished: Measured<Split>,
    /// The smallest difference of two pass rates that two runs of so many judged records show, at
    /// 5 % with 80 % power, judged by this judge.
    pub detectable_judged: Measured<f64>,
    /// The same from the budget's labels alone, on each side, without a judge.
    pub detectable_labels: Measured<f64>,
}

const NO_SKILL: &str = "sensitivity + specificity is not above 1: no number of labels makes up for that";

/// Plans `budget` labels, and how many it takes for an interval of ± `wished`.
#[must_use]
pub(crate) fn plan(pilot: Pilot, budget: u64, wished: f64) -> LabelPlan {
    let skill = pilot.sensitivity + pilot.specificity - 1.0;
    let true_rate = ((pilot.judged_rate + pilot.specificity - 1.0) / skill).clamp(0.0, 1.0);
    LabelPlan {
        pilot,
        by_budget: by_budget(&pilot, budget),
        wished,
        for_wished: for_wished(&pilot, wished),
        detectable_judged: if skill > 0.0 {
            // A difference shows up times the judge's skill.
            Measured::of(difference(pilot.judged_rate, pilot.judged).map(|seen| seen / skill), NO_RECORDS)
        } else {
            Measured::Missing(NO_SKILL.into())
        },
        detectable_labels: if skill > 0.0 {
            Measured::of(difference(true_rate, budget), NO_RECORDS)
        } else {
            Measured::Missing(NO_SKILL.into())
        },
    }
}

const NO_RECORDS: &str = "the rate is 0 or 1, or there are no records";

/// What two samples of `n` show of a rate, at 5 % with 80 % power.
fn difference(rate: f64, n: u64) -> Option<f64> {
    let noise = rate * (1.0 - rate);
    let comparison =
        Comparison { alpha: 0.05, power: 0.8, between_items: 0.0, left_noise: noise, right_noise: noise };
    comparison.detectable(n).filter(|found| *found > 0.0)
}

fn by_budget(pilot: &Pilot, labels: u64) -> Measured<Split> {
    if pilot.sensitivity + pilot.specificity <= 1.0 {
        return Measured::Missing(NO_SKILL.into());
    }
    let why_not =
        format!("it takes {} labels at least, and a judge that passes something", 2 * LEAST_OF_A_SIDE);
    Measured::of(split(pilot, labels), &why_not)
}

fn split(pilot: &Pilot, labels: u64) -> Option<Split> {
    let Pilot { sensitivity, specificity, judged_rate, judged } = *pilot;
    let allocation = allocate_labels(labels, judged_rate, specificity, sensitivity, LEAST_OF_A_SIDE)?;
    let expected = JudgedRate {
        passed: judged_rate,
        n: judged,
        specificity,
        bad_labelled: allocation.bad,
        sensitivity,
        good_labelled: allocation.good,
    };
    let half_width = expected.interval(LEVEL)?.width() / 2.0;
    Some(Split { labels, failed: allocation.bad, passed: allocation.good, half_width })
}

/// The fewest labels whose interval is narrow enough.
fn for_wished(pilot: &Pilot, wished: f64) -> Measured<Split> {
    if pilot.sensitivity + pilot.specificity <= 1.0 {
        return Measured::Missing(NO_SKILL.into());
    }
    let enough = |labels: u64| split(pilot, labels).filter(|split| split.half_width <= wished);
    let mut high = 2 * LEAST_OF_A_SIDE;
    while high < MOST && enough(high).is_none() {
        high *= 2;
    }
    if enough(high).is_none() {
        return Measured::Missing(format!(
            "{} judged records leave more than that even with labels without end: judge more, or wish less",
            pilot.judged
        ));
    }
    let mut low = 2 * LEAST_OF_A_SIDE;
    while low < high {
        let middle = u64::midpoint(low, high);
        if enough(middle).is_some() {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Measured::of(enough(high), "no split is narrow enough")
}
