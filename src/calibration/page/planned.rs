//! Agreement where the records were chosen for labelling at unequal rates: each label counts for the records that it
//! stands for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ruler::{Figure, LEVEL, LabelledOutcome, Ruler};
use crate::stats::{Interval, effective_n, weighted_kappa, weighted_share};

/// Weights that differ by no more than this, one divided by the other, are the same.
const SAME: f64 = 1.001;

/// Agreement by the plan's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedFigures {
    /// How many records a label stands for, at least and at most.
    pub weights: [f64; 2],
    /// The labels that have a weight.
    pub n: u64,
    /// How many labels, drawn at one rate, these are worth (Kish 1965).
    pub effective_n: f64,
    /// Labels that the plan did not ask for: nobody knows what they stand for.
    pub unplanned: u64,
    /// The share of all records whose verdict is their label.
    pub same: WeightedRate,
    /// The share of all records whose label passes.
    pub base_rate: WeightedRate,
    /// Cohen's κ, with a percentile interval by drawing records.
    pub kappa: Option<Figure>,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WeightedRate {
    pub rate: f64,
    pub interval: Interval,
}

/// The figures; none where no label has a weight, or all have the same and stand for all.
pub(super) fn planned(
    ruler: &Ruler<'_>,
    items: &[LabelledOutcome<'_>],
    weights: &BTreeMap<String, f64>,
) -> Option<PlannedFigures> {
    let known: Vec<(f64, &LabelledOutcome<'_>)> =
        items.iter().filter_map(|one| Some((*weights.get(one.id)?, one))).collect();
    let own: Vec<f64> = known.iter().map(|(weight, _)| *weight).collect();
    let [least, most] = [f64::min, f64::max].map(|of| own.iter().copied().reduce(of));
    let (least, most) = least.zip(most)?;
    if most <= least * SAME {
        return None;
    }
    let share = |counts: &dyn Fn(&LabelledOutcome<'_>) -> bool| {
        let items: Vec<(f64, bool)> = known.iter().map(|(weight, one)| (*weight, counts(one))).collect();
        weighted_share(&items, LEVEL).map(|found| WeightedRate { rate: found.rate, interval: found.interval })
    };
    let size = ruler.verdicts.as_ref().map_or(0, |verdicts| verdicts.labels.len());
    let place = |one: &LabelledOutcome<'_>| {
        Some((ruler.position(&one.expected.label)?, ruler.position(&one.score.label)?))
    };
    let pairs: Vec<(f64, (usize, usize))> =
        known.iter().filter_map(|(weight, one)| Some((*weight, place(one)?))).collect();
    Some(PlannedFigures {
        weights: [least, most],
        n: known.len() as u64,
        effective_n: effective_n(&own)?,
        unplanned: items.len().saturating_sub(known.len()) as u64,
        same: share(&|one| one.expected.label == one.score.label)?,
        base_rate: share(&|one| one.expected.value.is_some_and(|value| ruler.passes(value)))?,
        kappa: Figure::drawn(&pairs, |pairs| weighted_kappa(pairs, size)),
    })
}
