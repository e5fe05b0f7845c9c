//! Every two cells compared on the records of both: which is really better, and how many records it takes to know.

use schemars::JsonSchema;
use serde::Serialize;

use super::cell::CellFigures;
use super::speed::LEVEL;
use crate::stats::{Interval, Paired, holm};

/// The chance of a false alarm over all pairs together.
const ALPHA: f64 = 0.05;

/// Two cells compared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PairFigures {
    /// The better one by the measured figure, and the other.
    pub(crate) better: String,
    pub(crate) worse: String,
    /// Labelled records that both gave a verdict.
    pub(crate) n: u64,
    /// How much more right the better one is, from 0 to 1.
    pub(crate) difference: f64,
    pub(crate) interval: Option<Interval>,
    /// Two-sided, of no difference, corrected by Holm over all pairs.
    pub(crate) p_adjusted: Option<f64>,
    /// Whether they can be told apart.
    pub(crate) is_told_apart: bool,
    /// How many records tell a difference of this size from chance, with a chance of 80 %.
    pub(crate) records_needed: Option<u64>,
}

struct Both {
    better: usize,
    worse: usize,
    paired: Paired,
}

/// Every two cells with labelled records in common; the clearest difference first.
pub(crate) fn pairs(cells: &[CellFigures], scale: Option<(f64, f64)>) -> Vec<PairFigures> {
    let mut both = Vec::new();
    for (first, one) in cells.iter().enumerate() {
        for (second, other) in cells.iter().enumerate().skip(first + 1) {
            both.extend(of_two((first, one), (second, other), scale));
        }
    }
    // Two that never differ have no p-value: nothing speaks against their being the same.
    let p_values: Vec<f64> = both.iter().map(|both| both.paired.p_no_difference().unwrap_or(1.0)).collect();
    let adjusted = holm(&p_values);
    let name = |place: usize| cells.get(place).map(|cell| cell.meta.name.clone()).unwrap_or_default();
    let figures = both.iter().enumerate().map(|(place, Both { better, worse, paired })| {
        let p_adjusted = adjusted.as_ref().and_then(|adjusted| adjusted.get(place)).copied();
        let difference = paired.difference().unwrap_or_default();
        PairFigures {
            better: name(*better),
            worse: name(*worse),
            n: paired.n(),
            difference,
            interval: paired.interval(LEVEL),
            p_adjusted,
            is_told_apart: p_adjusted.is_some_and(|p| p <= ALPHA),
            records_needed: (difference > 0.0).then(|| paired.n_needed(difference, ALPHA)).flatten(),
        }
    });
    let mut figures: Vec<PairFigures> = figures.collect();
    figures.sort_by(|a, b| a.p_adjusted.unwrap_or(1.0).total_cmp(&b.p_adjusted.unwrap_or(1.0)));
    figures
}

fn of_two(
    (first, one): (usize, &CellFigures),
    (second, other): (usize, &CellFigures),
    scale: Option<(f64, f64)>,
) -> Option<Both> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (record, verdicts) in &one.by_record {
        let others = other.by_record.get(record).and_then(|others| others.rightness(scale));
        if let (Some(own), Some(others)) = (verdicts.rightness(scale), others) {
            left.push(own);
            right.push(others);
        }
    }
    if left.is_empty() {
        return None;
    }
    let paired = Paired::new(left.clone(), right.clone())?;
    if paired.difference()? >= 0.0 {
        return Some(Both { better: first, worse: second, paired });
    }
    Some(Both { better: second, worse: first, paired: Paired::new(right, left)? })
}
