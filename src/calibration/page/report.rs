//! The page itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::disagreement::{Disagreement, disagreements};
use super::people::{PeopleFigures, people};
use super::planned::{PlannedFigures, planned};
use super::rate::{ErrorRates, RateFigures, errors, rate};
use super::ruler::{Figure, LabelledOutcome, Measured, Ruler};
use super::scale::{ScaleFigures, scale};
use super::unlabeled::{CostFigures, cost, repeats, swaps};
use super::verdicts::{ProbabilityFigures, VerdictFigures, ordering, probabilities, verdicts};
use crate::calibration::file::LabelsBy;
use crate::calibration::fit::fit;
use crate::calibration::fitted::{Fitted, MapDecision};
use crate::calibration::options::Options;
use crate::calibration::problem::Case;
use crate::data::merged_clusters;
use crate::eval::{Expected, Outcome};
use crate::model::Price;
use crate::signature::Scale;
use crate::stats::{CalibrationMap, Interval};
use crate::summary::Rate;

/// What the page needs to know besides the outcomes.
#[derive(Clone, Debug)]
pub(crate) struct PageOptions {
    /// The suite.
    pub suite: String,
    /// The judge's signature.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// The field with the label, or the fields.
    pub label_field: String,
    /// Who labelled.
    pub labels_by: LabelsBy,
    /// From which value on a label or a verdict passes, in `0..=1`.
    pub pass_at: f64,
    /// Each record's labels where several people gave some, in the people's order.
    pub people: BTreeMap<String, Vec<Option<Expected>>>,
    /// What records have in common, by id: those of one cluster are never parted in fitting.
    pub clusters: BTreeMap<String, String>,
    /// Other runs of the same judge on the same records.
    pub again: Vec<Vec<Outcome>>,
    /// A run with the two sides of each pair exchanged.
    pub swapped: Option<Vec<Outcome>>,
    /// How much worse than a person the judge may be, for the alternative annotator test.
    pub epsilon: f64,
    /// What tokens cost.
    pub price: Option<Price>,
    /// Records that have no label and were not judged.
    pub unlabelled_not_judged: u64,
    /// Records on whose label people do not agree.
    pub ties: u64,
    /// How many records each label stands for, by id, where a plan drew them.
    pub weights: BTreeMap<String, f64>,
    /// How score corrections are fitted.
    pub fit: Options,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            suite: String::new(),
            signature: String::new(),
            model: String::new(),
            label_field: String::new(),
            labels_by: LabelsBy::Human,
            pass_at: 0.5,
            people: BTreeMap::new(),
            clusters: BTreeMap::new(),
            again: Vec::new(),
            swapped: None,
            epsilon: 0.2,
            price: None,
            unlabelled_not_judged: 0,
            ties: 0,
            weights: BTreeMap::new(),
            fit: Options::default(),
        }
    }
}

/// A judge compared with labels. Its JSON, which `evenhand calibrate --json` prints, has every figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The suite.
    pub suite: String,
    /// The judge's signature.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// How verdicts were read.
    pub reading: String,
    /// The field with the label, or the fields.
    pub label_field: String,
    /// Who labelled.
    pub labels_by: LabelsBy,
    /// From which value on something passes.
    pub pass_at: f64,
    /// How many records there are of which kind.
    pub(crate) counts: Counts,
    /// Whether the judge can be told from chance.
    pub(crate) standing: Standing,
    /// The share of labels that pass.
    pub(crate) base_rate: Measured<Rate>,
    /// Agreement by the plan's weights, where labels stand for unequal numbers of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) planned: Option<PlannedFigures>,
    /// Verdicts beside labels.
    pub(crate) verdicts: Measured<VerdictFigures>,
    /// The scale's figures, where it is more than good and bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<ScaleFigures>,
    /// How often the judge is right about what passes and what does not.
    pub(crate) errors: Measured<ErrorRates>,
    /// The area under the ROC curve: how often a good record scores above a bad one.
    pub(crate) auc: Measured<Figure>,
    /// What the judge says a pass is likely to be, beside how often it is one.
    pub(crate) probabilities: Measured<ProbabilityFigures>,
    /// Verdicts that differ when a record is judged again.
    pub(crate) repeat_flips: Measured<Rate>,
    /// Verdicts of pairs that do not turn around with the sides.
    pub(crate) swap_flips: Measured<Rate>,
    /// What a judgment takes.
    pub(crate) cost: CostFigures,
    /// The pass rate of records without labels, corrected by the labels.
    pub(crate) rate: Measured<RateFigures>,
    /// The judge among several people.
    pub(crate) people: Measured<PeopleFigures>,
    /// The score corrections that were tried, and whether one is kept.
    pub(crate) maps: Measured<Fitted>,
    /// Where none is kept: a threshold, or cut points on a scale, whose gain in κ holds on unseen labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) threshold: Option<Fitted>,
    /// The records whose verdict is not their label, the farthest apart first; for reports, not in the page's JSON.
    #[serde(skip)]
    pub(crate) disagreements: Vec<Disagreement>,
}

