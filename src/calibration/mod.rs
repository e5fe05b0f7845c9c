//! Calibration: which map, if any, brings a judge's distributions closer to human labels.
//!
//! Pure fitting. The maps are plain data of `stats`; whoever reads a judge's distribution applies
//! them. A map is kept only where cross-validation shows a gain over no map. A [`Page`] holds a
//! judge against labels, of which the maps are one part.

#![expect(clippy::indexing_slicing, reason = "fits read better with indices, whose ranges the loops give")]

mod batch;
mod cascade;
mod cutpoints;
mod file;
mod fit;
mod fitted;
mod options;
mod page;
mod platt;
mod problem;
mod select;
mod temperature;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use crate::data::id_hash;
#[cfg(test)]
pub(crate) use crate::stats::ThresholdGoal;
pub(crate) use batch::{BatchCase, BatchFile, BatchLabels, BatchPage, BatchVerdict, batch_mean};
pub use cascade::CascadePage;
pub(crate) use cascade::{
    AskedStage, CascadeFile, CascadePageOptions, StoredStage, cascade_page, cases as cascade_cases,
};
pub(crate) use cascade::{CostUnit, CurvePoint, StagePage};
pub use file::LabelsBy;
pub(crate) use file::{CalibrationFile, Fingerprints, Origin};
pub(crate) use fit::fit;
pub(crate) use fitted::{Figures, Fitted, FittedMap, Gain, MapDecision};
pub use options::Metric;
pub(crate) use options::{MapKind, Options};
pub use page::Page;
pub(crate) use page::{
    CostFigures, Disagreement, ErrorRates, EstimatedPart, Figure, IsotonicFigures, LabelPlan, Measured,
    PageOptions, PeopleFigures, Pilot, ProbabilityFigures, RateFigures, ScaleFigures, Split, Standing,
    VerdictFigures, cases, consensus, page, plan, verdicts_of,
};
pub(crate) use page::{PlannedFigures, PlannedRate, WeightedRate};
#[cfg(test)]
pub(crate) use problem::Refusal;
pub(crate) use problem::{Case, Verdicts};
