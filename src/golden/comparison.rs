//! One measured difference, and what is concluded from it.

use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use crate::stats::Interval;

/// New against golden, over the records that are scored on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoldenComparison {
    /// The part: a criterion, a check, a judge; `None` for the suite's score.
    pub part: Option<String>,
    /// How it was tested.
    pub method: Method,
    /// Records with a score on both sides.
    pub n: u64,
    /// Clusters they fall into, where records share a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<u64>,
    /// The mean that was locked, over these records.
    pub golden_mean: Option<f64>,
    /// Their mean now.
    pub new_mean: Option<f64>,
    /// New − golden, in `-1..=1`.
    pub difference: Option<f64>,
    /// Its interval, at the adjusted level.
    pub interval: Option<Interval>,
    /// How much worse is still no regression, in `0..1`.
    pub margin: f64,
    /// Records that are higher.
    pub higher: u64,
    /// Records that are lower.
    pub lower: u64,
    /// The two-sided p-value of "new is worse by exactly the margin".
    pub p_value: Option<f64>,
    /// The same after Holm's adjustment over all parts and suites that were compared together.
    pub adjusted_p: Option<f64>,
    /// The two-sided p-value of "no difference": exact McNemar for pass and fail, else paired permutation.
    pub p_no_difference: Option<f64>,
    /// The smallest difference that so many records show with a chance of 80 %.
    pub smallest_effect: Option<f64>,
    /// How many records it takes to pass with a chance of 80 % where nothing is worse; `None` for a margin of 0.
    pub n_needed: Option<u64>,
    /// What is concluded.
    pub verdict: Verdict,
}

/// How a difference was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Not at all: every score is as it was, so nothing is worse.
    Unchanged,
    /// Pass and fail: Tango's score test and interval.
    Tango,
    /// Scores: paired permutation test and bootstrap interval (BCa).
    Permutation,
    /// The same over clusters of records instead of records.
    Clusters,
    /// Not at all: no record, or no cluster but one, has a score on both sides.
    None,
}

impl Method {
    /// The method in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Tango => "Tango",
            Self::Permutation => "permutation, BCa",
            Self::Clusters => "clustered permutation, BCa",
            Self::None => "none",
        }
    }
}
