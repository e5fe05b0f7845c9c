//! What a fit found: the map, if one is worth it, everything that was tried, and how good each was.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::options::{MapKind, Metric};
use super::problem::{Item, Prediction};
use crate::number::to_usize;
use crate::stats::{CalibrationMap, Interval, Proportion, Table, Weighting, cohen_kappa, concordance, sum};

/// Scores are taken as at least this far from 0 and 1 in the log loss, so that one sure miss cannot
/// outweigh all other items.
const LEAST: f64 = 1e-3;
const BINS: usize = 10;

/// Scores and verdicts held against labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// How many items.
    pub n: usize,
    /// Verdicts that are the label's, each counted once.
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
    /// How often the score orders two items as their labels do, each pair counted once; ½ is chance.
    pub rank_auc: Option<f64>,
}

impl Figures {
    pub(super) fn of(items: &[Item], predictions: &[Prediction], levels: usize) -> Self {
        let rows: Vec<ItemFigures> =
            items.iter().zip(predictions).map(|(item, one)| ItemFigures::of(item, *one)).collect();
        let scores: Vec<f64> = predictions.iter().map(|one| one.value).collect();
        let truths: Vec<f64> = items.iter().map(|item| item.truth).collect();
        let mean_of = |value: fn(&ItemFigures) -> f64| weighted_mean(&rows, value);
        let weights: Vec<f64> = rows.iter().map(|row| row.weight).collect();
        let hits: Vec<bool> = rows.iter().map(ItemFigures::hit).collect();
        Self {
            n: items.len(),
            accuracy: Proportion::of(&hits),
            kappa: kappa(rows.iter().map(|row| (row.levels, row.units)), levels),
            log_loss: mean_of(|row| row.log_loss),
            brier: mean_of(|row| row.brier),
            calibration_error: calibration_error(&scores, &truths, &weights),
            rank_auc: concordance(&truths, &scores).and_then(|found| found.share()),
        }
    }
}

/// What one item adds to the figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct ItemFigures {
    pub(super) log_loss: f64,
    pub(super) brier: f64,
    /// The true level and the given one.
    pub(super) levels: (usize, usize),
    /// How much it counts: 1 on the mean.
    pub(super) weight: f64,
    pub(super) units: u64,
}

impl ItemFigures {
    pub(super) fn of(item: &Item, prediction: Prediction) -> Self {
        let score = prediction.value.clamp(LEAST, 1.0 - LEAST);
        Self {
            log_loss: -item.truth * score.ln() - (1.0 - item.truth) * (1.0 - score).ln(),
            brier: (item.truth - prediction.value).powi(2),
            levels: (item.true_level, prediction.level),
            weight: item.weight,
            units: item.units,
        }
    }

    pub(super) fn hit(&self) -> bool {
        self.levels.0 == self.levels.1
    }
}

/// The mean by weights, Σ wx / Σ w; `None` without items.
pub(super) fn weighted_mean(rows: &[ItemFigures], value: impl Fn(&ItemFigures) -> f64) -> Option<f64> {
    let weights: Vec<f64> = rows.iter().map(|row| row.weight).collect();
    let values: Vec<f64> = rows.iter().map(|row| row.weight * value(row)).collect();
    (!rows.is_empty()).then_some(sum(&values)? / sum(&weights)?)
}

/// κ of (true, given) levels, each pair as often as it counts: plain for two, quadratic for more.
pub(super) fn kappa(pairs: impl Iterator<Item = ((usize, usize), u64)>, levels: usize) -> Option<f64> {
    let weighting = if levels > 2 { Weighting::Quadratic } else { Weighting::Identity };
    let mut counts = vec![vec![0_u64; levels]; levels];
    for ((truth, given), units) in pairs {
        counts[truth][given] += units;
    }
    Some(cohen_kappa(&Table::new(counts)?, weighting)?.value)
}

