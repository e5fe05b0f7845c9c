//! The faults a schema cannot see: what one part of the file says against another.

use serde_json::{Map, Value};

use super::{FieldFile, FieldKind, Ordered, RubricFile, ScoreFile, SignatureFile};
use crate::document::{Places, closest};
use crate::error::Diagnostic;
use crate::signature::field::object_schema;
use crate::signature::rubric::Rubric;
use crate::signature::spec::Spec;

pub(super) fn faults(file: &SignatureFile, spec: &Spec, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if file.inputs.0.is_empty() {
        faults.push(places.at_key("/inputs", "a signature needs at least one input"));
    }
    faults.extend(verdict_source(file, places));
    faults.extend(fields(&file.inputs, "/inputs", places));
    faults.extend(fields(&file.outputs, "/outputs", places));
    faults.extend(file.score.iter().flat_map(|score| score_faults(score, file, places)));
    let rubrics = file.rubric.iter().zip(&spec.rubric);
    faults.extend(rubrics.flat_map(|(file, rubric)| rubric_faults(file, rubric, places)));
    faults.extend(pair(spec, places));
    faults.extend(demos(file, spec, places));
    faults.extend(nearest_demos(file, spec, places));
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults
}

/// Outputs come from `[outputs]` or from `[rubric]`, and from just one of them.
fn verdict_source(file: &SignatureFile, places: &Places) -> Option<Diagnostic> {
    match (&file.rubric, file.outputs.0.is_empty()) {
        (None, true) => Some(places.at_key("", "a signature needs `[outputs]` or a `[rubric]`")),
        (Some(_), false) => Some(places.at_key("/outputs", "a rubric has its own outputs; remove these")),
        (Some(_), true) if file.score.is_some() => {
            Some(places.at_key("/score", "a rubric has its own score; remove this"))
        }
        _ => None,
    }
}

fn fields(fields: &Ordered<FieldFile>, pointer: &str, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (name, file) in &fields.0 {
        let pointer = format!("{pointer}/{name}");
        if !is_name(name) {
            faults.push(places.at_key(&pointer, bad_name(name)));
        }
        faults.extend(field(file, &pointer, places));
    }
    faults
}

fn field(file: &FieldFile, pointer: &str, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let numeric = matches!(file.kind, FieldKind::Integer | FieldKind::Number);
    let mut wrong = |present: bool, key: &str, needed: &str| {
        if present {
            let message = format!("`{key}` is only for {needed}");
            faults.push(places.at_key(&format!("{pointer}/{key}"), message));
        }
    };
    wrong(!file.choices.is_empty() && file.kind != FieldKind::String, "choices", "strings");
    wrong(file.min.is_some() && !numeric, "min", "numbers");
    wrong(file.max.is_some() && !numeric, "max", "numbers");
    wrong(file.max_length.is_some() && file.kind != FieldKind::String, "max_length", "strings");
    wrong(file.items.is_some() && file.kind != FieldKind::Array, "items", "arrays");
    wrong(file.min_items.is_some() && file.kind != FieldKind::Array, "min_items", "arrays");
    wrong(file.max_items.is_some() && file.kind != FieldKind::Array, "max_items", "arrays");
    wrong(!file.fields.0.is_empty() && file.kind != FieldKind::Object, "fields", "objects");
    faults.extend(empty_range(file, pointer, places));
    faults.extend(double_choice(file, pointer, places));
    if file.kind == FieldKind::Array && file.items.is_none() {
        faults.push(places.at_key(pointer, "an array needs `items`"));
    }
    if file.kind == FieldKind::Object && file.fields.0.is_empty() {
        faults.push(places.at_key(pointer, "an object needs `fields`"));
    }
    if let Some(items) = &file.items {
        faults.extend(field(items, &format!("{pointer}/items"), places));
    }
    faults.extend(self::fields(&file.fields, &format!("{pointer}/fields"), places));
    faults
}

fn empty_range(file: &FieldFile, pointer: &str, places: &Places) -> Option<Diagnostic> {
    if let (Some(fewest), Some(most)) = (file.min_items, file.max_items)
        && fewest > most
    {
        let message = format!("min_items {fewest} is above max_items {most}");
        return Some(places.at_value(&format!("{pointer}/min_items"), message));
    }
    let (min, max) = (file.min?, file.max?);
    (min > max).then(|| places.at_value(&format!("{pointer}/min"), format!("min {min} is above max {max}")))
}

