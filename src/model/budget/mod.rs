//! Hard limits: the worst case of a call is taken out of them before it is sent.

mod estimate;
mod ledger;
mod toll;

pub use self::estimate::{Estimate, PromptSizes};
pub use self::ledger::{Budget, BudgetLimits};

pub(super) use self::toll::Toll;
