//! Hard limits: the worst case of a call is taken out of them before it is sent.

mod estimate;
mod limits;
mod reservation;

pub(crate) use self::estimate::{Estimate, PromptSizes};
pub use self::limits::{Budget, BudgetLimits};

pub(super) use self::reservation::RequestReservation;
