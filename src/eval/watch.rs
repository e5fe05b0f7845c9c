//! Sees when there is no use in going on.

use super::outcome::{Outcome, Settled};

/// Sees when every call fails the same lasting way: a wrong key, no server.
pub(super) struct Watch {
    patience: usize,
    in_a_row: usize,
    last: Option<String>,
}

impl Watch {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { patience: concurrency.clamp(3, 16), in_a_row: 0, last: None }
    }

    pub(super) fn see(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Settled::Unscored(unscored) if unscored.lasting => {
                self.in_a_row += 1;
                self.last = Some(unscored.to_string());
            }
            _ => self.in_a_row = 0,
        }
    }

    pub(super) fn is_hopeless(&self) -> bool {
        self.in_a_row >= self.patience
    }

    pub(super) fn hopeless(&self) -> Option<String> {
        self.last.clone().filter(|_| self.is_hopeless())
    }
}
