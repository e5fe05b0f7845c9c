//! How much a server is asked at a time: as much as it takes, found out by
//! asking, and never more than the user allows.

mod controller;
mod gate;
mod pace;
mod ramp;
mod waiting;

pub use self::gate::{Pressure, PressureOptions};

pub(super) use self::controller::Heard;
pub(super) use self::gate::Told;
