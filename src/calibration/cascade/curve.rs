//! Cost against agreement: one threshold for every stage but the last, which always stands.

use serde::{Deserialize, Serialize};

use super::cases::{Case, MeanCost};
use crate::stats::cascade_cost;
use crate::summary::Rate;

/// The most points of a curve.
const MOST_POINTS: usize = 9;

/// What a cost is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CostUnit {
    /// US dollars.
    Dollars,
    /// Seconds that calls took, where prices are not known.
    Seconds,
    /// Calls, where times are not known either.
    #[default]
    Calls,
}

impl CostUnit {
    /// What is known of all stages, and is more than nothing.
    pub(super) fn of(costs: &[MeanCost]) -> Self {
        let known = |cost: fn(&MeanCost) -> Option<f64>| {
            costs.iter().all(|each| cost(each).is_some())
                && costs.iter().filter_map(cost).any(|cost| cost > 0.0)
        };
        if known(|cost| cost.usd) {
            Self::Dollars
        } else if known(|cost| cost.seconds) {
            Self::Seconds
        } else {
            Self::Calls
        }
    }

    pub(super) fn cost(self, cost: &MeanCost) -> f64 {
        match self {
            Self::Dollars => cost.usd.unwrap_or(0.0),
            Self::Seconds => cost.seconds.unwrap_or(0.0),
            Self::Calls => cost.calls,
        }
    }
}

/// What a cascade with one threshold would cost, and how right it would be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CurvePoint {
    /// The threshold of every stage but the last.
    pub(crate) threshold: f64,
    /// What a record costs, in the page's unit.
    pub(crate) cost: f64,
    /// Records that reach the last stage.
    pub(crate) reach_last: Rate,
    /// Verdicts that are the label.
    pub(crate) right: Rate,
}

/// The curve, from the highest threshold on; each stage costs this much for a record.
pub(super) fn curve(cases: &[Case], costs: &[f64]) -> Vec<CurvePoint> {
    let before = costs.len().saturating_sub(1);
    let mut thresholds: Vec<f64> = cases
        .iter()
        .flat_map(|case| case.said.iter().take(before).filter_map(|said| Some(said.judgment()?.confidence)))
        .collect();
    thresholds.sort_by(|left, right| right.total_cmp(left));
    thresholds.dedup();
    let step = thresholds.len().div_ceil(MOST_POINTS).max(1);
    // The lowest is the cheapest: it is always one of them.
    let last = thresholds.len().saturating_sub(1);
    let taken = thresholds.iter().enumerate().filter(|(place, _)| place % step == 0 || *place == last);
    taken.map(|(_, threshold)| point(cases, costs, *threshold)).collect()
}

fn point(cases: &[Case], costs: &[f64], threshold: f64) -> CurvePoint {
    let last = costs.len().saturating_sub(1);
    let mut reached = vec![0_u64; costs.len()];
    let mut stood = vec![0_u64; costs.len()];
    let (mut right, mut given) = (0, 0);
    for case in cases {
        for (place, said) in case.said.iter().enumerate() {
            reached[place] += 1;
            let is_sure = said.confidence.is_some_and(|confidence| confidence >= threshold);
            if let Some(is_right) = said.is_right.filter(|_| place == last || is_sure) {
                stood[place] += 1;
                given += 1;
                right += u64::from(is_right);
                break;
            }
        }
    }
    let share = |place: usize| Rate::of(stood[place], reached[place]).rate.unwrap_or(0.0);
    let stages: Vec<(f64, f64)> =
        costs.iter().enumerate().map(|(place, cost)| (*cost, share(place))).collect();
    CurvePoint {
        threshold,
        cost: cascade_cost(&stages),
        reach_last: Rate::of(reached[last], cases.len() as u64),
        right: Rate::of(right, given),
    }
}