/// Σ over bins of |mean score − mean label|, weighted by their items.
fn calibration_error(scores: &[f64], truths: &[f64], weights: &[f64]) -> Option<f64> {
    let mut misses = [0.0; BINS];
    // A bin's share of the items times its mean miss is its sum of misses over all items.
    let share = 1.0 / sum(weights).filter(|all| *all > 0.0)?;
    for ((score, truth), weight) in scores.iter().zip(truths).zip(weights) {
        misses[bin_of(*score)] += (score - truth) * (share * weight);
    }
    Some(misses.iter().map(|miss| miss.abs()).sum())
}

fn bin_of(score: f64) -> usize {
    to_usize((score * 10.0).ceil()).saturating_sub(1).min(BINS - 1)
}

/// What a fit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fitted {
    /// The map fitted on all cases; `None` where none is worth it.
    pub chosen: Option<CalibrationMap>,
    /// Why.
    pub decision: MapDecision,
    /// What the choice was made by.
    pub metric: Metric,
    /// How many cases.
    pub n: usize,
    /// How many clusters they form; as many as cases where they stand for themselves.
    pub clusters: usize,
    /// The labels' mean value, in `0..=1`.
    pub base_rate: f64,
    /// Cases whose likeliest verdict decides nothing; they count by their likeliest other verdict.
    pub undecided: usize,
    /// The cases without a map.
    pub plain: Figures,
    /// Each kind, fitted without and judged on each fold in turn.
    pub table: Vec<FittedMap>,
    /// The whole procedure with its choice of kind, judged on folds it never saw.
    pub adjusted: Adjusted,
}

/// A kind of map, judged out of fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FittedMap {
    /// The kind.
    pub kind: MapKind,
    /// Scores and verdicts out of fold.
    pub figures: Figures,
    /// What it gains over no map.
    pub gains: Gains,
}

/// Paired gains over no map; positive is better, whatever the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gains {
    /// By how much the log loss falls.
    pub log_loss: Gain,
    /// By how much the Brier score falls.
    pub brier: Gain,
    /// By how much κ rises.
    pub kappa: Gain,
    /// By how much the accuracy rises.
    pub accuracy: Gain,
}

impl Gains {
    /// The gain in what the choice is made by.
    #[must_use]
    pub(crate) fn of(&self, metric: Metric) -> &Gain {
        match metric {
            Metric::LogLoss => &self.log_loss,
            Metric::Brier => &self.brier,
            Metric::Kappa => &self.kappa,
        }
    }
}

/// A gain with its bootstrap interval over clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gain {
    /// The gain; `None` where a figure is undefined.
    pub value: Option<f64>,
    /// Its percentile interval.
    pub interval: Option<Interval>,
}

impl Gain {
    /// Whether the whole interval lies above 0.
    #[must_use]
    pub(crate) fn is_real(&self) -> bool {
        self.interval.is_some_and(|interval| interval.low > 0.0)
    }
}

/// The procedure of trying all kinds and taking the best, judged by an outer cross-validation: on
/// each outer fold by a kind that was chosen and fitted without it. These are the figures to report;
/// the best row of the table is better than it should be, because it was chosen for that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adjusted {
    /// Scores and verdicts.
    pub figures: Figures,
    /// What the procedure gains over no map.
    pub gains: Gains,
    /// What it gains over a judge without skill: one that always says the mean label (log loss,
    /// Brier), or κ itself.
    pub skill: Gain,
    /// The kind that each outer fold's other cases chose; `None` for no map.
    pub choices: Vec<Option<MapKind>>,
}

/// Why a map was kept, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MapDecision {
    /// A map is kept: the gain is real, and what comes out tells good from bad.
    Kept,
    /// No kind does better than no map.
    NoGain,
    /// A kind does better out of fold, but the gain of choosing one could be chance.
    GainUncertain,
    /// The gain is real, but the mapped scores tell no more than the mean label does: the judge has
    /// no skill that a map could bring out.
    NoSkill,
}

impl fmt::Display for MapDecision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kept => "kept: the gain holds on unseen labels",
            Self::NoGain => "none kept: none does better than the scores as they are",
            Self::GainUncertain => "none kept: the gain of the best one could be chance",
            Self::NoSkill => "none kept: the corrected scores tell no more than the mean label",
        })
    }
}
