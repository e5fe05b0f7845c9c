//! A judge held against labels, on one page: pure numbers from outcomes.

mod cost;
mod flips;
mod isotonic;
mod measured;
mod people;
mod plan;
mod probability;
mod rate;
mod report;
mod ruler;
mod scale;
mod verdicts;

pub use cost::CostFigures;
pub use isotonic::IsotonicFigures;
pub use measured::{Figure, Measured};
pub use people::{PeopleFigures, consensus};
pub use plan::{LabelPlan, Pilot, Split, plan};
pub use probability::ProbabilityFigures;
pub use rate::{ErrorRates, EstimatedPart, RateFigures};
pub use report::{Counts, Page, PageOptions, Standing, cases, page};
pub use ruler::verdicts_of;
pub use scale::ScaleFigures;
pub use verdicts::VerdictFigures;
