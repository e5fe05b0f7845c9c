//! Absolute gates: what a run must reach, whatever was before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::Interval;

/// What a run must reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// The lowest mean score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_score: Option<f64>,
    /// The lowest Cohen's κ of the judge against the labels (quadratic on a numeric scale).
    #[schemars(range(min = -1.0, max = 1.0))]
    pub min_kappa: Option<f64>,
    /// The largest share of records without a score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_unscored: Option<f64>,
    /// The most a run may cost, in US dollars; the model needs a price.
    #[schemars(range(min = 0.0))]
    pub max_cost_usd: Option<f64>,
    /// The longest that 95 of 100 records may take, in milliseconds.
    #[schemars(range(min = 0.0))]
    pub max_p95_latency_ms: Option<f64>,
}

/// What came of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate: `min_score`, `min_kappa`, `max_unscored`, `max_cost_usd`, `max_p95_latency_ms`.
    pub gate: String,
    /// What it asks for.
    pub bound: f64,
    /// What was measured.
    pub value: Option<f64>,
    /// Its interval, 95 %; none for what is counted and not estimated.
    pub interval: Option<Interval>,
    /// What is concluded.
    pub verdict: GateVerdict,
    /// Why nothing can be concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What is concluded about a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// The whole interval is on the right side.
    Holds,
    /// The whole interval is on the wrong side.
    Fails,
    /// The bound lies inside the interval.
    Inconclusive,
}
