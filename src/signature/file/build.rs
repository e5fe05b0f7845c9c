//! From what the author wrote to a spec. Assumes nothing: what does not fit is
//! left for `check` to report.

use serde_json::{Map, Value, json};

use super::{
    CriterionFile, DemoFile, FieldFile, FieldKind, NearestDemosFile, Ordered, PairFile, RubricFile,
    ScoreFile, SignatureFile,
};
use crate::number::to_i64;
use crate::signature::field::{Field, object_schema};
use crate::signature::rubric::{Criterion, Level, Rubric};
use crate::signature::scale::{Label, Scale, ScaleKind};
use crate::signature::spec::{Demo, Mix, NearestDemos, Pair, Spec};

pub(super) fn spec(file: &SignatureFile, stem: &str) -> Spec {
    let rubric = file.rubric.as_ref().map(rubric);
    let outputs = match &rubric {
        Some(rubric) => rubric.holistic_outputs(),
        None => fields(&file.outputs),
    };
    let scale = match (&rubric, &file.score) {
        (Some(rubric), _) => Some(rubric.scale()),
        (None, Some(score)) => Some(scale(score, &file.outputs)),
        (None, None) => None,
    };
    Spec {
        name: file.name.clone().unwrap_or_else(|| stem.to_owned()),
        instruction: file.instruction.trim().to_owned(),
        inputs: fields(&file.inputs),
        outputs,
        demos: file.demos.iter().map(demo).collect(),
        nearest_demos: file.nearest_demos.as_ref().map(nearest_demos),
        scale,
        by_claims: file.score.as_ref().is_some_and(|score| score.by_claims),
        pair: file.pair.as_ref().map(pair),
        rubric,
        template: None,
    }
}

fn fields(files: &Ordered<FieldFile>) -> Vec<Field> {
    files.0.iter().map(|(name, file)| field(name, file)).collect()
}

fn field(name: &str, file: &FieldFile) -> Field {
    Field {
        name: name.to_owned(),
        description: file.description.clone(),
        schema: schema(file),
        required: !file.optional,
    }
}

pub(super) fn schema(file: &FieldFile) -> Value {
    let kind = match file.kind {
        FieldKind::String => "string",
        FieldKind::Number => "number",
        FieldKind::Integer => "integer",
        FieldKind::Boolean => "boolean",
        FieldKind::Array => "array",
        FieldKind::Object => return object(file),
    };
    let mut schema = Map::new();
    schema.insert("type".into(), nullable(kind, file.optional));
    if !file.choices.is_empty() {
        schema.insert("enum".into(), choices(file));
    }
    let mut keyword = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            schema.insert(name.into(), value);
        }
    };
    keyword("minimum", file.min.map(bound));
    keyword("maximum", file.max.map(bound));
    keyword("maxLength", file.max_length.map(Value::from));
    keyword("items", file.items.as_deref().map(self::schema));
    keyword("maxItems", file.max_items.map(Value::from));
    keyword("minItems", file.min_items.map(Value::from));
    Value::Object(schema)
}

fn object(file: &FieldFile) -> Value {
    let mut schema = object_schema(&fields(&file.fields));
    if let (Value::Object(object), true) = (&mut schema, file.optional) {
        object.insert("type".into(), nullable("object", true));
    }
    schema
}

fn nullable(kind: &str, optional: bool) -> Value {
    if optional { json!([kind, "null"]) } else { kind.into() }
}

fn choices(file: &FieldFile) -> Value {
    let mut choices: Vec<Value> = file.choices.iter().cloned().map(Value::from).collect();
    if file.optional {
        choices.push(Value::Null);
    }
    Value::Array(choices)
}

/// A whole bound as a whole number.
fn bound(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::from(to_i64(number));
    }
    Value::from(number)
}

fn scale(score: &ScoreFile, outputs: &Ordered<FieldFile>) -> Scale {
    let output = outputs.0.iter().find(|(name, _)| *name == score.field).map(|(_, file)| file);
    let kind = match output {
        Some(file) if matches!(file.kind, FieldKind::Integer | FieldKind::Number) => ScaleKind::Numeric {
            min: file.min.unwrap_or(f64::NAN),
            max: file.max.unwrap_or(f64::NAN),
            whole: file.kind == FieldKind::Integer,
        },
        Some(file) if file.kind == FieldKind::Boolean => {
            let worth = |name: &str, default| score.labels.get(name).copied().unwrap_or(default);
            ScaleKind::Labels(vec![
                Label { name: "true".into(), value: Some(worth("true", 1.0)) },
                Label { name: "false".into(), value: Some(worth("false", 0.0)) },
            ])
        }
        Some(file) => ScaleKind::Labels(file.choices.iter().map(|name| label(name, score)).collect()),
        None => ScaleKind::Labels(Vec::new()),
    };
    Scale { field: score.field.clone(), kind }
}

fn label(name: &str, score: &ScoreFile) -> Label {
    Label { name: name.to_owned(), value: score.labels.get(name).copied() }
}

fn rubric(file: &RubricFile) -> Rubric {
    Rubric {
        min: file.min,
        max: file.max,
        levels: levels(&file.levels),
        criteria: file.criteria.iter().map(criterion).collect(),
    }
}

fn criterion(file: &CriterionFile) -> Criterion {
    Criterion {
        name: file.name.clone(),
        description: file.description.clone(),
        weight: file.weight.unwrap_or(1.0),
        levels: levels(&file.levels),
        points: file.points,
        essential: file.essential,
    }
}

fn levels(files: &Ordered<String>) -> Vec<Level> {
    let mut levels: Vec<Level> = files
        .0
        .iter()
        .filter_map(|(score, description)| {
            Some(Level { score: score.parse().ok()?, description: description.clone() })
        })
        .collect();
    levels.sort_by_key(|level| level.score);
    levels
}

fn pair(file: &PairFile) -> Pair {
    Pair { inputs: file.inputs.clone(), verdicts: file.verdicts.clone(), undecided: file.undecided.clone() }
}

fn nearest_demos(file: &NearestDemosFile) -> NearestDemos {
    NearestDemos { show: file.show, mix: if file.balanced { Mix::Balanced } else { Mix::Likest } }
}

fn demo(file: &DemoFile) -> Demo {
    Demo { inputs: file.inputs.clone(), outputs: file.outputs.clone() }
}
