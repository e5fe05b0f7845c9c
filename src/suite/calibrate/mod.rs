//! A judge is compared with labels.

mod batch;
mod calibrated;
mod calibrator;
mod cascade;
mod judge;
mod options;

#[cfg(feature = "cli")]
pub(crate) use self::batch::{BatchCalibrator, BatchEnd};
pub use self::calibrated::Calibrated;
pub(crate) use self::calibrated::only_judge;
pub use self::calibrator::CalibrateEnd;
pub(crate) use self::calibrator::Calibrator;
pub use self::cascade::{CascadeCalibrated, CascadeEnd};
pub(crate) use self::cascade::{CascadeCalibrator, check_cascade};
pub(crate) use self::judge::check;
pub use self::options::CalibrateOptions;
#[cfg(feature = "cli")]
pub(crate) use self::options::{LabelGuesses, LabelPlanOptions};
