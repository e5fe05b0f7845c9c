//! The kinds of maps that are tried.

use serde::{Deserialize, Serialize};

/// A kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A temperature on the shares.
    Temperature,
    /// The shares divided by a content-free item's.
    ContentFree,
    /// The same to a fitted power.
    ContentFreeFitted,
    /// A straight line on the score's log-odds.
    Platt,
    /// A rising map of the score.
    Isotonic,
    /// Limits of the score alone: a threshold for two verdicts, cutpoints for a scale.
    Limits,
    /// A straight line on the log-odds, and limits.
    PlattLimits,
    /// A rising map, and limits.
    IsotonicLimits,
}

impl Kind {
    /// All, from the simplest; of equally good ones the earlier is taken.
    pub const ALL: [Self; 8] = [
        Self::Temperature,
        Self::ContentFree,
        Self::Platt,
        Self::Limits,
        Self::ContentFreeFitted,
        Self::PlattLimits,
        Self::Isotonic,
        Self::IsotonicLimits,
    ];
}