impl Page {
    /// Records with a label and a score: what the page is about.
    #[must_use]
    pub fn labelled(&self) -> u64 {
        self.counts.labelled
    }

    /// The share of records whose verdict is their label.
    #[must_use]
    pub fn accuracy(&self) -> Option<Rate> {
        self.verdicts.value().map(|verdicts| verdicts.same)
    }

    /// Cohen's κ with its interval at 95 %; on a scale with quadratic weights.
    #[must_use]
    pub fn kappa(&self) -> Option<(f64, Option<Interval>)> {
        kappa(&self.verdicts, self.scale.as_ref()).map(Figure::parts)
    }

    /// The area under the ROC curve, in `0..=1`, with its interval at 95 %: how often a good record scores above a bad one.
    #[must_use]
    pub fn auc(&self) -> Option<(f64, Option<Interval>)> {
        self.auc.value().copied().map(Figure::parts)
    }

    /// Whether the judge is shown to agree with the labels more than chance does, by the interval of κ.
    #[must_use]
    pub fn beats_chance(&self) -> bool {
        self.standing == Standing::AboveChance
    }

    /// Of the records that should pass those the judge passes, and of the others those it does not pass.
    #[must_use]
    pub fn sensitivity_and_specificity(&self) -> Option<(Rate, Rate)> {
        self.errors.value().map(|errors| (errors.sensitivity, errors.specificity))
    }

    /// The pass rate of the records without labels with its interval at 95 %, corrected by how often the judge is right
    /// about the others: Rogan & Gladen (1978), with the interval by Lee (2025).
    #[must_use]
    pub fn corrected_pass_rate(&self) -> Option<(f64, Option<Interval>)> {
        self.rate.value().and_then(|rate| rate.rogan_gladen.value().copied()).map(Figure::parts)
    }

    /// The score correction that brings scores closer to the labels, where one is kept.
    #[must_use]
    pub fn map(&self) -> Option<&CalibrationMap> {
        self.maps.value().and_then(|maps| maps.chosen.as_ref())
    }
}

/// How many records there are of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// With a label and a score: what the page is about.
    pub labelled: u64,
    /// Of these, verdicts that decide nothing.
    pub undecided: u64,
    /// With a label, but without a score.
    pub labelled_unscored: u64,
    /// Judged, without a label.
    pub unlabelled: u64,
    /// Without a label, and not judged.
    pub unlabelled_not_judged: u64,
    /// On whose label people do not agree: they count as without one.
    pub ties: u64,
    /// How many clusters the labelled ones form; as many as records where they stand for themselves.
    pub clusters: u64,
}

/// Whether the judge can be told from chance, by the interval of κ, quadratic on a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// The whole interval is above 0, or no verdict misses its label.
    AboveChance,
    /// It includes 0, or all verdicts are the same.
    NotToldFromChance,
    /// The whole interval is below 0.
    BelowChance,
    /// There is no interval.
    Unknown,
}

