//! A cascade compared with labels: thresholds with a guarantee, where these labels give one.

use serde::{Deserialize, Serialize};

use super::cases::{AskedStage, Case, Said, mean_cost};
use super::curve::{CostUnit, CurvePoint, curve};
use crate::calibration::file::LabelsBy;
use crate::number::real;
use crate::stats::{
    Judgment, Promise, RiskAt, StageThreshold, cascade_cost, cascade_thresholds, coverage_and_risk,
    labels_for_a_threshold, saved_share,
};
use crate::summary::Rate;

/// A cascade compared with labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CascadePage {
    /// The suite.
    pub(crate) suite: String,
    /// The judge that is a cascade.
    pub(crate) judge: String,
    /// The field with the label.
    pub(crate) label_field: String,
    /// Who labelled.
    pub(crate) labels_by: LabelsBy,
    /// What is promised of the verdicts that stand.
    pub(crate) promise: Promise,
    /// Labelled records on which some stage has a verdict.
    pub(crate) labelled: u64,
    /// Labelled records on which no stage has one.
    pub(crate) unscored: u64,
    /// Each stage, in the order in which they are asked.
    pub(crate) stages: Vec<StagePage>,
    /// The cascade with the thresholds that were found; `None` where none holds.
    pub(crate) whole: Option<WholePage>,
    /// What costs are counted in.
    pub(crate) unit: CostUnit,
    /// Cost against agreement, with one threshold for all stages but the last, which always stands.
    pub(crate) curve: Vec<CurvePoint>,
}

impl CascadePage {
    /// The threshold of each stage, by its name, in the order in which they are asked; `None` where these labels give
    /// none: such a stage is not asked.
    pub fn thresholds(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.stages.iter().map(|stage| (stage.stage.as_str(), stage.threshold.map(|found| found.confidence)))
    }

    /// With these thresholds: the records on which a verdict stands, and of these the verdicts that are the label;
    /// `None` where no threshold holds.
    #[must_use]
    pub fn stands_and_right(&self) -> Option<(Rate, Rate)> {
        self.whole.map(|whole| (whole.stands, whole.right))
    }

    /// The share of the last stage's own cost that the thresholds save, below 0 where they cost more; `None` where no
    /// threshold holds, or where nothing is known of costs.
    #[must_use]
    pub fn saved(&self) -> Option<f64> {
        self.whole.and_then(|whole| whole.saved)
    }
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StagePage {
    /// Its name.
    pub(crate) stage: String,
    /// Its model.
    pub(crate) model: String,
    /// How its verdicts are read.
    pub(crate) reading: String,
    /// Its verdicts that are the label, on all labelled records.
    pub(crate) alone: Rate,
    /// What it takes for a record, in the page's unit.
    pub(crate) cost: f64,
    /// The threshold that keeps the promise; `None` where none does: such a stage is not asked.
    pub(crate) threshold: Option<StageThreshold>,
    /// Records on which its verdict stands, of those that the stages before leave.
    pub(crate) stands: Rate,
    /// Verdicts that stand and are the label.
    pub(crate) right: Rate,
    /// Records that reach it without a verdict, or with one that has no confidence.
    pub(crate) without_confidence: u64,
    /// Coverage against risk on the records that reach it, from the surest verdicts on.
    pub(crate) risk: Vec<RiskAt>,
    /// Without a threshold: about how many labels would give it one; `None` where no number would.
    pub(crate) labels_needed: Option<u64>,
}

/// A cascade with the thresholds that were found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WholePage {
    /// Records on which a verdict stands; on the others the cascade abstains.
    pub(crate) stands: Rate,
    /// Verdicts that stand and are the label.
    pub(crate) right: Rate,
    /// What a record costs, in the page's unit.
    pub(crate) cost: f64,
    /// The share of the last stage's own cost that this saves; below 0 where it costs more.
    pub(crate) saved: Option<f64>,
}

/// What a page is of, besides the cases.
pub(crate) struct CascadePageOptions {
    pub suite: String,
    pub judge: String,
    pub label_field: String,
    pub labels_by: LabelsBy,
    pub promise: Promise,
    pub unscored: u64,
}

