//! One input or output of a signature.

use serde_json::{Map, Value, json};

/// A named, described, typed place in a question or an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name, as it stands in JSON.
    pub name: String,
    /// What it holds, in the author's words; may be empty.
    pub description: String,
    /// Its JSON Schema, everything inlined, without the description.
    pub schema: Value,
    /// Whether an answer without it is invalid.
    pub required: bool,
}

impl Field {
    /// The type in words, as a prompt says it: `"pass", "fail" or "unclear"`,
    /// `number from 0 to 1`, `list of text`.
    #[must_use]
    pub fn type_text(&self) -> String {
        type_text(&self.schema)
    }
}

/// The object schema of a list of fields, in their order.
#[must_use]
pub(crate) fn object_schema(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        properties.insert(field.name.clone(), described(field));
    }
    let required: Vec<&str> =
        fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn described(field: &Field) -> Value {
    let mut schema = field.schema.clone();
    if let (Value::Object(object), false) = (&mut schema, field.description.is_empty()) {
        object.insert("description".into(), field.description.clone().into());
    }
    schema
}

fn type_text(schema: &Value) -> String {
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        return one_of(options);
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(parts) = schema.get("anyOf").and_then(Value::as_array) {
        let parts: Vec<String> = parts.iter().map(type_text).collect();
        return parts.join(" or ");
    }
    match schema.get("type") {
        Some(Value::String(name)) => named_type(name, schema),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            let parts: Vec<String> = names.map(|name| named_type(name, schema)).collect();
            parts.join(" or ")
        }
        _ => "any JSON".into(),
    }
}

fn named_type(name: &str, schema: &Value) -> String {
    match name {
        "string" => format!("text{}", length(schema)),
        "boolean" => "true or false".into(),
        "integer" => format!("whole number{}", bounds(schema)),
        "number" => format!("number{}", bounds(schema)),
        "array" => list_text(schema),
        "object" => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => object_text(properties),
            None => "object".into(),
        },
        other => other.into(),
    }
}

/// `list of text`; with limits `list of at most 3 items, each text of at most 200 characters`.
fn list_text(schema: &Value) -> String {
    let limits = range(schema, ["minItems", "maxItems"], "item");
    let each = schema.get("items").map(type_text);
    match (limits.is_empty(), each) {
        (true, None) => "list".into(),
        (true, Some(each)) if !each.contains(" characters") => format!("list of {each}"),
        (_, None) => format!("list{limits}"),
        (_, Some(each)) => format!("list{limits}, each {each}"),
    }
}

/// The limits on a string: its length in characters, and its pattern.
fn length(schema: &Value) -> String {
    let pattern = schema.get("pattern").and_then(Value::as_str);
    let matching = pattern.map_or_else(String::new, |pattern| format!(" that matches {pattern}"));
    format!("{}{matching}", range(schema, ["minLength", "maxLength"], "character"))
}

/// ` of 2 to 5 items`, from the keywords of a lower and an upper limit; nothing where there is neither.
fn range(schema: &Value, [low, high]: [&str; 2], unit: &str) -> String {
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let units = |count: u64| if count == 1 { unit.to_owned() } else { format!("{unit}s") };
    match (limit(low).filter(|low| *low > 0), limit(high)) {
        (Some(low), Some(high)) if low == high => format!(" of exactly {high} {}", units(high)),
        (Some(low), Some(high)) => format!(" of {low} to {high} {}", units(high)),
        (Some(low), None) => format!(" of at least {low} {}", units(low)),
        (None, Some(high)) => format!(" of at most {high} {}", units(high)),
        (None, None) => String::new(),
    }
}

fn object_text(properties: &Map<String, Value>) -> String {
    let parts: Vec<String> =
        properties.iter().map(|(name, schema)| format!("\"{name}\": {}", type_text(schema))).collect();
    format!("object {{{}}}", parts.join(", "))
}

fn bounds(schema: &Value) -> String {
    let inclusive = match (schema.get("minimum"), schema.get("maximum")) {
        (Some(low), Some(high)) => format!(" from {} to {}", plain(low), plain(high)),
        (Some(low), None) => format!(", at least {}", plain(low)),
        (None, Some(high)) => format!(", at most {}", plain(high)),
        (None, None) => String::new(),
    };
    let other =
        [("exclusiveMinimum", "above"), ("exclusiveMaximum", "below"), ("multipleOf", "a multiple of")];
    let other = other
        .iter()
        .filter_map(|(keyword, words)| Some(format!(", {words} {}", plain(schema.get(*keyword)?))));
    inclusive + &other.collect::<String>()
}

/// A bound as a person writes it: `1`, not `1.0`.
fn plain(number: &Value) -> String {
    match number.as_f64() {
        Some(number) => format!("{number}"),
        None => number.to_string(),
    }
}

fn one_of(options: &[Value]) -> String {
    let options: Vec<String> = options.iter().map(Value::to_string).collect();
    match options.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => options.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_words() {
        assert_eq!(
            type_text(&json!({"enum": ["pass", "fail", "unclear"]})),
            r#""pass", "fail" or "unclear""#
        );
        assert_eq!(type_text(&json!({"type": "number", "minimum": 0.0, "maximum": 1})), "number from 0 to 1");
        assert_eq!(type_text(&json!({"type": ["string", "null"]})), "text or null");
        assert_eq!(type_text(&json!({"type": "integer", "exclusiveMinimum": 0})), "whole number, above 0");
        assert_eq!(
            type_text(
                &json!({"type": "array", "items": {"type": "object", "properties": {"step": {"type": "integer"}}}})
            ),
            r#"list of object {"step": whole number}"#
        );
    }

    #[test]
    fn every_limit_on_length_is_said_wherever_it_stands() {
        let text = |most: u64| json!({"type": "string", "maxLength": most});
        let cases = [
            (text(300), "text of at most 300 characters"),
            (json!({"type": "string", "minLength": 2, "maxLength": 2}), "text of exactly 2 characters"),
            (json!({"type": ["string", "null"], "minLength": 1}), "text of at least 1 character or null"),
            (json!({"type": "string", "pattern": "^x"}), "text that matches ^x"),
            (json!({"type": "array", "items": text(9)}), "list, each text of at most 9 characters"),
            (json!({"type": "array", "maxItems": 1}), "list of at most 1 item"),
            (
                json!({"type": "array", "maxItems": 3, "items": text(9)}),
                "list of at most 3 items, each text of at most 9 characters",
            ),
            (
                json!({"type": "object", "properties": {"why": text(9)}}),
                r#"object {"why": text of at most 9 characters}"#,
            ),
            (json!({"anyOf": [text(9), {"type": "null"}]}), "text of at most 9 characters or null"),
        ];
        for (schema, words) in cases {
            assert_eq!(type_text(&schema), words);
        }
    }
}
