//! What to do about what a command found: which steps, and the commands to type.

mod calibrate;
mod cascade;
mod compare;
mod jury;
mod tune;
mod typed;

pub(crate) use self::calibrate::{Compared as ComparedWithLabels, after_calibration};
pub(crate) use self::cascade::after_cascade;
pub(crate) use self::compare::{Compared, How, after_comparison, after_strategies};
pub(crate) use self::jury::after_jury;
pub(crate) use self::tune::{TunedSuite, after_tuning};
pub(crate) use self::typed::Typed;
