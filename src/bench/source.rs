//! Where the figures of a cell come from, if evenhand did not measure them.

use schemars::JsonSchema;
use serde::Serialize;

/// Another tool's measurements.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Source {
    /// The tool: `vllm bench serve`, `llama-bench`.
    pub(crate) tool: &'static str,
    /// The file.
    pub(crate) file: String,
    /// What it says besides the figures, in words.
    pub(crate) said: Vec<String>,
}
