//! A suite held against its golden file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{Change, RecordDiff};
use super::comparison::GoldenComparison;
use super::verdict::Verdict;

/// A suite held against its golden file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// The suite.
    pub suite: String,
    /// The model that judges now.
    pub model: String,
    /// The model whose scores were locked.
    pub golden_model: String,
    /// What is concluded: a regression if the score or any part regressed, else what the score says.
    pub verdict: Verdict,
    /// The suite's score.
    pub whole: GoldenComparison,
    /// Its parts, by name.
    pub parts: Vec<GoldenComparison>,
    /// How many records became what; what did not occur is left out.
    pub counts: BTreeMap<Change, u64>,
    /// The records that are not as they were locked, by id.
    pub records: Vec<RecordDiff>,
    /// What changed about the subject, in words: `prompt`, `model (a, was b)`, `outputs of 3 records`.
    pub subject: Vec<String>,
}

impl Diff {
    /// How many records became this.
    #[must_use]
    pub fn count(&self, change: Change) -> u64 {
        self.counts.get(&change).copied().unwrap_or(0)
    }

    /// The records that became this, by id.
    pub fn of(&self, change: Change) -> impl Iterator<Item = &RecordDiff> {
        self.records.iter().filter(move |record| record.change == change)
    }

    /// The score and the parts.
    pub fn measures(&self) -> impl Iterator<Item = &GoldenComparison> {
        std::iter::once(&self.whole).chain(&self.parts)
    }

    /// Whether every record is as it was locked.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.records.is_empty()
    }
}
