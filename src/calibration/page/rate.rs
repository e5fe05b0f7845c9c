//! How many pass, as the labels correct the judge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ruler::{Figure, LEVEL, LabelledOutcome, Measured, Ruler};
use super::scale::{IsotonicFigures, isotonic};
use crate::data::id_hash;
use crate::eval::Outcome;
use crate::stats::{JudgedRate, PredictionPowered, Proportion, WeightedPowered, group_numbers};
use crate::summary::Rate;

/// How often the judge is right about what passes and about what does not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorRates {
    /// Of the records that should pass, those the judge passes.
    pub sensitivity: Rate,
    /// Of the records that should not, those it does not pass.
    pub specificity: Rate,
}

/// Which records' pass rate is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EstimatedPart {
    /// The judged records without a label.
    Unlabelled,
    /// There are none: half of the labelled ones, from the labels of the other half. The estimates
    /// can be held against the labels that were not used.
    HeldOutHalf,
}

/// The pass rate of records, from the judge's verdicts on them and the labels of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RateFigures {
    /// Which records.
    pub part: EstimatedPart,
    /// How many labels the estimates use.
    pub labels: u64,
    /// What the judge says.
    pub judged: Rate,
    /// What the labels of these records say, where they have any.
    pub truth: Option<Rate>,
    /// The labels that are used, alone.
    pub labels_alone: Rate,
    /// Rogan & Gladen (1978) from verdicts, the interval by Lee (2025).
    pub rogan_gladen: Measured<Figure>,
    /// Prediction-powered inference (2023) from scores: the mean label.
    pub ppi: Measured<Figure>,
    /// The same with the weight that makes its error smallest (2024).
    pub ppi_tuned: Measured<Figure>,
    /// That weight λ: 0 ignores the judge, 1 is plain prediction-powered inference.
    pub lambda: Option<f64>,
    /// The isotonic map from scores to labels.
    pub isotonic: Measured<IsotonicFigures>,
    /// The same by PPI++, each label counting for the records without a label that it stands for: where a plan drew
    /// records at unequal rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Measured<PlannedRate>>,
}

/// A pass rate by the plan's weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedRate {
    /// The mean label of the records without one.
    pub mean: Figure,
    /// How far the judge is trusted, in `0..=1`.
    pub lambda: f64,
    /// The labels that are used.
    pub labels: u64,
    /// How many drawn at one rate they are worth (Kish 1965).
    pub effective_n: f64,
}

pub(super) fn errors(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Measured<ErrorRates> {
    let decided: Vec<(bool, bool)> = items.iter().filter_map(|one| ruler.decided(one)).collect();
    let (sensitivity, specificity) = rates(&decided);
    if sensitivity.n == 0 || specificity.n == 0 {
        return Measured::Missing("the labels are all of one kind: label some of the other".into());
    }
    Measured::Value(ErrorRates { sensitivity: sensitivity.into(), specificity: specificity.into() })
}

/// Sensitivity and specificity of (label passes, verdict passes).
fn rates(decided: &[(bool, bool)]) -> (Proportion, Proportion) {
    let right = |of: bool| {
        let hits: Vec<bool> = decided.iter().filter(|pair| pair.0 == of).map(|pair| pair.1 == of).collect();
        Proportion::of(&hits)
    };
    (right(true), right(false))
}

/// A record whose label is used, or whose pass is estimated.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// Its cluster's number, by which folds and halves are made; nothing of a record without a label.
    cluster: usize,
    truth: Option<f64>,
    verdict: f64,
    score: f64,
}

