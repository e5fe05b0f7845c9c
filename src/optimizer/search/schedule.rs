//! The schedule of a search: the order of the records, the rounds that share the calls, and how it ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::{Reason, Unscored};
use crate::optimizer::examiner::Reply;
use crate::optimizer::example::Example;
use crate::stats::Random;

/// The validation records by group, in the order in which they are judged.
pub(super) fn units(validation: &[Example], seed: u64) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, example) in validation.iter().enumerate() {
        groups.entry(&example.group).or_default().push(index);
    }
    let mut units: Vec<Vec<usize>> = groups.into_values().collect();
    Random::new(seed).shuffle(&mut units);
    units
}

/// Calls shared out over the rounds of sequential halving.
pub(super) struct Rounds {
    left: u64,
    spent: u64,
    share: Option<u64>,
}

impl Rounds {
    pub(super) fn new(runners: usize) -> Self {
        Self { left: u64::from(runners.max(2).ilog2()) + 1, spent: 0, share: None }
    }

    /// Whether a round may spend so much, of so much that is left for all rounds.
    pub(super) fn may_spend(&mut self, cost: u64, left: u64) -> bool {
        let share = *self.share.get_or_insert(left / self.left.max(1));
        let may = self.spent + cost <= share && cost <= left;
        if may {
            self.spent += cost;
        }
        may
    }

    /// Begins the next round.
    pub(super) fn next(&mut self) {
        *self = Self { left: self.left.saturating_sub(1).max(1), spent: 0, share: None };
    }
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchEnd {
    /// Everything was tried.
    Complete,
    /// The calls for the search were used up; what finished was compared.
    OutOfCalls,
    /// A hard budget refused a call.
    Budget(String),
    /// It was interrupted.
    Interrupted,
    /// Every call failed the same lasting way.
    StoppedEarly(String),
}

/// What makes it useless to go on: a budget that refused, or calls that all fail the same lasting way.
pub(super) fn hopeless<'a>(replies: impl Iterator<Item = &'a Reply>) -> Option<SearchEnd> {
    let replies: Vec<Option<&Unscored>> = replies.map(|reply| reply.unscored.as_ref()).collect();
    let refused = replies.iter().flatten().find(|unscored| unscored.reason == Reason::Budget);
    if let Some(refused) = refused {
        return Some(SearchEnd::Budget(refused.to_string()));
    }
    let lasting = |unscored: Option<&Unscored>| unscored.is_some_and(|unscored| unscored.lasting);
    if replies.is_empty() || !replies.iter().copied().all(lasting) {
        return None;
    }
    replies.first().copied().flatten().map(|unscored| SearchEnd::StoppedEarly(unscored.to_string()))
}
