//! A run summed up: outcomes go in one by one, in any order, numbers come out.
//!
//! Scored and unscored always stand side by side, and every rate has its n and
//! its interval. Memory grows by a few dozen bytes a labelled record, and not
//! at all otherwise.

mod agreement;
mod counts;
mod numbers;
mod tally;

pub use self::agreement::{Agreement, LabelAgreement, ScaleAgreement, TagAgreement};
pub use self::counts::{Calls, Latency, Rate, Tokens};
pub use self::numbers::{Compared, ScoreSummary, Summary};
pub use self::tally::Tally;
