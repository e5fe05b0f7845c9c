//! A judge held against labels, on one page: pure numbers from outcomes.

mod disagreement;
mod people;
mod plan;
mod rate;
mod report;
mod ruler;
mod scale;
mod unlabeled;
mod verdicts;

pub use disagreement::Disagreement;
pub use people::{PeopleFigures, consensus};
pub use plan::{LabelPlan, Pilot, Split, plan};
pub use rate::{ErrorRates, EstimatedPart, RateFigures};
pub use report::{Counts, Page, PageOptions, Standing, cases, page};
pub use ruler::{Figure, Measured, verdicts_of};
pub use scale::{IsotonicFigures, ScaleFigures};
pub use unlabeled::CostFigures;
pub use verdicts::{ProbabilityFigures, VerdictFigures};
