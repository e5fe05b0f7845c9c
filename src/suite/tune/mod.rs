//! Tuning: a better instruction or demos for a suite's judge, found on its labelled records.

mod account;
mod data;
mod earlier;
mod estimate;
mod folder;
mod optimizer;
mod rates;
mod request;
mod setup;
mod telling;
mod threshold;
mod winner;
mod work;

#[cfg(feature = "cli")]
pub(crate) use self::data::shares;
#[cfg(feature = "cli")]
pub(crate) use self::earlier::Finished;
pub(crate) use self::estimate::TuneEstimate;
pub use self::request::{ObjectiveName, OptimizerName, StoreThreshold, TuneRequest};
pub(crate) use self::setup::{setup, tuned_judge};
pub use self::telling::{TuneEvent, Tuned};
pub(crate) use self::work::Work;
#[cfg(feature = "cli")]
pub(crate) use crate::eval::Stop;
#[cfg(feature = "cli")]
pub(crate) use crate::optimizer::{SearchEnd, TuneSpending};
