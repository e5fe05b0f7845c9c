//! A rubric: weighted criteria on one scale, with a description for each level.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::field::Field;
use super::scale::{Scale, ScaleKind};
use crate::number::real;

/// Weighted criteria, all judged on the same scale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rubric {
    /// The lowest level.
    pub min: i64,
    /// The highest level.
    pub max: i64,
    /// What the levels mean for the whole, lowest first; may be empty.
    pub levels: Vec<Level>,
    /// What is looked at, in the order it is asked.
    pub criteria: Vec<Criterion>,
}

/// One thing a rubric looks at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    /// The name, as it stands in JSON.
    pub name: String,
    /// What is looked at.
    pub description: String,
    /// Its share in the score, relative to the other criteria; above 0.
    pub weight: f64,
    /// What the levels mean for this criterion, lowest first; may be empty.
    pub levels: Vec<Level>,
}

/// What one level of the scale means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// The level.
    pub score: i64,
    /// What it takes to be on it.
    pub description: String,
}

/// The answer to a rubric asked in one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RubricVerdict {
    /// The reasons for the score.
    pub reasoning: String,
    /// The level of each criterion by its name.
    pub criteria: Map<String, Value>,
    /// The level of the whole.
    pub score: i64,
    /// What would raise the score.
    #[serde(default)]
    pub suggestions: Vec<String>,
}

/// The most suggestions a judge is asked for.
const MOST_SUGGESTIONS: u64 = 3;

impl Rubric {
    /// The scale of the rubric's `score`.
    #[must_use]
    pub fn scale(&self) -> Scale {
        let kind = ScaleKind::Numeric { min: real(self.min), max: real(self.max), whole: true };
        Scale { field: "score".into(), kind }
    }

    /// The outputs of one call that judges everything.
    #[must_use]
    pub(super) fn holistic_outputs(&self) -> Vec<Field> {
        vec![
            reasoning("The reasons for the score, criterion by criterion, in two or three sentences."),
            field("criteria", "The level reached on each criterion.", self.criteria_schema()),
            field("score", "The level of the whole, by the weights of the criteria.", self.level_schema()),
            suggestions(),
        ]
    }

    /// The outputs of a call that judges one criterion.
    #[must_use]
    pub(super) fn criterion_outputs(&self) -> Vec<Field> {
        vec![
            reasoning("The reasons for the score, in one or two sentences."),
            field("score", "The level reached on this criterion.", self.level_schema()),
            suggestions(),
        ]
    }

    fn level_schema(&self) -> Value {
        json!({"type": "integer", "minimum": self.min, "maximum": self.max})
    }

    fn criteria_schema(&self) -> Value {
        let names: Vec<&str> = self.criteria.iter().map(|criterion| criterion.name.as_str()).collect();
        let properties: Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), self.level_schema())).collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": names,
            "additionalProperties": false,
        })
    }
}

fn field(name: &str, description: &str, schema: Value) -> Field {
    Field { name: name.into(), description: description.into(), schema, required: true }
}

fn reasoning(description: &str) -> Field {
    field("reasoning", description, json!({"type": "string", "maxLength": 800}))
}

fn suggestions() -> Field {
    field(
        "suggestions",
        "What to change to reach a higher score; empty if nothing.",
        json!({
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "maxItems": MOST_SUGGESTIONS,
        }),
    )
}
