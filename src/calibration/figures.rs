//! How good scores and verdicts are against labels.

use serde::{Deserialize, Serialize};

use super::problem::{Item, Prediction};
use crate::stats::{Proportion, Table, Weighting, cohen_kappa, concordance, mean};

/// Scores are taken as at least this far from 0 and 1 in the log loss, so that one sure miss cannot
/// outweigh all other items.
const LEAST: f64 = 1e-3;
const BINS: usize = 10;

/// Scores and verdicts held against labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many items.
    pub n: usize,
    /// Verdicts that are the label's.
    pub accuracy: Proportion,
    /// Cohen's κ: plain for two verdicts, quadratic for a scale.
    pub kappa: Option<f64>,
    /// The mean of −y·ln s − (1−y)·ln(1−s) for label value y and score s, the score taken as at
    /// least 0.001 from 0 and 1. On a scale too it is lowest where the score is the expected label.
    pub log_loss: Option<f64>,
    /// The mean squared distance of score and label value.
    pub brier: Option<f64>,
    /// The distance of mean score and mean label value, over ten bins of equal width.
    pub calibration_error: Option<f64>,
    /// How often the score orders two items as their labels do; ½ is chance.
    pub rank_auc: Option<f64>,
}

impl Figures {
    pub(super) fn of(items: &[Item], predictions: &[Prediction], levels: usize) -> Self {
        let rows: Vec<Row> = items.iter().zip(predictions).map(|(item, one)| Row::of(item, *one)).collect();
        let scores: Vec<f64> = predictions.iter().map(|one| one.value).collect();
        let truths: Vec<f64> = items.iter().map(|item| item.truth).collect();
        let mean_of = |value: fn(&Row) -> f64| mean(&rows.iter().map(value).collect::<Vec<_>>());
        let hits: Vec<bool> = rows.iter().map(Row::hit).collect();
        Self {
            n: items.len(),
            accuracy: Proportion::of(&hits),
            kappa: kappa(rows.iter().map(|row| row.levels), levels),
            log_loss: mean_of(|row| row.log_loss),
            brier: mean_of(|row| row.brier),
            calibration_error: calibration_error(&scores, &truths),
            rank_auc: concordance(&truths, &scores).and_then(|found| found.share()),
        }
    }
}

/// What one item adds to the figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) log_loss: f64,
    pub(super) brier: f64,
    /// The true level and the given one.
    pub(super) levels: (usize, usize),
}

impl Row {
    pub(super) fn of(item: &Item, prediction: Prediction) -> Self {
        let score = prediction.value.clamp(LEAST, 1.0 - LEAST);
        Self {
            log_loss: -item.truth * score.ln() - (1.0 - item.truth) * (1.0 - score).ln(),
            brier: (item.truth - prediction.value).powi(2),
            levels: (item.true_level, prediction.level),
        }
    }

    pub(super) fn hit(&self) -> bool {
        self.levels.0 == self.levels.1
    }
}

/// κ of (true, given) levels: plain for two, quadratic for more.
pub(super) fn kappa(pairs: impl Iterator<Item = (usize, usize)>, levels: usize) -> Option<f64> {
    let weighting = if levels > 2 { Weighting::Quadratic } else { Weighting::Identity };
    let pairs: Vec<(usize, usize)> = pairs.collect();
    Some(cohen_kappa(&Table::of_pairs(levels, &pairs), weighting)?.value)
}

/// Σ over bins of |mean score − mean label|, weighted by their items.
fn calibration_error(scores: &[f64], truths: &[f64]) -> Option<f64> {
    let mut misses = [0.0; BINS];
    // A bin's share of the items times its mean miss is its sum of misses over all items.
    let share = 1.0 / f64::from(u32::try_from(scores.len()).ok().filter(|&n| n > 0)?);
    for (score, truth) in scores.iter().zip(truths) {
        misses[bin_of(*score)] += (score - truth) * share;
    }
    Some(misses.iter().map(|miss| miss.abs()).sum())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score lies between 0 and 1")]
fn bin_of(score: f64) -> usize {
    ((score * 10.0).ceil() as usize).saturating_sub(1).min(BINS - 1)
}
