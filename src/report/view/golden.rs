//! What a golden file says, beside what came now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a run compares with its golden file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GoldenReport {
    /// The verdict: pass, regression, inconclusive, and others that are named so.
    pub verdict: String,
    /// The verdict in one line.
    pub headline: String,
    /// What was found, line by line.
    pub findings: Vec<String>,
}

/// What the golden file says of a record, and how the record stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GoldenRecord {
    /// How it stands.
    pub state: GoldenState,
    /// The verdict in the golden file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// The score in the golden file, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// How a record stands beside its golden file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoldenState {
    /// It is worse.
    Worse,
    /// It changes from draw to draw.
    Flaky,
    /// It is better.
    Better,
    /// It is the same.
    Same,
    /// The golden file does not have it.
    New,
    /// It cannot be compared: one of the two has no score.
    Unknown,
}

impl GoldenState {
    /// Its name, as in the JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Flaky => "flaky",
            Self::Better => "better",
            Self::Same => "same",
            Self::New => "new",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is worse.
    #[must_use]
    pub fn is_worse(self) -> bool {
        self == Self::Worse
    }
}

impl GoldenRecord {
    /// What is said of it in one line: `golden: pass, score 0.91; now worse`.
    #[must_use]
    pub fn in_short(&self) -> String {
        let verdict = self.verdict.as_deref().unwrap_or("no verdict");
        let score = self.score.map_or_else(String::new, |score| format!(", score {score:.2}"));
        format!("golden {verdict}{score}, now {}", self.state.name())
    }
}
