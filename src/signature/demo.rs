//! A worked example shown to the judge before the record.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Inputs with the answer they should get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demo {
    /// The inputs by field name.
    pub inputs: Map<String, Value>,
    /// The answer by field name.
    pub outputs: Map<String, Value>,
}
