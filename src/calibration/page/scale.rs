//! A scale's scores beside its labels.

use serde::{Deserialize, Serialize};

use super::measured::{Figure, Measured};
use super::ruler::{Labelled, Ruler};
use super::verdicts::kappa;
use crate::stats::{
    Weighting, kendall_tau_b, mean_absolute_error, pearson, root_mean_squared_error, spearman,
};

/// Scores on a scale of more than two levels beside labels, both in `0..=1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaleFigures {
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
pub(super) fn scale(ruler: &Ruler<'_>, items: &[Labelled<'_>]) -> Option<ScaleFigures> {
    if !ruler.is_graded() {
        return None;
    }
    let levels = ruler.levels().len();
    let place =
        |one: &Labelled<'_>| Some((ruler.level(&one.expected.label)?, ruler.level(&one.score.label)?));
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
