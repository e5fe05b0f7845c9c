//! A scale's scores beside its labels, and a rising map from scores to labels, judged out of fold.

use serde::{Deserialize, Serialize};

use super::ruler::{Figure, LEVEL, LabelledOutcome, Measured, Ruler};
use super::verdicts::kappa;
use crate::stats::{
    CrossFitted, Weighting, kendall_tau_b, mean_absolute_error, pearson, root_mean_squared_error, spearman,
};
use crate::summary::Rate;

/// Scores on a scale of more than two levels beside labels, both in `0..=1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScaleFigures {
    /// Cohen's κ (1968) with linear weights, over the levels.
    pub kappa_linear: Measured<Figure>,
    /// The same with quadratic weights.
    pub kappa_quadratic: Measured<Figure>,
    /// Pearson's r of score and label.
    pub pearson: Measured<Figure>,
    /// Spearman's ρ.
    pub spearman: Measured<Figure>,
    /// Kendall's τ-b.
    pub tau_b: Measured<Figure>,
    /// The mean distance of score and label, as a share of the scale.
    pub mean_error: Measured<f64>,
    /// The root of the mean squared distance, as a share of the scale.
    pub root_error: Measured<f64>,
}

const CONSTANT: &str = "scores or labels are all the same";
const NOBODY: &str = "no record has a label and a score that decide";

/// `None` for a scale of good and bad alone.
pub(super) fn scale(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Option<ScaleFigures> {
    if !ruler.is_graded() {
        return None;
    }
    let levels = ruler.levels().len();
    let place =
        |one: &LabelledOutcome<'_>| Some((ruler.level(&one.expected.label)?, ruler.level(&one.score.label)?));
    let places: Vec<(usize, usize)> = items.iter().filter_map(place).collect();
    let values: Vec<(f64, f64)> =
        items.iter().filter_map(|one| Some((one.score.value?, one.expected.value?))).collect();
    let weighted = |weighting| Measured::of(kappa(&places, levels, weighting), CONSTANT);
    let correlated = |coefficient: fn(&[f64], &[f64]) -> Option<f64>| {
        let of = |drawn: &[(f64, f64)]| on_both(drawn, coefficient);
        Measured::of(Figure::drawn(&values, of), CONSTANT)
    };
    Some(ScaleFigures {
        kappa_linear: weighted(Weighting::Linear),
        kappa_quadratic: weighted(Weighting::Quadratic),
        pearson: correlated(pearson),
        spearman: correlated(spearman),
        tau_b: correlated(kendall_tau_b),
        mean_error: Measured::of(on_both(&values, mean_absolute_error), NOBODY),
        root_error: Measured::of(on_both(&values, root_mean_squared_error), NOBODY),
    })
}

fn on_both(pairs: &[(f64, f64)], statistic: fn(&[f64], &[f64]) -> Option<f64>) -> Option<f64> {
    let (scores, labels): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    statistic(&scores, &labels)
}

const FOLDS: usize = 5;
/// With fewer labels a fold has too few to say anything.
const LEAST: usize = 20;

/// An isotonic map from scores to labels, fitted without each of five folds in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IsotonicFigures {
    /// The root mean squared distance of score and label without the map.
    pub error_plain: f64,
    /// The same of mapped score and label, out of fold.
    pub error_mapped: f64,
    /// The lowest labelled score.
    pub low: f64,
    /// The highest labelled score.
    pub high: f64,
    /// The estimated part's scores outside of that range.
    pub outside: Rate,
    /// Whether a mean through the map may be claimed: at most one score in twenty lies outside.
    pub supports_a_level: bool,
    /// The estimated part's mean label through the map, its misses on the labels made up for.
    pub mean: Measured<Figure>,
}

/// `labelled` holds scores and labels, in an order that does not depend on them, and `clusters` the number of
/// each one's cluster: a cluster is never parted between folds.
pub(super) fn isotonic(
    labelled: &[(f64, f64)],
    clusters: &[usize],
    others: &[f64],
) -> Measured<IsotonicFigures> {
    if labelled.len() < LEAST {
        return Measured::Missing(format!("{} labels are too few: it takes {LEAST}", labelled.len()));
    }
    Measured::of(figures(labelled, clusters, others), "scores and labels cannot be fitted")
}

fn figures(labelled: &[(f64, f64)], clusters: &[usize], others: &[f64]) -> Option<IsotonicFigures> {
    let (scores, labels): (Vec<f64>, Vec<f64>) = labelled.iter().copied().unzip();
    let folds: Vec<usize> = clusters.iter().map(|cluster| cluster % FOLDS).collect();
    let fitted = CrossFitted::fit(&scores, &labels, &folds)?;
    let range = fitted.range(others);
    let mean = fitted.mean(others).map(|mean| Figure {
        value: mean.value,
        interval: mean.interval(LEVEL).map(|interval| interval.within(0.0, 1.0)),
    });
    Some(IsotonicFigures {
        error_plain: root_mean_squared_error(&scores, &labels)?,
        error_mapped: fitted.error()?,
        low: range.low,
        high: range.high,
        outside: range.outside.into(),
        supports_a_level: range.supports_a_level(),
        mean: Measured::of(mean, "there are no scores to estimate from"),
    })
}
