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
    /// Its points, instead of a weight; below 0 for a fault. All criteria of a rubric have points, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<f64>,
    /// Whether the whole is worth 0 where this is not met: where its score is below 0.5.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
}

impl Default for Criterion {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            weight: 1.0,
            levels: Vec::new(),
            points: None,
            essential: false,
        }
    }
}

impl Criterion {
    /// What it adds to the sum where it is met in full: its points, or its weight.
    pub(crate) fn worth(&self) -> f64 {
        self.points.unwrap_or(self.weight)
    }

    /// Whether it describes a fault.
    pub(crate) fn is_fault(&self) -> bool {
        self.worth() < 0.0
    }
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

/// What is asked for to raise a score, and what to be rid of a fault.
const IMPROVE: &str = "What to change to reach a higher score; empty if nothing.";
const MEND: &str = "What to change so that this is no longer so; empty if nothing.";

impl Rubric {
    /// The scale of the rubric's `score`.
    #[must_use]
    pub fn scale(&self) -> Scale {
        let kind = ScaleKind::Numeric { min: real(self.min), max: real(self.max), whole: true };
        Scale { field: "score".into(), kind }
    }

    /// Whether the score follows a rule that one answer for the whole cannot be trusted to follow: points, or an
    /// essential criterion. Each criterion is then asked about by itself.
    pub(crate) fn has_rule(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.points.is_some() || criterion.essential)
    }

    /// What a judge is told of a criterion that describes a fault; the default template says the same.
    pub(crate) fn fault_note(&self, criterion: &Criterion) -> Option<String> {
        criterion.is_fault().then(|| {
            format!(
                "This is a fault. Give {} where the fault is plainly there, and {} where it is not there at all.",
                self.max, self.min
            )
        })
    }

    /// What is wrong with a criterion's share in the score: the key, and what is wrong.
    pub(super) fn share_faults(&self, criterion: &Criterion) -> Vec<(&'static str, String)> {
        let has_points = self.criteria.iter().any(|criterion| criterion.points.is_some());
        let mut faults = Vec::new();
        match criterion.points {
            None if criterion.weight.is_nan() || criterion.weight <= 0.0 => {
                faults.push(("weight", format!("weight {} is not above 0", criterion.weight)));
            }
            None if has_points => {
                faults.push((
                    "name",
                    format!("criterion `{}` has no `points`, and others have", criterion.name),
                ));
            }
            Some(points) if !points.is_finite() || points.abs() <= 0.0 => {
                faults.push(("points", format!("points {points} count for nothing")));
            }
            _ => {}
        }
        if criterion.essential && criterion.is_fault() {
            let detail = "an essential criterion needs points above 0: say what must hold, not what must not";
            faults.push(("essential", detail.to_owned()));
        }
        faults
    }

    /// What is wrong where every criterion is a fault: nothing is the best score.
    pub(super) fn whole_fault(&self) -> Option<&'static str> {
        let all = !self.criteria.is_empty() && self.criteria.iter().all(Criterion::is_fault);
        all.then_some("no criterion has points above 0, so there is no best score to divide by")
    }

    /// The outputs of one call that judges everything.
    #[must_use]
    pub(super) fn holistic_outputs(&self) -> Vec<Field> {
        vec![
            reasoning("The reasons for the score, criterion by criterion, in two or three sentences."),
            field("criteria", "The level reached on each criterion.", self.criteria_schema()),
            field("score", "The level of the whole, by the weights of the criteria.", self.level_schema()),
            suggestions(IMPROVE),
        ]
    }

    /// The outputs of a call that judges one criterion, the first.
    #[must_use]
    pub(super) fn criterion_outputs(&self) -> Vec<Field> {
        let is_fault = self.criteria.first().is_some_and(Criterion::is_fault);
        vec![
            reasoning("The reasons for the score, in one or two sentences."),
            field("score", "The level reached on this criterion.", self.level_schema()),
            if is_fault { suggestions(MEND) } else { suggestions(IMPROVE) },
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

fn suggestions(description: &str) -> Field {
    field(
        "suggestions",
        description,
        json!({
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "maxItems": MOST_SUGGESTIONS,
        }),
    )
}
