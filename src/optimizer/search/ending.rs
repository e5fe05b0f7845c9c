//! How a search ends, and what ends it before its time.

use serde::{Deserialize, Serialize};

use crate::judge::{Reason, Unscored};
use crate::optimizer::examiner::Reply;

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