/// A judge compared with the labels of its outcomes, on this scale.
#[must_use]
pub(crate) fn page(outcomes: &[Outcome], scale_of_judge: &Scale, options: &PageOptions) -> Page {
    let mut outcomes: Vec<Outcome> = outcomes.to_vec();
    outcomes.sort_by(|left, right| left.id.cmp(&right.id));
    let clusters = merged(&outcomes, &options.clusters);
    let ruler = Ruler::new(scale_of_judge, options.pass_at);
    let items: Vec<LabelledOutcome<'_>> =
        outcomes.iter().filter_map(|outcome| ruler.labelled(outcome)).collect();
    let verdicts = verdicts(&ruler, &items);
    let scale = scale(&ruler, &items);
    let planned = planned(&ruler, &items, &options.weights);
    let weights = planned.is_some().then_some(&options.weights);
    let maps = maps(&ruler, &outcomes, &clusters, weights, &options.fit);
    Page {
        suite: options.suite.clone(),
        signature: options.signature.clone(),
        model: options.model.clone(),
        reading: outcomes.first().map_or_else(String::new, |outcome| outcome.reading.name().to_owned()),
        label_field: options.label_field.clone(),
        labels_by: options.labels_by,
        pass_at: options.pass_at,
        counts: counts(&outcomes, &items, &clusters, options),
        standing: standing(&verdicts, scale.as_ref()),
        base_rate: base_rate(&ruler, &items),
        planned,
        verdicts,
        scale,
        errors: errors(&ruler, &items),
        auc: ordering(&ruler, &items),
        probabilities: probabilities(&ruler, &items),
        repeat_flips: repeats(&outcomes, &options.again),
        swap_flips: swaps(&ruler, &outcomes, options.swapped.as_deref()),
        cost: cost(&outcomes, options.price),
        rate: rate(&ruler, &items, &outcomes, &clusters, weights),
        people: people(&ruler, &items, &options.people, options.epsilon),
        threshold: threshold(&maps, &ruler, &outcomes, &clusters, weights, &options.fit),
        maps,
        disagreements: disagreements(&ruler, &items),
    }
}

/// The cases a correction can be fitted on: with a label that decides and a distribution over all verdicts. Those
/// that were asked the same belong to one cluster, and so do clusters that have one in common.
#[must_use]
pub(crate) fn cases(outcomes: &[Outcome], scale: &Scale, clusters: &BTreeMap<String, String>) -> Vec<Case> {
    let ruler = Ruler::new(scale, 0.5);
    let clusters = merged(outcomes, clusters);
    outcomes.iter().filter_map(|outcome| case(&ruler, outcome, &clusters, None)).collect()
}

/// The clusters, those merged that have a text in common: records with the same request, in whatever order a
/// pair's sides were shown.
fn merged(outcomes: &[Outcome], clusters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let alike = outcomes.iter().flat_map(|outcome| {
        outcome.attempts.iter().map(|attempt| (outcome.id.as_str(), attempt.key.0.as_str()))
    });
    merged_clusters(clusters, alike)
}

fn case(
    ruler: &Ruler<'_>,
    outcome: &Outcome,
    clusters: &BTreeMap<String, String>,
    weights: Option<&BTreeMap<String, f64>>,
) -> Option<Case> {
    let one = ruler.labelled(outcome)?;
    let share = |label: &String| {
        let found = one.score.distribution.iter().find(|(name, _)| name == label);
        found.map_or(0.0, |(_, share)| *share)
    };
    if one.score.distribution.is_empty() {
        return None;
    }
    Some(Case {
        id: outcome.id.clone(),
        cluster: clusters.get(&outcome.id).cloned(),
        shares: ruler.verdicts.as_ref()?.labels.iter().map(share).collect(),
        truth: one.expected.value?,
        // A label that the plan did not ask for stands for its own record.
        weight: weights.and_then(|weights| weights.get(&outcome.id).copied()).unwrap_or(1.0),
    })
}

