//! Calibration: which map, if any, brings a judge's distributions closer to human labels.
//!
//! Pure fitting. The maps are plain data of `stats`; whoever reads a judge's distribution applies
//! them. A map is kept only where cross-validation shows a gain over no map. A [`page`] holds a
//! judge against labels, of which the maps are one part.

#![expect(clippy::indexing_slicing, reason = "fits read better with indices, whose ranges the loops give")]

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

pub use crate::data::id_hash;
pub use crate::stats::ThresholdGoal;
pub use file::{CalibrationFile, Fingerprints, LabelsBy, Origin};
pub use fit::fit;
pub use fitted::{Adjusted, Decision, Figures, Fitted, FittedMap, Gain, Gains};
pub use options::{Kind, Metric, Options};
pub use page::{
    CostFigures, Counts, Disagreement, ErrorRates, EstimatedPart, Figure, IsotonicFigures, LabelPlan,
    Measured, Page, PageOptions, PeopleFigures, Pilot, ProbabilityFigures, RateFigures, ScaleFigures, Split,
    Standing, VerdictFigures, cases, consensus, page, plan, verdicts_of,
};
pub use problem::{Case, Refusal, Verdicts};
