//! A rising map from scores to labels, judged out of fold.

use serde::{Deserialize, Serialize};

use super::measured::{Figure, LEVEL, Measured};
use crate::stats::{CrossFitted, root_mean_squared_error};
use crate::summary::Rate;

const FOLDS: usize = 5;
/// With fewer labels a fold has too few to say anything.
const LEAST: usize = 20;

/// An isotonic map from scores to labels, fitted without each of five folds in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsotonicFigures {
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
