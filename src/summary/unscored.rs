//! Records without a score, by reason, with an example of each.

use std::collections::BTreeMap;

use crate::judge::{Reason, Unscored};

/// Counts records without a score, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct UnscoredTally {
    counts: BTreeMap<Reason, u64>,
    /// Of each reason the first record's, by its place in the dataset.
    examples: BTreeMap<Reason, (u64, String)>,
}

impl UnscoredTally {
    pub(super) fn add(&mut self, index: u64, unscored: &Unscored) {
        *self.counts.entry(unscored.reason).or_default() += 1;
        let text = match &unscored.remedy {
            Some(remedy) => format!("{}; {remedy}", unscored.detail),
            None => unscored.detail.clone(),
        };
        let example = self.examples.entry(unscored.reason).or_insert_with(|| (index, text.clone()));
        if index < example.0 {
            *example = (index, text);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(super) fn counts(&self) -> BTreeMap<Reason, u64> {
        self.counts.clone()
    }

    pub(super) fn examples(&self) -> BTreeMap<Reason, String> {
        self.examples.iter().map(|(reason, (_, text))| (*reason, text.clone())).collect()
    }
}
