//! A judge is held against labels.

mod calibrated;
mod calibrator;
mod check;
mod held;
mod journal;
mod judge;
mod options;
mod plan;

pub use self::calibrated::Calibrated;
pub use self::calibrator::CalibrateEnd;
pub(crate) use self::calibrator::Calibrator;
pub(crate) use self::check::check;
pub use self::options::CalibrateOptions;
pub use self::plan::{LabelGuesses, LabelPlanOptions};
