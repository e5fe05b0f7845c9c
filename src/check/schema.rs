//! The output as JSON that fits a schema.

use jsonschema::Validator;
use serde_json::Value;

use super::examined::{CheckResult, Finding};
use super::expected::{Material, unusable};
use super::file::JsonSchemaFile;
use crate::error::Result;

#[derive(Debug)]
pub(super) struct OutputSchema {
    validator: Validator,
}

impl OutputSchema {
    pub(super) fn new(name: &str, file: &JsonSchemaFile) -> Result<Self> {
        let read = file.schema_file.is_some();
        Ok(Self { validator: validator(name, file.schema.as_ref(), SchemaFile::of(read))? })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let output = match material.json()? {
            Ok(output) => output,
            Err(fault) => return Ok(CheckResult::fail(fault)),
        };
        Ok(match faults(&self.validator, &output) {
            None => CheckResult::pass("the output fits the schema"),
            Some(faults) => CheckResult::fail(format!("the output does not fit the schema: {faults}")),
        })
    }
}

/// Whether a check names a file for its schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaFile {
    Named,
    None,
}

impl SchemaFile {
    pub(super) fn of(named: bool) -> Self {
        if named { Self::Named } else { Self::None }
    }
}

/// The validator of a check's schema, which stands in the check or was read from its file.
pub(super) fn validator(check: &str, schema: Option<&Value>, file: SchemaFile) -> Result<Validator> {
    let schema = match (schema, file) {
        (Some(schema), SchemaFile::None) => schema,
        (Some(_), SchemaFile::Named) => {
            return Err(
                unusable(check, "both `schema` and `schema_file` are given").help("leave one of them out")
            );
        }
        (None, SchemaFile::Named) => return Err(unusable(check, "`schema_file` has not been read")),
        (None, SchemaFile::None) => {
            return Err(unusable(check, "neither `schema` nor `schema_file` is given")
                .help("write the JSON Schema in `schema`, or its file in `schema_file`"));
        }
    };
    jsonschema::validator_for(schema).map_err(|error| {
        let place = match error.instance_path().as_str() {
            "" => String::new(),
            pointer => format!(" at {pointer}"),
        };
        unusable(check, &format!("the schema cannot be used{place}: {error}")).help("mend the JSON Schema")
    })
}

/// Faults named in one detail.
const MOST_FAULTS: usize = 3;

/// What does not fit, the first few of it.
pub(super) fn faults(validator: &Validator, value: &Value) -> Option<String> {
    let mut faults: Vec<String> = validator
        .iter_errors(value)
        .map(|error| {
            let pointer = error.instance_path().as_str();
            let fault = error.masked_with("the value").to_string();
            if pointer.is_empty() { fault } else { format!("{pointer}: {fault}") }
        })
        .collect();
    faults.sort();
    faults.dedup();
    let more = faults.len().saturating_sub(MOST_FAULTS);
    faults.truncate(MOST_FAULTS);
    if faults.is_empty() {
        return None;
    }
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Some(faults.join("; ") + &more)
}
