//! Verdicts and their probabilities beside labels: confusion, agreement beyond chance, and reliability.

use serde::{Deserialize, Serialize};

use super::ruler::{Figure, LEVEL, LabelledOutcome, Measured, Ruler};
use crate::number::real;
use crate::stats::{
    Measurement, ReliabilityBin, Table, Weighting, brier, cohen_kappa, expected_calibration_error, gwet_ac1,
    krippendorff_alpha, reliability_bins, roc_auc,
};
use crate::summary::Rate;

/// Verdicts beside labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VerdictFigures {
    /// The verdicts, as the rows and columns of `confusion`.
    pub labels: Vec<String>,
    /// How often a label (row) got a verdict (column).
    pub confusion: Vec<Vec<u64>>,
    /// The share of records whose verdict is their label.
    pub same: Rate,
    /// Cohen's κ (1960), with its `BCa` bootstrap interval.
    pub kappa: Measured<Figure>,
    /// Gwet's AC1 (2008), which stays sensible where one label dominates; the same interval.
    pub ac1: Measured<Figure>,
    /// Krippendorff's α (2004): nominal for two verdicts, interval for a scale; percentile interval.
    pub alpha: Measured<Figure>,
}

const ONE_LABEL: &str = "label and verdict are the same one throughout: there is no chance to agree beyond";

pub(super) fn verdicts(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Measured<VerdictFigures> {
    let Some(known) = &ruler.verdicts else {
        return Measured::Missing("the scale is continuous: it has no verdicts to count".into());
    };
    let place = |one: &LabelledOutcome<'_>| {
        Some((ruler.position(&one.expected.label)?, ruler.position(&one.score.label)?))
    };
    let pairs: Vec<(usize, usize)> = items.iter().filter_map(place).collect();
    let size = known.labels.len();
    let count = |row, column| pairs.iter().filter(|pair| **pair == (row, column)).count() as u64;
    let same = pairs.iter().filter(|(label, verdict)| label == verdict).count() as u64;
    Measured::Value(VerdictFigures {
        labels: known.labels.clone(),
        confusion: (0..size).map(|row| (0..size).map(|column| count(row, column)).collect()).collect(),
        same: Rate::of(same, pairs.len() as u64),
        kappa: Measured::of(kappa(&pairs, size, Weighting::Identity), ONE_LABEL),
        ac1: Measured::of(ac1(&pairs, size), "it takes two records"),
        alpha: alpha(ruler, &pairs),
    })
}

/// κ with its interval.
pub(super) fn kappa(pairs: &[(usize, usize)], size: usize, weighting: Weighting) -> Option<Figure> {
    let of = |pairs: &[(usize, usize)]| cohen_kappa(&Table::of_pairs(size, pairs), weighting);
    let large = of(pairs).and_then(|kappa| kappa.interval(LEVEL)).map(|found| found.within(-1.0, 1.0));
    Figure::corrected(pairs, |pairs| Some(of(pairs)?.value), large)
}

fn ac1(pairs: &[(usize, usize)], size: usize) -> Option<Figure> {
    let of = |pairs: &[(usize, usize)]| gwet_ac1(&Table::of_pairs(size, pairs));
    let large = of(pairs).and_then(|ac1| ac1.interval(LEVEL)).map(|found| found.within(-1.0, 1.0));
    Figure::corrected(pairs, |pairs| Some(of(pairs)?.value), large)
}

fn alpha(ruler: &Ruler<'_>, pairs: &[(usize, usize)]) -> Measured<Figure> {
    // Where nothing varies the convention says 1, which would look like the best of judges.
    let varies = pairs.iter().any(|pair| pair.0 != pair.1 || Some(pair) != pairs.first());
    if !varies {
        return Measured::Missing(ONE_LABEL.into());
    }
    let measurement = if ruler.is_graded() { Measurement::Interval } else { Measurement::Nominal };
    let value = |place: usize| {
        if measurement == Measurement::Nominal {
            return Some(real(place));
        }
        ruler.verdicts.as_ref()?.values.get(place).copied().flatten()
    };
    let unit = |pair: &(usize, usize)| Some(vec![Some(value(pair.0)?), Some(value(pair.1)?)]);
    let units: Vec<Vec<Option<f64>>> = pairs.iter().filter_map(unit).collect();
    let found = Figure::drawn(&units, |units| krippendorff_alpha(units, measurement));
    Measured::of(found, "no record has a label and a verdict that decide")
}

/// Ranges of equal width.
const BINS: usize = 10;

/// The stated probability of a pass beside the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProbabilityFigures {
    /// The Brier score: 0 is perfect, 0.25 is always saying one half.
    pub brier: Figure,
    /// The Brier score of always saying the share of labels that pass: worse than this is no skill.
    pub brier_of_base_rate: f64,
    /// The expected calibration error over ten ranges of equal width; biased upwards for few records.
    pub calibration_error: f64,
    /// The ranges: what was stated, and what happened.
    pub bins: Vec<ReliabilityBin>,
}

pub(super) fn probabilities(
    ruler: &Ruler<'_>,
    items: &[LabelledOutcome<'_>],
) -> Measured<ProbabilityFigures> {
    if items.iter().all(|one| one.score.distribution.is_empty()) {
        return Measured::Missing(
            "this reading gives verdicts without probabilities; a weighted one (--reading weighted) gives them"
                .into(),
        );
    }
    let stated = |one: &LabelledOutcome<'_>| {
        Some((ruler.pass_probability(one.score)?, ruler.passes(one.expected.value?)))
    };
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
pub(super) fn ordering(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Measured<Figure> {
    let pair = |one: &LabelledOutcome<'_>| Some((ruler.passes(one.expected.value?), one.score.value?));
    let pairs: Vec<(bool, f64)> = items.iter().filter_map(pair).collect();
    let area = |drawn: &[(bool, f64)]| {
        let (passes, scores): (Vec<bool>, Vec<f64>) = drawn.iter().copied().unzip();
        roc_auc(&passes, &scores)
    };
    Measured::of(Figure::drawn(&pairs, area), "the labels are all of one kind: nothing is to be told apart")
}
