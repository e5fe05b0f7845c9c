//! What the judge says a pass is likely to be, beside how often it is one.

use serde::{Deserialize, Serialize};

use super::measured::{Figure, Measured};
use super::ruler::{Labelled, Ruler};
use crate::stats::{ReliabilityBin, brier, expected_calibration_error, reliability_bins, roc_auc};

/// Ranges of equal width.
const BINS: usize = 10;

/// The stated probability of a pass beside the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityFigures {
    /// The Brier score: 0 is perfect, 0.25 is always saying one half.
    pub brier: Figure,
    /// The Brier score of always saying the share of labels that pass: worse than this is no skill.
    pub brier_of_base_rate: f64,
    /// The expected calibration error over ten ranges of equal width; biased upwards for few records.
    pub calibration_error: f64,
    /// The ranges: what was stated, and what happened.
    pub bins: Vec<ReliabilityBin>,
}

pub(super) fn probabilities(ruler: &Ruler<'_>, items: &[Labelled<'_>]) -> Measured<ProbabilityFigures> {
    if items.iter().all(|one| one.score.distribution.is_empty()) {
        return Measured::Missing(
            "this reading gives verdicts without probabilities; a weighted one (--reading weighted) gives them"
                .into(),
        );
    }
    let stated =
        |one: &Labelled<'_>| Some((ruler.pass_probability(one.score)?, ruler.passes(one.expected.value?)));
    let pairs: Vec<(f64, bool)> = items.iter().filter_map(stated).collect();
    Measured::of(figures(&pairs), "no record has a label that decides and a distribution")
}

fn figures(pairs: &[(f64, bool)]) -> Option<ProbabilityFigures> {
    let (stated, happened): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    let loss = |drawn: &[(f64, bool)]| {
        let (stated, happened): (Vec<f64>, Vec<bool>) = drawn.iter().copied().unzip();
        brier(&stated, &happened)
    };
    let rate = crate::stats::Proportion::of(&happened).rate()?;
    Some(ProbabilityFigures {
        brier: Figure::drawn(pairs, loss)?,
        brier_of_base_rate: rate * (1.0 - rate),
        calibration_error: expected_calibration_error(&stated, &happened, BINS)?,
        bins: reliability_bins(&stated, &happened, BINS)?,
    })
}

/// How often a record that should pass scores above one that should not, with its interval.
pub(super) fn ordering(ruler: &Ruler<'_>, items: &[Labelled<'_>]) -> Measured<Figure> {
    let pair = |one: &Labelled<'_>| Some((ruler.passes(one.expected.value?), one.score.value?));
    let pairs: Vec<(bool, f64)> = items.iter().filter_map(pair).collect();
    let area = |drawn: &[(bool, f64)]| {
        let (passes, scores): (Vec<bool>, Vec<f64>) = drawn.iter().copied().unzip();
        roc_auc(&passes, &scores)
    };
    Measured::of(Figure::drawn(&pairs, area), "the labels are all of one kind: nothing is to be told apart")
}