pub(super) fn rate(
    ruler: &Ruler<'_>,
    items: &[LabelledOutcome<'_>],
    outcomes: &[Outcome],
    clusters: &BTreeMap<String, String>,
    weights: Option<&BTreeMap<String, f64>>,
) -> Measured<RateFigures> {
    let unlabelled: Vec<Item> = outcomes
        .iter()
        .filter(|outcome| outcome.expected.is_none())
        .filter_map(|outcome| {
            let score = outcome.score()?;
            Some(Item {
                cluster: 0,
                truth: None,
                verdict: ruler.value_of(&score.label)?,
                score: score.value?,
            })
        })
        .collect();
    let labelled = labelled(items, clusters);
    if labelled.len() < 2 {
        return Measured::Missing("it takes at least two labelled records whose verdict decides".into());
    }
    if !unlabelled.is_empty() {
        let planned = weights.map(|weights| planned(items, weights, &unlabelled));
        let figures = figures(ruler, EstimatedPart::Unlabelled, &labelled, &unlabelled);
        return Measured::Value(RateFigures { planned, ..figures });
    }
    let (used, others): (Vec<Item>, Vec<Item>) = labelled.into_iter().partition(|item| item.cluster % 2 == 0);
    if others.is_empty() {
        return Measured::Missing(
            "the labelled records are all of one cluster, which cannot be parted".into(),
        );
    }
    Measured::Value(figures(ruler, EstimatedPart::HeldOutHalf, &used, &others))
}

/// The labelled records by the hash of the id: an order that has nothing to do with what they say.
fn labelled(items: &[LabelledOutcome<'_>], clusters: &BTreeMap<String, String>) -> Vec<Item> {
    let mut labelled: Vec<(String, &str, Item)> = items
        .iter()
        .filter_map(|one| {
            let (truth, verdict) = (Some(one.expected.value?), one.verdict?);
            Some((id_hash(one.id), one.id, Item { cluster: 0, truth, verdict, score: one.score.value? }))
        })
        .collect();
    labelled.sort_by(|left, right| left.0.cmp(&right.0));
    // A record without a cluster stands for itself.
    let numbers = group_numbers(labelled.iter().map(|(_, id, _)| clusters.get(*id).ok_or(*id)));
    labelled.into_iter().zip(numbers).map(|((.., item), cluster)| Item { cluster, ..item }).collect()
}

fn figures(ruler: &Ruler<'_>, part: EstimatedPart, used: &[Item], others: &[Item]) -> RateFigures {
    let passing = |items: &[Item], of: fn(&Item) -> Option<f64>| {
        let passes: Vec<bool> = items.iter().filter_map(of).map(|value| ruler.passes(value)).collect();
        Proportion::of(&passes)
    };
    let judged = passing(others, |item| Some(item.verdict));
    let truth = passing(others, |item| item.truth);
    let labels: Vec<f64> = used.iter().filter_map(|item| item.truth).collect();
    let scores: Vec<f64> = used.iter().map(|item| item.score).collect();
    let other_scores: Vec<f64> = others.iter().map(|item| item.score).collect();
    let powered = PredictionPowered { labels: &labels, judged: &scores, others: &other_scores };
    let lambda = powered.best_weight();
    let estimated = |weight: Option<f64>| {
        let estimate = weight.and_then(|weight| powered.mean(weight));
        let figure = estimate.map(|estimate| Figure {
            value: estimate.value,
            interval: estimate.interval(LEVEL).map(|interval| interval.within(0.0, 1.0)),
        });
        Measured::of(figure, "it takes two labels and a score to estimate from")
    };
    let pairs: Vec<(f64, f64)> = used.iter().filter_map(|item| Some((item.score, item.truth?))).collect();
    let clusters = group_numbers(used.iter().map(|item| item.cluster));
    RateFigures {
        part,
        labels: used.len() as u64,
        judged: judged.into(),
        truth: (truth.n > 0).then(|| truth.into()),
        labels_alone: passing(used, |item| item.truth).into(),
        rogan_gladen: rogan_gladen(ruler, used, judged),
        ppi: estimated(Some(1.0)),
        ppi_tuned: estimated(lambda),
        lambda,
        isotonic: isotonic(&pairs, &clusters, &other_scores),
        planned: None,
    }
}

/// The pass rate of the records without a label by weights. A label stands for its own record and, of the part that it
/// was drawn from, for the weight less one without a label: the latter are estimated, so that is what it counts here.
fn planned(
    items: &[LabelledOutcome<'_>],
    weights: &BTreeMap<String, f64>,
    others: &[Item],
) -> Measured<PlannedRate> {
    let labelled: Vec<(f64, f64, f64)> = items
        .iter()
        .filter_map(|one| {
            let weight = weights.get(one.id)? - 1.0;
            one.verdict?;
            Some((weight.max(0.0), one.expected.value?, one.score.value?))
        })
        .collect();
    let others: Vec<f64> = others.iter().map(|item| item.score).collect();
    let found = WeightedPowered::new(&labelled, &others).and_then(|powered| {
        let lambda = powered.best_lambda()?;
        let estimate = powered.estimate(lambda)?;
        let interval = estimate.interval(LEVEL).map(|interval| interval.within(0.0, 1.0));
        let labels = labelled.iter().filter(|(weight, ..)| *weight > 0.0).count() as u64;
        let mean = Figure { value: estimate.value, interval };
        Some(PlannedRate { mean, lambda, labels, effective_n: powered.effective_n()? })
    });
    Measured::of(found, "it takes two labels that stand for records without one")
}

fn rogan_gladen(ruler: &Ruler<'_>, used: &[Item], judged: Proportion) -> Measured<Figure> {
    let decided: Vec<(bool, bool)> = used
        .iter()
        .filter_map(|item| Some((ruler.passes(item.truth?), ruler.passes(item.verdict))))
        .collect();
    let (sensitivity, specificity) = rates(&decided);
    let Some(rate) = JudgedRate::new(judged, specificity, sensitivity) else {
        return Measured::Missing("the labels that are used are all of one kind".into());
    };
    let figure = rate.corrected().map(|value| Figure { value, interval: rate.interval(LEVEL) });
    Measured::of(figure, "sensitivity + specificity is not above 1: the judge is no better than chance")
}
