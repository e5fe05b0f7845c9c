//! How far two sides agree, what differs between them, and the records whose verdict is another.

use serde::{Deserialize, Serialize};

use super::side::Judged;
use crate::number::to_i64;
use crate::stats::{Bootstrap, Confusion, Estimate, Interval, Weighting, spearman};
use crate::summary::Rate;

/// What differs between the two sides, besides what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Changed {
    /// The judge: the better one is the one that is closer to the labels.
    Judge,
    /// What is judged: the better one has the higher score.
    Outputs,
    /// Both: then nobody knows which of them makes the difference.
    Both,
    /// Nothing: the same run twice.
    Nothing,
}

/// A record whose verdict is another on the new side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The record's id.
    pub id: String,
    /// Its label, if it has one.
    pub expected: Option<String>,
    /// The old verdict.
    pub old: String,
    /// The new verdict.
    pub new: String,
    /// The old score.
    pub old_value: Option<f64>,
    /// The new score.
    pub new_value: Option<f64>,
    /// The reasons of the old verdict.
    pub old_reasoning: Option<String>,
    /// The reasons of the new verdict.
    pub new_reasoning: Option<String>,
    /// What it means for the label.
    pub(crate) effect: Effect,
}

/// What a flip means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    /// The verdict was the label, and is no longer.
    Broken,
    /// The verdict was not the label, and is now.
    Mended,
    /// Neither verdict is the label.
    StillWrong,
    /// There is no label, or it was of another output: the score is lower.
    Lower,
    /// The same, and the score is not lower.
    Unlabelled,
}

/// The flip of a record, where both verdicts are there and differ. A label of another output is none.
pub(super) fn flip(id: &str, old: &Judged, new: &Judged, changed: Changed) -> Option<Flip> {
    let (was, is) = (old.verdict.as_ref().ok()?, new.verdict.as_ref().ok()?);
    if was.label == is.label {
        return None;
    }
    let labels = new.expected.iter().chain(&old.expected).filter(|_| changed != Changed::Outputs);
    let expected = labels.map(|expected| expected.label.clone()).next();
    let is_lower = was.value.zip(is.value).is_some_and(|(was, is)| is < was);
    let effect = match &expected {
        None if is_lower => Effect::Lower,
        None => Effect::Unlabelled,
        Some(label) if *label == was.label => Effect::Broken,
        Some(label) if *label == is.label => Effect::Mended,
        Some(_) => Effect::StillWrong,
    };
    Some(Flip {
        id: id.to_owned(),
        expected,
        old: was.label.clone(),
        new: is.label.clone(),
        old_value: was.value,
        new_value: is.value,
        old_reasoning: was.reasoning.clone(),
        new_reasoning: is.reasoning.clone(),
        effect,
    })
}

/// What broke first, then what was mended; within these the greatest change first.
pub(super) fn in_order(flips: &mut [Flip]) {
    flips.sort_by(|a, b| {
        let change = |flip: &Flip| {
            flip.old_value.zip(flip.new_value).map_or(f64::INFINITY, |(old, new)| (new - old).abs())
        };
        a.effect.cmp(&b.effect).then(change(b).total_cmp(&change(a))).then(a.id.cmp(&b.id))
    });
}

/// How far the two sides agree, over the records that both scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JudgeAgreement {
    /// Records with the same verdict.
    pub same: Rate,
    /// Cohen's κ; on a numeric scale with quadratic weights.
    pub kappa: Option<f64>,
    /// Its interval.
    pub kappa_interval: Option<Interval>,
    /// Gwet's AC1.
    pub ac1: Option<f64>,
    /// Its normal interval.
    pub ac1_interval: Option<Interval>,
    /// Spearman's ρ of the scores.
    pub rank_correlation: Option<f64>,
    /// Records with a value on both sides, which the rank correlation is over.
    pub rank_n: u64,
}

const LEVEL: f64 = 0.95;

/// Above this many records κ's interval is the large-sample one.
const MOST_DRAWN: u64 = 2000;
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 22 };

/// The agreement over pairs of (old, new); `None` if no record has a verdict on both sides.
pub(super) fn agreement(pairs: &[(&Judged, &Judged)], is_numeric: bool) -> Option<JudgeAgreement> {
    let labels: Vec<(&str, &str)> =
        pairs.iter().filter_map(|(old, new)| Some((old.label()?, new.label()?))).collect();
    if labels.is_empty() {
        return None;
    }
    let same = labels.iter().filter(|(old, new)| old == new).count() as u64;
    let names: Confusion<&str> = labels.iter().copied().collect();
    let (kappa, kappa_interval) = if is_numeric {
        let levels: Confusion<i64> =
            labels.iter().filter_map(|(old, new)| Some((level(old)?, level(new)?))).collect();
        kappa(&filled(levels), Weighting::Quadratic)
    } else {
        kappa(&names, Weighting::Identity)
    };
    let ac1 = names.ac1();
    let values: Vec<(f64, f64)> =
        pairs.iter().filter_map(|(old, new)| Some((old.value()?, new.value()?))).collect();
    let (old, new): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
    Some(JudgeAgreement {
        same: Rate::of(same, labels.len() as u64),
        kappa: kappa.map(|kappa| kappa.value),
        kappa_interval,
        ac1: ac1.map(|ac1| ac1.value),
        ac1_interval: ac1.and_then(|ac1| Some(ac1.interval(LEVEL)?.within(-1.0, 1.0))),
        rank_correlation: spearman(&old, &new),
        rank_n: old.len() as u64,
    })
}

/// A numeric verdict as a whole level.
pub(super) fn level(label: &str) -> Option<i64> {
    label.parse::<f64>().ok().filter(|level| level.is_finite()).map(|level| to_i64(level.round()))
}

/// Every level between counts too: quadratic weights go by the distance on the scale.
fn filled(levels: Confusion<i64>) -> Confusion<i64> {
    let range = (levels.labels().min().copied(), levels.labels().max().copied());
    let (Some(lowest), Some(highest)) = range else {
        return levels;
    };
    let mut filled = Confusion::with_labels(lowest..=highest);
    filled.merge(&levels);
    filled
}

fn kappa<L: Ord + Clone>(
    confusion: &Confusion<L>,
    weighting: Weighting,
) -> (Option<Estimate>, Option<Interval>) {
    let estimate = confusion.kappa(weighting);
    let interval = if confusion.n() <= MOST_DRAWN {
        confusion.kappa_interval(weighting, &BOOTSTRAP, LEVEL)
    } else {
        estimate.and_then(|kappa| Some(kappa.interval(LEVEL)?.within(-1.0, 1.0)))
    };
    (estimate, interval)
}
