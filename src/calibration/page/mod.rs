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
pub use people::PeopleFigures;
pub(crate) use people::consensus;
pub use plan::LabelPlan;
pub(crate) use plan::{Pilot, Split, plan};
pub(crate) use rate::EstimatedPart;
pub use rate::{ErrorRates, RateFigures};
pub use report::{Counts, Page, Standing};
pub(crate) use report::{PageOptions, cases, page};
pub(crate) use ruler::verdicts_of;
pub use ruler::{Figure, Measured};
pub(crate) use scale::IsotonicFigures;
pub use scale::ScaleFigures;
pub use unlabeled::CostFigures;
pub use verdicts::{ProbabilityFigures, VerdictFigures};