fn double_choice(file: &FieldFile, pointer: &str, places: &Places) -> Option<Diagnostic> {
    let (index, choice) = file
        .choices
        .iter()
        .enumerate()
        .find(|(index, choice)| file.choices.iter().take(*index).any(|earlier| earlier == *choice))?;
    let pointer = format!("{pointer}/choices/{index}");
    Some(places.at_value(&pointer, format!("choice \"{choice}\" stands here twice")))
}

fn score_faults(score: &ScoreFile, file: &SignatureFile, places: &Places) -> Vec<Diagnostic> {
    let Some((_, output)) = file.outputs.0.iter().find(|(name, _)| *name == score.field) else {
        let known = file.outputs.0.iter().map(|(name, _)| name.as_str());
        return vec![unknown("/score/field", "output", &score.field, known, places)];
    };
    let mut faults = Vec::new();
    match output.kind {
        FieldKind::String if output.choices.is_empty() => {
            faults.push(
                places
                    .at_value("/score/field", "the verdict needs `choices`, or to be a number or a boolean"),
            );
        }
        FieldKind::Integer | FieldKind::Number if output.min.is_none() || output.max.is_none() => {
            faults.push(places.at_value("/score/field", "a numeric verdict needs `min` and `max`"));
        }
        FieldKind::Array | FieldKind::Object => {
            faults.push(places.at_value("/score/field", "the verdict cannot be an array or an object"));
        }
        FieldKind::String if score.labels.is_empty() => {
            faults.push(places.at_key("/score", "say in `labels` what the choices are worth, from 0 to 1"));
        }
        _ => {}
    }
    faults.extend(label_faults(score, output, places));
    faults.extend(claims_fault(score, file, places));
    faults
}

/// Claims that decide are a list of objects with a verdict and a quote, beside a source; and there is a best and a worst
/// verdict on the whole.
fn claims_fault(score: &ScoreFile, file: &SignatureFile, places: &Places) -> Option<Diagnostic> {
    if !score.by_claims {
        return None;
    }
    let named = |fields: &Ordered<FieldFile>, name: &str| fields.0.iter().any(|(one, _)| one == name);
    let claims = file.outputs.0.iter().find(|(name, _)| name == "claims").map(|(_, claims)| claims);
    let item = claims.and_then(|claims| claims.items.as_deref());
    let verdict = item.and_then(|item| item.fields.0.iter().find(|(name, _)| name == "verdict"));
    let is_supported =
        verdict.is_some_and(|(_, verdict)| verdict.choices.iter().any(|one| one == "supported"));
    let mut worths: Vec<f64> = score.labels.values().copied().collect();
    worths.sort_by(f64::total_cmp);
    worths.dedup();
    let problem = if !named(&file.inputs, "source") {
        "the quotes of claims are looked for in an input `source`, and there is none"
    } else if claims.is_none_or(|claims| claims.kind != FieldKind::Array) {
        "claims decide the score, and there is no output `claims` that is an array"
    } else if !item.is_some_and(|item| named(&item.fields, "quote")) {
        "each of the `claims` needs a field `quote`: the words of the source"
    } else if !is_supported {
        "each of the `claims` needs a field `verdict`, and \"supported\" among its `choices`"
    } else if worths.len() < 2 {
        "by claims the best verdict is given or the worst: say in `labels` what two of them are worth"
    } else {
        return None;
    };
    Some(places.at_value("/score/by_claims", problem))
}

fn label_faults(score: &ScoreFile, output: &FieldFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let booleans = ["true".to_owned(), "false".to_owned()];
    let known = if output.kind == FieldKind::Boolean { &booleans[..] } else { &output.choices };
    for (name, value) in &score.labels {
        let pointer = format!("/score/labels/{name}");
        if !known.contains(name) {
            faults.push(unknown(&pointer, "choice", name, known.iter().map(String::as_str), places));
        }
        if !(0.0..=1.0).contains(value) {
            faults.push(places.at_value(&pointer, format!("{value} is not from 0 to 1")));
        }
    }
    faults
}

