//! How a search is run, and the events it reports while it runs.

use super::arena::Fate;
use super::examiner::Reply;
use super::objective::Objective;
use super::proposer::Candidate;

/// How a search is run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TuneOptions {
    /// What candidates are ranked by.
    pub objective: Objective,
    /// How much of the objective a thousand tokens of prompt weigh.
    pub token_penalty: f64,
    /// The chance at most that racing drops the candidate that loses least on the validation part;
    /// `None` to judge every record by every candidate.
    pub race_error: Option<f64>,
    /// So many records between two looks at who is beaten.
    pub block: usize,
    /// At most so many calls at the same time. It changes nothing but the time.
    pub concurrency: usize,
    /// At most so many calls for the search, those answered from the cache included; so a search
    /// that is gone on with ends where it would have ended.
    pub most_calls: Option<u64>,
    /// So many draws make the interval of a candidate's objective; 0 for no intervals.
    pub resamples: u32,
    /// The seed of the order of the records.
    pub seed: u64,
}

impl Default for TuneOptions {
    fn default() -> Self {
        Self {
            objective: Objective::default(),
            token_penalty: 0.0,
            race_error: Some(0.1),
            block: 4,
            concurrency: 8,
            most_calls: None,
            resamples: 1000,
            seed: 0,
        }
    }
}

/// What a search tells while it goes. Progress, journals and tests listen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub(crate) enum Event<'a> {
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
pub(crate) enum Part {
    /// What demos are taken from.
    Train,
    /// What candidates are compared on.
    Validation,
    /// What nothing was chosen by.
    Test,
}
