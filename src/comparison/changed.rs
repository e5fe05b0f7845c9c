//! What differs between two sides.

use serde::{Deserialize, Serialize};

/// What differs between the two sides, besides what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The judge: the better one is the one that is closer to the labels.
    Judge,
    /// What is judged: the better one has the higher score.
    Outputs,
    /// Both: then nobody knows which of them makes the difference.
    Both,
    /// Nothing: the same run twice.
    Nothing,
}
