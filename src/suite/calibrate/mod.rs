//! A judge is compared with labels.

mod calibrated;
mod calibrator;
mod judge;
mod options;

pub use self::calibrated::Calibrated;
pub use self::calibrator::CalibrateEnd;
pub(crate) use self::calibrator::Calibrator;
pub(crate) use self::judge::check;
pub use self::options::CalibrateOptions;
#[cfg(feature = "cli")]
pub(crate) use self::options::{LabelGuesses, LabelPlanOptions};
