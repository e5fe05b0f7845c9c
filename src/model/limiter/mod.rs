//! How much a server is asked at a time: as much as it takes, found out by
//! asking, and never more than the user allows.

mod controller;
mod gate;
mod pass;
mod ramp;

pub use self::gate::{ConcurrencyLimiter, ConcurrencyOptions};

pub(super) use self::controller::Load;
pub(super) use self::gate::Feedback;
