//! A verdict as a score.

use serde::{Deserialize, Serialize};

/// What a judge found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The score in `0..=1`; `None` for a verdict that decides nothing.
    pub value: Option<f64>,
    /// The verdict as the judge gave it: `pass`, `4`.
    pub label: String,
    /// How sure the judge is, in `0..=1`: its own word in a text, the
    /// verdict's share of the distribution in a weighted or a sampled reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The share of each possible verdict, in a weighted or a sampled reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribution: Vec<(String, f64)>,
    /// The probability, in `0..=1`, that the model would have given any of the possible
    /// verdicts at all, in a weighted reading: a small one says that it wanted to say something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// The reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Whether the reasons were asked for after the verdict was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub post_hoc: bool,
    /// What the judge quotes from the material, and the steps it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What would raise the score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    /// The criteria of a rubric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// A quotation, and whether it is one; or a step that is named, and whether there is such a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the judge quotes.
    pub quote: String,
    /// Whether it stands in the material, runs of white space taken as one space; for a step, whether
    /// the trajectory the judge was shown has one of this number.
    pub found: bool,
}

/// One criterion's share in a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The criterion.
    pub name: String,
    /// Its weight, relative to the others.
    pub weight: f64,
    /// Its score in `0..=1`.
    pub value: Option<f64>,
    /// Its level as the judge gave it.
    pub label: String,
    /// The reasons for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
}
