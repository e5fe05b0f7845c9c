//! Outcomes in the order of their records, whatever order they come in.

use std::collections::BTreeMap;

use super::outcome::Outcome;

/// Holds outcomes back until every earlier one has come.
#[derive(Debug, Default)]
pub struct InOrder {
    next: u64,
    waiting: BTreeMap<u64, Outcome>,
}

impl InOrder {
    /// Takes an outcome, and gives those whose turn it is now.
    pub fn push(&mut self, outcome: Outcome) -> Vec<Outcome> {
        self.waiting.insert(outcome.index, outcome);
        let mut ready = Vec::new();
        while let Some(outcome) = self.waiting.remove(&self.next) {
            self.next += 1;
            ready.push(outcome);
        }
        ready
    }

    /// What is still held back, in order: the run ended before its turn came.
    #[must_use]
    pub fn rest(self) -> Vec<Outcome> {
        self.waiting.into_values().collect()
    }
}