fn rubric_faults(rubric: &RubricFile, built: &Rubric, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if rubric.min >= rubric.max {
        let message = format!("min {} is not below max {}", rubric.min, rubric.max);
        faults.push(places.at_key("/rubric", message));
    }
    faults.extend(levels(&rubric.levels, rubric, "/rubric/levels", places));
    if let Some(message) = built.whole_fault() {
        faults.push(places.at_key("/rubric", message));
    }
    for (index, (criterion, built_criterion)) in rubric.criteria.iter().zip(&built.criteria).enumerate() {
        let pointer = format!("/rubric/criteria/{index}");
        if !is_name(&criterion.name) {
            faults.push(places.at_value(&format!("{pointer}/name"), bad_name(&criterion.name)));
        }
        if rubric.criteria.iter().take(index).any(|earlier| earlier.name == criterion.name) {
            let message = format!("criterion `{}` stands here twice", criterion.name);
            faults.push(places.at_value(&format!("{pointer}/name"), message));
        }
        if criterion.weight.is_some() && criterion.points.is_some() {
            let message = "a criterion has `weight` or `points`, not both";
            faults.push(places.at_value(&format!("{pointer}/weight"), message));
        }
        let shares = built.share_faults(built_criterion).into_iter();
        faults.extend(shares.map(|(key, message)| places.at_value(&format!("{pointer}/{key}"), message)));
        faults.extend(levels(&criterion.levels, rubric, &format!("{pointer}/levels"), places));
    }
    faults
}

fn levels(levels: &Ordered<String>, rubric: &RubricFile, pointer: &str, places: &Places) -> Vec<Diagnostic> {
    let on_scale =
        |name: &str| name.parse::<i64>().is_ok_and(|level| (rubric.min..=rubric.max).contains(&level));
    levels
        .0
        .iter()
        .filter(|(name, _)| !on_scale(name))
        .map(|(name, _)| {
            let message =
                format!("level `{name}` is not a whole number from {} to {}", rubric.min, rubric.max);
            places.at_key(&format!("{pointer}/{name}"), message)
        })
        .collect()
}

fn pair(spec: &Spec, places: &Places) -> Vec<Diagnostic> {
    let faults = spec.pair.iter().flat_map(|pair| pair.faults(spec));
    faults
        .map(|fault| {
            let is_whole = fault.pointer == "/pair";
            let place = if is_whole { Places::at_key } else { Places::at_value };
            let mut diagnostic = place(places, &fault.pointer, fault.detail);
            diagnostic.help = fault.help;
            diagnostic
        })
        .collect()
}

fn demos(file: &SignatureFile, spec: &Spec, places: &Places) -> Vec<Diagnostic> {
    let inputs = spec.input_schema();
    // A demo may leave outputs out: it is then shown only where they are not asked for.
    let optional: Vec<_> = spec
        .outputs
        .iter()
        .map(|field| crate::signature::Field { required: false, ..field.clone() })
        .collect();
    let outputs = object_schema(&optional);
    let mut faults = Vec::new();
    for (index, demo) in file.demos.iter().enumerate() {
        let pointer = format!("/demos/{index}");
        faults.extend(side(&demo.inputs, &inputs, &format!("{pointer}/inputs"), places));
        faults.extend(side(&demo.outputs, &outputs, &format!("{pointer}/outputs"), places));
        faults.extend(without_verdict(&demo.outputs, spec, &pointer, places));
    }
    faults
}

fn nearest_demos(file: &SignatureFile, spec: &Spec, places: &Places) -> Vec<Diagnostic> {
    let Some(nearest) = &file.nearest_demos else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    if file.demos.is_empty() {
        faults.push(places.at_key("/nearest_demos", "there are no `demos` to show the nearest of"));
    }
    if nearest.balanced && spec.scale.is_none() {
        let message = "there is no verdict to balance by; name one in `[score]`";
        faults.push(places.at_value("/nearest_demos/balanced", message));
    }
    faults
}

fn without_verdict(
    outputs: &Map<String, Value>,
    spec: &Spec,
    pointer: &str,
    places: &Places,
) -> Option<Diagnostic> {
    let scale = spec.scale.as_ref()?;
    let missing = !scale.field.is_empty() && !outputs.contains_key(&scale.field);
    missing
        .then(|| places.at_key(&format!("{pointer}/outputs"), format!("the demo has no `{}`", scale.field)))
}

fn side(values: &Map<String, Value>, schema: &Value, pointer: &str, places: &Places) -> Vec<Diagnostic> {
    let Ok(validator) = jsonschema::validator_for(schema) else {
        return Vec::new();
    };
    let value = Value::Object(values.clone());
    validator
        .iter_errors(&value)
        .map(|error| places.at_value(&format!("{pointer}{}", error.instance_path()), error.to_string()))
        .collect()
}

fn unknown<'a>(
    pointer: &str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    places: &Places,
) -> Diagnostic {
    let mut fault = places.at_value(pointer, format!("there is no {what} `{name}`"));
    fault.help = match closest(name, known.clone()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => Some(format!("known here: {}", known.collect::<Vec<_>>().join(", "))),
    };
    fault
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn bad_name(name: &str) -> String {
    format!("`{name}` is not a name: use letters, digits and underscores, a letter first")
}