/// Finds the thresholds, and says what they come to.
#[must_use]
pub(crate) fn cascade_page(
    cases: &[Case],
    stages: &[AskedStage],
    options: CascadePageOptions,
) -> CascadePage {
    let judgments: Vec<Vec<Option<Judgment>>> = (0..stages.len())
        .map(|stage| cases.iter().map(|case| case.said.get(stage).and_then(Said::judgment)).collect())
        .collect();
    let thresholds = cascade_thresholds(&judgments, options.promise);
    let costs: Vec<_> = (0..stages.len()).map(|stage| mean_cost(cases, stage)).collect();
    let unit = CostUnit::of(&costs);
    let costs: Vec<f64> = costs.iter().map(|cost| unit.cost(cost)).collect();
    let each = Promise { delta: options.promise.delta / real(stages.len().max(1)), ..options.promise };
    let mut left: Vec<&Case> = cases.iter().collect();
    let mut pages = Vec::new();
    for (place, asked) in stages.iter().enumerate() {
        let page = stage(&left, place, asked, thresholds[place], each);
        let alone = cases.iter().filter_map(|case| case.said.get(place)?.is_right);
        pages.push(StagePage { alone: rate(alone), cost: costs[place], ..page });
        if let Some(threshold) = thresholds[place] {
            left.retain(|case| !stands(case, place, threshold));
        }
    }
    let whole = whole(&pages, cases.len() as u64);
    CascadePage {
        suite: options.suite,
        judge: options.judge,
        label_field: options.label_field,
        labels_by: options.labels_by,
        promise: options.promise,
        labelled: cases.len() as u64,
        unscored: options.unscored,
        whole,
        unit,
        curve: curve(cases, &costs),
        stages: pages,
    }
}

fn rate(right: impl Iterator<Item = bool>) -> Rate {
    let (mut count, mut n) = (0, 0);
    for is_right in right {
        count += u64::from(is_right);
        n += 1;
    }
    Rate::of(count, n)
}

fn stands(case: &Case, place: usize, threshold: StageThreshold) -> bool {
    let judgment = case.said.get(place).and_then(Said::judgment);
    judgment.is_some_and(|judgment| judgment.confidence >= threshold.confidence)
}

/// A stage on the records that reach it.
fn stage(
    left: &[&Case],
    place: usize,
    asked: &AskedStage,
    threshold: Option<StageThreshold>,
    promise: Promise,
) -> StagePage {
    let judgments: Vec<Judgment> =
        left.iter().filter_map(|case| case.said.get(place).and_then(Said::judgment)).collect();
    let reached = left.len() as u64;
    let wrong = threshold.map(|threshold| threshold.wrong).unwrap_or_default();
    let needed = || labels_for_a_threshold(&judgments, reached, promise);
    StagePage {
        stage: asked.name.clone(),
        model: asked.model.clone(),
        reading: asked.reading.clone(),
        alone: Rate::of(0, 0),
        cost: 0.0,
        threshold,
        stands: Rate::of(wrong.n, reached),
        right: Rate::of(wrong.n - wrong.successes, wrong.n),
        without_confidence: reached - judgments.len() as u64,
        labels_needed: if threshold.is_none() { needed() } else { None },
        risk: coverage_and_risk(&judgments, reached, promise.delta),
    }
}

/// The stages together: one without a threshold is not asked.
fn whole(stages: &[StagePage], records: u64) -> Option<WholePage> {
    let asked = || stages.iter().filter(|stage| stage.threshold.is_some());
    asked().next()?;
    let cost: Vec<(f64, f64)> = asked().map(|stage| (stage.cost, stage.stands.rate.unwrap_or(0.0))).collect();
    let cost = cascade_cost(&cost);
    let (stood, right) =
        asked().fold((0, 0), |(stood, right), stage| (stood + stage.right.n, right + stage.right.count));
    Some(WholePage {
        stands: Rate::of(stood, records),
        right: Rate::of(right, stood),
        cost,
        saved: stages.last().and_then(|last| saved_share(cost, last.cost)),
    })
}
