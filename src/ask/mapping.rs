//! From a record to a signature's inputs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::data::{JsonFault, Record, parse_json};
use crate::signature::{Field, Spec};

/// Which of a record's fields becomes which input; an input not named here is
/// the field of its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// From the input's name to the record's field, or a path with dots.
    pub fields: BTreeMap<String, String>,
}

impl Mapping {
    /// The inputs of a record.
    ///
    /// # Errors
    /// A required input's field is missing, or its JSON has a key twice: which one.
    pub fn inputs(&self, record: &Record, spec: &Spec) -> Result<Map<String, Value>, String> {
        let mut inputs = Map::new();
        for field in &spec.inputs {
            let source = self.fields.get(&field.name).unwrap_or(&field.name);
            match record.get(source).filter(|value| !value.is_null()) {
                Some(value) => {
                    let typed = typed(value, field).map_err(|fault| format!("field \"{source}\" {fault}"))?;
                    inputs.insert(field.name.clone(), typed);
                }
                None if field.required => return Err(missing(source, field)),
                None => {}
            }
        }
        Ok(inputs)
    }
}

/// Text as the type the signature wants, where it reads as that: a CSV holds only text.
/// A number or an object where text is wanted is shown as JSON.
fn typed(value: &Value, field: &Field) -> Result<Value, JsonFault> {
    let wants = |name: &str| match field.schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(|wanted| wanted == name),
        Some(wanted) => wanted == name,
        None => false,
    };
    Ok(match value {
        Value::String(text) if !wants("string") => match parse_json(text) {
            Ok(value) => value,
            Err(fault @ JsonFault::Twice(_)) => return Err(fault),
            Err(JsonFault::Syntax(_)) => value.clone(),
        },
        Value::Number(number) if wants("string") => Value::String(number.to_string()),
        Value::Object(_) | Value::Array(_) if wants("string") => {
            Value::String(serde_json::to_string_pretty(value).unwrap_or_default())
        }
        other => other.clone(),
    })
}

fn missing(source: &str, field: &Field) -> String {
    if source == field.name {
        return format!("field \"{source}\" is missing");
    }
    format!("field \"{source}\", which is the input `{}`, is missing", field.name)
}
