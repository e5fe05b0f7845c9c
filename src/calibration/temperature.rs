//! One number on the shares, found by golden-section search: a temperature, or the strength of a correction.

use super::problem::{Item, Problem};
use crate::stats::CalibrationMap;

/// Golden-section search (Kiefer 1953) for the lowest point of `loss` between `low` and `high`, to a
/// part in 10^9 of the range.
pub(super) fn lowest(mut low: f64, mut high: f64, loss: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..44 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = loss(right);
        }
    }
    f64::midpoint(low, high)
}

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

/// −Σ w·log share of the label's level, for log-odds by level.
fn loss(items: &[&Item], logs: impl Iterator<Item = Vec<f64>>) -> f64 {
    items.iter().zip(logs).map(|(item, logs)| item.weight * (log_total(&logs) - logs[item.true_level])).sum()
}

fn log_total(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + logs.iter().map(|log| (log - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::lowest;

    #[test]
    fn finds_the_valley_and_the_ends() {
        assert!((lowest(-3.0, 5.0, |x| (x - 1.25).powi(2)) - 1.25).abs() < 1e-6);
        assert!((lowest(0.0, 1.0, |x| x)).abs() < 1e-8);
        assert!((lowest(0.0, 1.0, |x| -x) - 1.0).abs() < 1e-8);
    }
}
