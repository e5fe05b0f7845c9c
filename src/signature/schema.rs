//! JSON schemas: one plain form for those that schemars and files produce, and the dialect that each
//! constrained decoder takes.

use serde_json::{Map, Value, json};

use crate::number::to_i64;

/// Removes what says nothing to a judge (titles, machine formats), and turns
/// an enum with documented variants back into `enum`, its docs returned as text.
pub(super) fn normalize(schema: &mut Value) -> Option<String> {
    let Value::Object(object) = schema else {
        return None;
    };
    for noise in ["title", "format", "default", "$schema"] {
        object.remove(noise);
    }
    for (_, part) in object.iter_mut() {
        normalize_parts(part);
    }
    whole_bounds(object);
    close(object);
    let variants = documented_enum(object);
    order(object);
    variants
}

/// The order in which keywords stand, so that a struct and a file that say the
/// same have the same fingerprint. Properties keep the author's order.
const KEYWORDS: [&str; 11] = [
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "items",
    "maxItems",
    "properties",
    "required",
    "additionalProperties",
];

fn order(object: &mut Map<String, Value>) {
    let mut ordered = Map::new();
    for keyword in KEYWORDS {
        if let Some(value) = object.shift_remove(keyword) {
            ordered.insert(keyword.to_owned(), value);
        }
    }
    ordered.append(object);
    *object = ordered;
}

fn normalize_parts(part: &mut Value) {
    match part {
        Value::Object(map) => {
            // `properties` maps names to schemas; a schema has keywords. Both are walked alike,
            // since a property named as a keyword is removed only inside a schema.
            let is_schema = ["type", "enum", "const", "oneOf", "anyOf", "$ref"]
                .iter()
                .any(|keyword| map.contains_key(*keyword));
            if is_schema {
                normalize(part);
            } else {
                map.values_mut().for_each(normalize_parts);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize_parts),
        _ => {}
    }
}

/// Objects take no keys that were not asked for.
fn close(object: &mut Map<String, Value>) {
    if object.get("type").is_some_and(|name| name == "object") && object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

/// Bounds of whole numbers are whole: `1`, not `1.0`.
fn whole_bounds(object: &mut Map<String, Value>) {
    for bound in ["minimum", "maximum"] {
        let Some(number) = object.get(bound).and_then(Value::as_f64) else {
            continue;
        };
        if number.fract() == 0.0 && number.abs() < 1e15 {
            object.insert(bound.into(), Value::from(to_i64(number)));
        }
    }
}

fn documented_enum(object: &mut Map<String, Value>) -> Option<String> {
    let variants = object.get("oneOf")?.as_array()?;
    let mut names = Vec::new();
    let mut docs = Vec::new();
    for variant in variants {
        if let Some(list) = variant.get("enum").and_then(Value::as_array) {
            names.extend(list.iter().cloned());
            continue;
        }
        let name = variant.get("const")?;
        if let (Some(name), Some(doc)) = (name.as_str(), variant.get("description").and_then(Value::as_str)) {
            docs.push(format!("{name}: {doc}"));
        }
        names.push(name.clone());
    }
    let description = object.get("description").cloned();
    object.clear();
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), Value::Array(names));
    if let Some(description) = description {
        object.insert("description".into(), description);
    }
    (!docs.is_empty()).then(|| docs.join(" "))
}

/// Who the schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Dialect {
    /// OpenAI's strict mode: every property required (optional ones nullable),
    /// nothing additional, and none of the keywords it refuses.
    Strict,
    /// Anthropic's structured outputs: as strict mode, without bounds on numbers,
    /// and alternatives as `anyOf`.
    Anthropic,
    /// Grammar compilers (llama.cpp, llguidance, Ollama): bounds stay, strings get a bound.
    Grammar,
}

/// The bound on a string without its own, so that a decoder cannot run on in it.
const LONGEST_STRING: u64 = 600;

