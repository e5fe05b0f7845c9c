//! A judge held against labels, on one page: pure numbers from outcomes.

mod disagreement;
mod people;
mod plan;
mod planned;
mod rate;
mod report;
mod ruler;
mod scale;
mod unlabeled;
mod verdicts;

pub(crate) use disagreement::Disagreement;
pub(crate) use people::{PeopleFigures, consensus};
pub(crate) use plan::{LabelPlan, Pilot, Split, plan};
pub(crate) use planned::{PlannedFigures, WeightedRate};
pub(crate) use rate::{ErrorRates, EstimatedPart, PlannedRate, RateFigures};
pub use report::Page;
pub(crate) use report::{PageOptions, Standing, cases, page};
pub(crate) use ruler::{Figure, Measured, verdicts_of};
pub(crate) use scale::{IsotonicFigures, ScaleFigures};
pub(crate) use unlabeled::CostFigures;
pub(crate) use verdicts::{ProbabilityFigures, VerdictFigures};
