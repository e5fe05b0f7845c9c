//! Verdicts beside labels: the confusion matrix, and agreement beyond chance.

use serde::{Deserialize, Serialize};

use super::measured::{Figure, LEVEL, Measured};
use super::ruler::{Labelled, Ruler};
use crate::stats::{Measurement, Table, Weighting, cohen_kappa, gwet_ac1, krippendorff_alpha};
use crate::summary::Rate;

/// Verdicts beside labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictFigures {
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

pub(super) fn verdicts(ruler: &Ruler<'_>, items: &[Labelled<'_>]) -> Measured<VerdictFigures> {
    let Some(known) = &ruler.verdicts else {
        return Measured::Missing("the scale is continuous: it has no verdicts to count".into());
    };
    let place =
        |one: &Labelled<'_>| Some((ruler.position(&one.expected.label)?, ruler.position(&one.score.label)?));
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
    let number = |position: usize| f64::from(u32::try_from(position).unwrap_or(u32::MAX));
    let value = |place: usize| {
        if measurement == Measurement::Nominal {
            return Some(number(place));
        }
        ruler.verdicts.as_ref()?.values.get(place).copied().flatten()
    };
    let unit = |pair: &(usize, usize)| Some(vec![Some(value(pair.0)?), Some(value(pair.1)?)]);
    let units: Vec<Vec<Option<f64>>> = pairs.iter().filter_map(unit).collect();
    let found = Figure::drawn(&units, |units| krippendorff_alpha(units, measurement));
    Measured::of(found, "no record has a label and a verdict that decide")
}
