//! One number on the shares: a temperature, or the strength of a content-free correction.

use super::problem::{Item, Problem};
use super::search::lowest;
use crate::stats::CalibrationMap;

/// Shares are taken as at least this large before their logarithm is.
const LEAST_SHARE: f64 = 1e-12;
/// Log of the largest temperature, and minus that of the smallest one.
const WIDEST: f64 = 3.0;
/// The strongest correction.
const STRONGEST: f64 = 2.0;

/// The temperature under which the labels are likeliest (Guo 2017, arXiv 1706.04599). The loss is
/// convex in 1/t, so that it has one valley. A label between levels counts as the nearest one.
pub(super) fn fit(problem: &Problem<'_>, items: &[&Item]) -> CalibrationMap {
    let logs: Vec<Vec<f64>> = items.iter().map(|item| log_shares(problem, &item.shares)).collect();
    let cold = lowest(-WIDEST, WIDEST, |cold| {
        let scaled = |row: &Vec<f64>| row.iter().map(|log| log * cold.exp()).collect();
        loss(items, logs.iter().map(scaled))
    });
    CalibrationMap::Temperature { t: (-cold).exp() }
}

/// The strength of the content-free correction under which the labels are likeliest; convex too.
pub(super) fn fit_strength(problem: &Problem<'_>, items: &[&Item], prior: &[f64]) -> CalibrationMap {
    let logs: Vec<Vec<f64>> = items.iter().map(|item| log_shares(problem, &item.shares)).collect();
    let prior_logs: Vec<f64> = problem.levels.iter().map(|&at| prior[at].max(1e-6).ln()).collect();
    let strength = lowest(0.0, STRONGEST, |strength| {
        let corrected =
            |row: &Vec<f64>| row.iter().zip(&prior_logs).map(|(log, prior)| log - strength * prior).collect();
        loss(items, logs.iter().map(corrected))
    });
    CalibrationMap::ContentFree { prior: prior.to_vec(), strength }
}

/// The valued verdicts' log-shares, from the lowest level.
fn log_shares(problem: &Problem<'_>, shares: &[f64]) -> Vec<f64> {
    problem.levels.iter().map(|&at| shares[at].max(LEAST_SHARE).ln()).collect()
}

/// −Σ log share of the label's level, for log-odds by level.
fn loss(items: &[&Item], logs: impl Iterator<Item = Vec<f64>>) -> f64 {
    items.iter().zip(logs).map(|(item, logs)| log_total(&logs) - logs[item.true_level]).sum()
}

fn log_total(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + logs.iter().map(|log| (log - top).exp()).sum::<f64>().ln()
}