fn maps(
    ruler: &Ruler<'_>,
    outcomes: &[Outcome],
    clusters: &BTreeMap<String, String>,
    weights: Option<&BTreeMap<String, f64>>,
    options: &Options,
) -> Measured<Fitted> {
    let Some(verdicts) = &ruler.verdicts else {
        return Measured::Missing("the scale is continuous: there are no probabilities of verdicts".into());
    };
    if outcomes.iter().any(|outcome| outcome.calibration.is_some()) {
        return Measured::Missing(
            "these scores are corrected already: judge again with --no-calibration".into(),
        );
    }
    let cases: Vec<Case> =
        outcomes.iter().filter_map(|outcome| case(ruler, outcome, clusters, weights)).collect();
    if cases.is_empty() {
        let why = "this reading gives no probabilities of verdicts that a correction could change; \
                   a weighted one (--reading weighted) does";
        return Measured::Missing(why.into());
    }
    match fit(verdicts, &cases, options) {
        Ok(fitted) => Measured::Value(fitted),
        Err(refusal) => Measured::Missing(refusal.to_string()),
    }
}

/// The threshold or the cut points alone, where no correction is kept and they are.
fn threshold(
    tried: &Measured<Fitted>,
    ruler: &Ruler<'_>,
    outcomes: &[Outcome],
    clusters: &BTreeMap<String, String>,
    weights: Option<&BTreeMap<String, f64>>,
    options: &Options,
) -> Option<Fitted> {
    tried.value().filter(|fitted| fitted.decision != MapDecision::Kept)?;
    let fitted = maps(ruler, outcomes, clusters, weights, &options.clone().threshold_alone());
    fitted.value().filter(|fitted| fitted.chosen.is_some()).cloned()
}

fn counts(
    outcomes: &[Outcome],
    items: &[LabelledOutcome<'_>],
    merged: &BTreeMap<String, String>,
    options: &PageOptions,
) -> Counts {
    let count =
        |holds: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| holds(outcome)).count() as u64;
    Counts {
        labelled: items.len() as u64,
        undecided: items.iter().filter(|one| one.verdict.is_none()).count() as u64,
        labelled_unscored: count(&|outcome| outcome.expected.is_some() && outcome.score().is_none()),
        unlabelled: count(&|outcome| outcome.expected.is_none() && outcome.score().is_some()),
        unlabelled_not_judged: options.unlabelled_not_judged,
        ties: options.ties,
        clusters: clusters(items, merged),
    }
}

fn clusters(items: &[LabelledOutcome<'_>], clusters: &BTreeMap<String, String>) -> u64 {
    let (mut alone, mut shared) = (0, BTreeSet::new());
    for one in items {
        match clusters.get(one.id) {
            Some(cluster) => _ = shared.insert(cluster),
            None => alone += 1,
        }
    }
    alone + shared.len() as u64
}

fn base_rate(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Measured<Rate> {
    let passes: Vec<bool> =
        items.iter().filter_map(|one| one.expected.value).map(|value| ruler.passes(value)).collect();
    let rate = (!passes.is_empty()).then(|| crate::stats::Proportion::of(&passes).into());
    Measured::of(rate, "no label decides")
}

fn kappa(verdicts: &Measured<VerdictFigures>, scale: Option<&ScaleFigures>) -> Option<Figure> {
    match scale {
        Some(scale) => scale.kappa_quadratic.value().copied(),
        None => verdicts.value().and_then(|verdicts| verdicts.kappa.value().copied()),
    }
}

fn standing(verdicts: &Measured<VerdictFigures>, scale: Option<&ScaleFigures>) -> Standing {
    let Some(kappa) = kappa(verdicts, scale) else {
        return Standing::Unknown;
    };
    match kappa.interval {
        Some(interval) if interval.low > 0.0 => Standing::AboveChance,
        Some(interval) if interval.high < 0.0 => Standing::BelowChance,
        Some(_) => Standing::NotToldFromChance,
        None if kappa.value.abs() < 1e-12 => Standing::NotToldFromChance,
        None if kappa.value >= 1.0 && verdicts.value().is_some_and(is_no_accident) => Standing::AboveChance,
        None => Standing::Unknown,
    }
}

/// Whether agreement without an exception is more than luck: verdicts as common as the labels, given
/// blindly, hit ten labels of which two differ once in C(10, 2) = 45 times.
fn is_no_accident(verdicts: &VerdictFigures) -> bool {
    let rows: Vec<u64> = verdicts.confusion.iter().map(|row| row.iter().sum()).collect();
    let n: u64 = rows.iter().sum();
    n >= 10 && n - rows.iter().max().copied().unwrap_or(0) >= 2
}
