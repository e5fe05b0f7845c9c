//! What a run tells while it goes.

use super::outcome::Outcome;
use crate::data::DataFault;

/// What a run tells while it goes. Progress bars, summaries and tests listen;
/// the run does not know them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A record is settled and its line is in the journal.
    Settled(&'a Outcome),
    /// A line of the dataset cannot be used and is left out.
    Skipped(&'a DataFault),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every record is settled.
    Complete,
    /// It was interrupted; what was in flight is settled.
    Interrupted,
    /// Every call fails the same way: nothing more was sent.
    StoppedEarly(String),
}
