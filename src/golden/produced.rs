//! What is kept of produced outputs besides those that are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is kept of a run besides the outputs that are shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherOutputs {
    /// The other outputs of records that were taken several times, by id.
    pub of_tries: BTreeMap<String, Vec<Value>>,
    /// What each output took and cost.
    pub measured: Vec<MeasuredOutput>,
}

impl FurtherOutputs {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What it took to produce an output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredOutput {
    /// The record.
    pub id: String,
    /// The output's mark.
    pub output: String,
    /// The number of the try, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub repeat: u32,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// What it cost, in US dollars, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_first(repeat: &u32) -> bool {
    *repeat == 0
}
