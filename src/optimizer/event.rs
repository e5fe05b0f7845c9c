//! What a search tells while it goes.

use super::arena::Fate;
use super::candidate::Candidate;
use super::examiner::Reply;

/// What a search tells while it goes. Progress, journals and tests listen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A candidate is in the race.
    Entered {
        /// Its place, from 0, the baseline's.
        place: usize,
        /// What it asks.
        candidate: &'a Candidate,
    },
    /// A record was judged.
    Judged {
        /// The candidate's place.
        place: usize,
        /// The target model that judged, by its place among them.
        model: usize,
        /// The part of the data.
        part: Part,
        /// The record's id.
        id: &'a str,
        /// What came of it.
        reply: &'a Reply,
    },
    /// A candidate dropped out.
    Dropped {
        /// Its place.
        place: usize,
        /// Why.
        fate: Fate,
        /// How many validation records it had judged.
        judged: usize,
    },
    /// A candidate judged every validation record.
    Finished {
        /// Its place.
        place: usize,
        /// Its objective, less the penalty for tokens.
        worth: Option<f64>,
        /// The best so far, by its place.
        best: usize,
    },
}

/// A part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What demos are taken from.
    Train,
    /// What candidates are compared on.
    Validation,
    /// What nothing was chosen by.
    Test,
}
