//! What a tuning found, in whole.

use serde::{Deserialize, Serialize};

use super::objective::Objective;
use super::search::{CandidateStanding, SearchEnd};
use super::verdict::TestFigures;

/// What a tuning found. Its JSON, which `evenhand tune --json` prints, has every figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunePage {
    /// The suite.
    pub suite: String,
    /// The signature.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// The models that judged besides, where it was tuned for several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_for: Vec<String>,
    /// How its verdicts were read.
    pub reading: String,
    /// The optimizer.
    pub optimizer: String,
    /// Its seed.
    pub seed: u64,
    /// What candidates were ranked by.
    pub(crate) objective: Objective,
    /// How much of it a thousand tokens weighed.
    pub token_penalty: f64,
    /// Records to learn from, to compare on, and to test on.
    pub parts: [u64; 3],
    /// How the search ended.
    pub end: SearchEnd,
    /// Every candidate, the baseline first.
    pub(crate) standings: Vec<CandidateStanding>,
    /// The best, by its place; 0 where nothing beat the baseline.
    pub best: usize,
    /// Calls of the search, those answered from the cache included.
    pub calls: u64,
    /// Calls that the race saved.
    pub saved: u64,
    /// Baseline and winner on the test part.
    pub test: Option<TestFigures>,
    /// What the search and the test took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<TuneSpending>,
    /// What they were expected to take: before the start, and once the baseline had been judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<TuneSpending>,
    /// Lines that the winner's prompt has more, and less, than the baseline's.
    pub lines: [u64; 2],
}

/// What calls took, or are expected to take; those answered from the cache included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TuneSpending {
    /// How many.
    pub calls: u64,
    /// Tokens of their prompts, where they are known.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answers, where they are known.
    pub completion_tokens: Option<u64>,
    /// US dollars, where prices and tokens are known.
    pub cost_usd: Option<f64>,
    /// Seconds on the clock, where calls were measured.
    pub seconds: Option<f64>,
}

impl TunePage {
    /// Every model that it was tuned for, in the order of their figures.
    #[must_use]
    pub fn models(&self) -> Vec<&str> {
        std::iter::once(&self.model).chain(&self.also_for).map(String::as_str).collect()
    }

    /// The best candidate, where it is not the baseline.
    #[must_use]
    pub(crate) fn winner(&self) -> Option<&CandidateStanding> {
        self.standings.get(self.best).filter(|_| self.best > 0)
    }
}
