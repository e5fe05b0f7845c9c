//! What people are asked: the same as the judges, without what is for models alone. Its hash is the rubric's version.

use serde::Serialize;
use serde_json::{Value, json};

use crate::eval::Panel;
use crate::signature::{Level, Scale, ScaleKind, Spec};

/// What people are asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ShownRubric {
    /// A hash of the rest.
    pub(crate) version: String,
    /// The instructions of the judges, one each.
    pub(crate) instructions: Vec<String>,
    /// What is looked at, where there is a rubric.
    pub(crate) criteria: Vec<ShownCriterion>,
    /// The labels to choose from, in the order of their keys.
    pub(crate) labels: Vec<ShownLabel>,
    /// Of a scale with other numbers than can be counted off: its lowest and highest.
    pub(crate) bounds: Option<(f64, f64)>,
    /// What the inputs are called and what they hold.
    pub(crate) inputs: Vec<(String, String)>,
    /// What the verdict is, in the signature's words.
    pub(crate) verdict: String,
}

/// One thing that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ShownCriterion {
    name: String,
    description: String,
    weight: f64,
    levels: Vec<ShownLabel>,
}

/// A label, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ShownLabel {
    pub(crate) label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
}

/// What people are asked about the records of a panel, on its scale.
pub(super) fn shown(panel: &Panel, scale: &Scale) -> ShownRubric {
    let specs: Vec<&Spec> = panel.judges.iter().map(|member| member.judge.spec()).collect();
    let rubrics = || specs.iter().filter_map(|spec| spec.rubric.as_ref());
    let levels: &[Level] = match (panel.alone(), rubrics().next()) {
        (Some(_), Some(rubric)) => match rubric.criteria.as_slice() {
            [only] if rubric.levels.is_empty() => &only.levels,
            _ => &rubric.levels,
        },
        _ => &[],
    };
    let label = |name: &str| {
        let meaning = levels.iter().find(|level| level.score.to_string() == name);
        ShownLabel { label: name.to_owned(), meaning: meaning.map(|level| level.description.clone()) }
    };
    let names: Vec<String> = match scale.candidates() {
        Some(candidates) => candidates.into_iter().map(|one| one.label).collect(),
        None => Vec::new(),
    };
    let mut inputs: Vec<(String, String)> = Vec::new();
    for field in specs.iter().flat_map(|spec| &spec.inputs) {
        if !inputs.iter().any(|(name, _)| *name == field.name) {
            inputs.push((field.name.clone(), field.description.clone()));
        }
    }
    let criteria = rubrics().flat_map(|rubric| &rubric.criteria).map(|criterion| ShownCriterion {
        name: criterion.name.clone(),
        description: criterion.description.clone(),
        weight: criterion.points.unwrap_or(criterion.weight),
        levels: criterion.levels.iter().map(level).collect(),
    });
    // Of several parts people label the whole, which no signature describes.
    let verdict = panel.alone().and_then(|judge| judge.spec().output(&scale.field));
    let mut rubric = ShownRubric {
        version: String::new(),
        instructions: specs.iter().map(|spec| spec.instruction.trim().to_owned()).collect(),
        criteria: criteria.collect(),
        labels: names.iter().map(|name| label(name)).collect(),
        bounds: match scale.kind {
            ScaleKind::Numeric { min, max, .. } if names.is_empty() => Some((min, max)),
            _ => None,
        },
        inputs,
        verdict: verdict.map(|field| field.description.clone()).unwrap_or_default(),
    };
    rubric.version = version(&json!(rubric));
    rubric
}

fn level(level: &Level) -> ShownLabel {
    ShownLabel { label: level.score.to_string(), meaning: Some(level.description.clone()) }
}

/// The first 12 hex digits of a hash of JSON.
pub(super) fn version(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex().chars().take(12).collect()
}
