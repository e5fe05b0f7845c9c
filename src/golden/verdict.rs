//! What is concluded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is concluded about new against golden, of a suite or of one of its parts.
///
/// The interval of new − golden decides: below −margin is a regression, above it a pass, around it
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worse by more than the margin.
    Regression,
    /// Too few records to tell.
    Inconclusive,
    /// Not worse by more than the margin.
    Pass,
    /// Better: the interval lies above 0.
    Improvement,
}

impl Verdict {
    /// The verdict in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
            Self::Improvement => "improvement",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
