//! What came of producing an output.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ask::{Attempt, Unscored};

/// An output that was produced, or why there is none.
#[derive(Clone, Debug)]
pub struct Production {
    /// The output. A subject that fails leaves its record without a score, for its own reason.
    pub output: Result<Value, Unscored>,
    /// How it came about.
    pub trace: Trace,
}

/// How an output came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How long the subject took, in milliseconds; for a kept output, when it was produced.
    pub took_ms: f64,
    /// What the subject says it cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Whether the output was kept from an earlier time, and nothing was run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// What a command wrote to its standard error: the end of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What the user should know about how it came about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The calls of a model that is the subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}
