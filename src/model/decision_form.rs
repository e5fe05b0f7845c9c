//! The two wire forms of typed questions.

use schemars::JsonSchema;
use serde::Deserialize;

/// The form in which a server takes questions. The path does not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionForm {
    /// OpenAI's: `input`, and `questions` in a list.
    Decisions,
    /// System One (by `TypeSafe`): `state`, and `questions` in a map.
    Systemone,
}

impl DecisionForm {
    pub(in crate::model) fn name(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Systemone => "systemone",
        }
    }

    pub(in crate::model) fn other(self) -> Self {
        match self {
            Self::Decisions => Self::Systemone,
            Self::Systemone => Self::Decisions,
        }
    }
}
