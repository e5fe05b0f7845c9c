//! One plain form for the schemas that schemars and files produce.

use serde_json::{Map, Value};

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
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        if number.fract() == 0.0 && number.abs() < 1e15 {
            object.insert(bound.into(), Value::from(number as i64));
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
