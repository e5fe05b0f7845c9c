//! Platt scaling: a straight line on the log-odds.

use crate::stats::{CalibrationMap, logit};

const MOST_STEPS: u32 = 100;
/// Added to the curvature, so that a step exists where scores do not vary.
const RIDGE: f64 = 1e-12;

/// Fits 1/(1 + exp(−a·logit(score) − b)) to labels in `0..=1` (Platt 1999) by Newton's method with
/// halved steps (Lin, Lin & Weng 2007, *A note on Platt's probabilistic outputs*).
///
/// Each item counts by its weight in the log loss, and in the two counts below: a weighted likelihood (Pfeffermann 1993).
/// Labels are drawn in as Platt does, to (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), so that the fit exists for
/// separable scores too. A falling line would turn the judge's order around; it becomes flat.
pub(super) fn fit(scores: &[f64], labels: &[f64], weights: &[f64]) -> CalibrationMap {
    let odds: Vec<f64> = scores.iter().map(|&score| logit(score)).collect();
    let (a, b) = line(&odds, &smoothed(labels, weights), weights);
    if a >= 0.0 {
        return CalibrationMap::Platt { a, b };
    }
    let (_, b) = line(&vec![0.0; odds.len()], &smoothed(labels, weights), weights);
    CalibrationMap::Platt { a: 0.0, b }
}

fn smoothed(labels: &[f64], weights: &[f64]) -> Vec<f64> {
    let positive: f64 = labels.iter().zip(weights).map(|(label, weight)| weight * label).sum();
    let negative: f64 = labels.iter().zip(weights).map(|(label, weight)| weight * (1.0 - label)).sum();
    let (high, low) = ((positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0));
    labels.iter().map(|label| label * high + (1.0 - label) * low).collect()
}

/// Slope and shift with the smallest log loss.
fn line(odds: &[f64], targets: &[f64], weights: &[f64]) -> (f64, f64) {
    let weighed = || targets.iter().zip(weights);
    let share = weighed().map(|(target, weight)| weight * target).sum::<f64>();
    let rest = weighed().map(|(target, weight)| weight * (1.0 - target)).sum::<f64>();
    let (mut a, mut b) = (0.0, (share / rest).ln());
    let mut best = loss(odds, targets, weights, a, b);
    for _ in 0..MOST_STEPS {
        let (step_a, step_b) = newton_step(odds, targets, weights, a, b);
        let mut scale = 1.0;
        loop {
            let next = loss(odds, targets, weights, a + scale * step_a, b + scale * step_b);
            if next < best {
                (a, b, best) = (a + scale * step_a, b + scale * step_b, next);
                break;
            }
            scale /= 2.0;
            if scale < 1e-10 {
                return (a, b);
            }
        }
    }
    (a, b)
}

fn newton_step(odds: &[f64], targets: &[f64], weights: &[f64], a: f64, b: f64) -> (f64, f64) {
    let (mut slope_a, mut slope_b) = (0.0, 0.0);
    let (mut steep, mut mixed, mut level) = (RIDGE, 0.0, RIDGE);
    for ((x, target), counts) in odds.iter().zip(targets).zip(weights) {
        let p = 1.0 / (1.0 + (-a * x - b).exp());
        slope_a += counts * (x * (p - target));
        slope_b += counts * (p - target);
        let weight = p * (1.0 - p);
        steep += counts * (x * x * weight);
        mixed += counts * (x * weight);
        level += counts * weight;
    }
    let determinant = steep * level - mixed * mixed;
    (-(level * slope_a - mixed * slope_b) / determinant, -(steep * slope_b - mixed * slope_a) / determinant)
}

/// −Σ w·(t·ln p + (1 − t)·ln(1 − p)), without overflow.
fn loss(odds: &[f64], targets: &[f64], weights: &[f64], a: f64, b: f64) -> f64 {
    let one = |x: f64, target: f64| {
        let z = a * x + b;
        z.max(0.0) - z * target + (-z.abs()).exp().ln_1p()
    };
    odds.iter().zip(targets).zip(weights).map(|((&x, &target), weight)| weight * one(x, target)).sum()
}
