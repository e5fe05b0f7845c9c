//! How a search is run.

use super::objective::Objective;

/// How a search is run.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneOptions {
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