impl Dialect {
    /// The schema in this dialect, properties in the same order.
    #[must_use]
    pub(crate) fn speak(self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        match self {
            Self::Strict => strict(&mut schema),
            Self::Anthropic => {
                strict(&mut schema);
                unbounded(&mut schema);
            }
            Self::Grammar => bounded(&mut schema),
        }
        schema
    }
}

/// Keywords that strict mode refuses. Validation still holds the answer to them.
const NOT_STRICT: [&str; 7] =
    ["minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "default"];

fn strict(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    for keyword in NOT_STRICT {
        object.remove(keyword);
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(strict);
        let names: Vec<String> = properties.keys().cloned().collect();
        make_nullable(object, &names);
        object.insert("required".into(), json!(names));
        object.insert("additionalProperties".into(), Value::Bool(false));
    }
    for_each_part(object, strict);
}

/// What was optional stays so in the only way strict mode knows: it may be null.
fn make_nullable(object: &mut Map<String, Value>, names: &[String]) {
    let required: Vec<Value> = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else {
        return;
    };
    for name in names {
        let is_required = required.iter().any(|known| known == name);
        if let (false, Some(property)) = (is_required, properties.get_mut(name)) {
            nullable(property);
        }
    }
}

fn nullable(property: &mut Value) {
    let Some(kind) = property.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    property["type"] = json!([kind, "null"]);
    if let Some(Value::Array(options)) = property.get_mut("enum") {
        options.push(Value::Null);
    }
}

/// Keywords that Anthropic refuses beyond those that strict mode does.
const NOT_ANTHROPIC: [&str; 6] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems"];

/// Takes away what Anthropic refuses. An object of any properties stays as it
/// is, and is refused: closed, it would be empty in every answer.
fn unbounded(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    for keyword in NOT_ANTHROPIC {
        object.shift_remove(keyword);
    }
    if let Some(parts) = object.shift_remove("oneOf") {
        object.insert("anyOf".into(), parts);
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(unbounded);
    }
    for_each_part(object, unbounded);
}

fn bounded(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    let is_text = object.get("type").is_some_and(|kind| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        kind => kind == "string",
    });
    if is_text && !object.contains_key("enum") && !object.contains_key("maxLength") {
        object.insert("maxLength".into(), LONGEST_STRING.into());
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(bounded);
    }
    for_each_part(object, bounded);
}

fn for_each_part(object: &mut Map<String, Value>, change: fn(&mut Value)) {
    if let Some(items) = object.get_mut("items") {
        change(items);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(parts)) = object.get_mut(keyword) {
            parts.iter_mut().for_each(change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "reasoning": {"type": "string", "maxLength": 20},
                "note": {"type": "string"},
                "mood": {"type": "string", "enum": ["good", "bad"]},
            },
            "required": ["reasoning"],
        })
    }

    #[test]
    fn strict_requires_everything_and_keeps_the_order() {
        insta::assert_json_snapshot!(Dialect::Strict.speak(&schema()));
    }

    #[test]
    fn anthropic_takes_no_bounds_at_all() {
        let schema = json!({
            "type": "object",
            "properties": {
                "reasoning": {"type": "string", "maxLength": 20, "pattern": "^x"},
                "steps": {"type": "array", "minItems": 2, "items": {"type": "number", "minimum": 0, "maximum": 1}},
                "score": {"type": "integer", "minimum": 1, "maximum": 5, "description": "from 1 to 5"},
                "minimum": {"oneOf": [{"type": "number", "multipleOf": 2}, {"type": "null"}]},
                "other": {"type": "object"},
            },
            "required": ["reasoning", "steps", "score", "minimum", "other"],
        });
        insta::assert_json_snapshot!(Dialect::Anthropic.speak(&schema));
    }

    #[test]
    fn a_grammar_bounds_every_free_string() {
        insta::assert_json_snapshot!(Dialect::Grammar.speak(&schema()));
    }
}
