//! What a command or a suite may spend.

use schemars::JsonSchema;
use serde::Deserialize;

/// What may be spent: nothing is sent that might go beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "as they stand in the file, where `calls` alone says too little"
)]
pub(crate) struct BudgetFile {
    /// The most US dollars. Every model that is asked needs a price then.
    #[schemars(range(min = 0.0))]
    pub(crate) max_cost_usd: Option<f64>,
    /// The most calls, those sent again by the transport included.
    pub(crate) max_calls: Option<u64>,
    /// The most tokens, of prompts and answers together.
    pub(crate) max_tokens: Option<u64>,
    /// The minutes within which calls are sent.
    #[schemars(range(min = 0.0))]
    pub(crate) max_minutes: Option<f64>,
}
