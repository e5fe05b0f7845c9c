//! The contract an answer must keep, compiled once.

use super::shape::{Kinds, Shapes};
use jsonschema::{Draft, Validator};
use serde_json::Value;
use std::fmt;

/// A compiled contract for answers: a JSON Schema (draft 2020-12) whose top level is an object with properties.
#[derive(Debug, Clone)]
pub struct Contract {
    schema: Value,
    validator: Validator,
    shapes: Shapes,
}

impl Contract {
    /// Compiles the schema.
    ///
    /// # Errors
    ///
    /// When it is no valid draft 2020-12 schema, refers outside itself, or does not describe an object with properties.
    pub fn new(schema: &Value) -> Result<Contract, ContractFault> {
        let shapes = Shapes::of(schema);
        let root = shapes.root();
        if !root.kinds.overlaps(Kinds::OBJECT) || root.fields.is_empty() {
            return Err(ContractFault::new("the top level must be an object with `properties`"));
        }
        let built = jsonschema::options().with_draft(Draft::Draft202012).build(schema);
        let validator = built.map_err(|error| ContractFault::new(error.masked().to_string()))?;
        Ok(Self { schema: schema.clone(), validator, shapes })
    }

    /// The schema this contract was compiled from.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    pub(crate) fn validator(&self) -> &Validator {
        &self.validator
    }

    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Whether the value keeps the contract as it is.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }
}

/// A schema that cannot be a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFault {
    /// Why, as a lower-case fragment.
    pub problem: String,
}

impl ContractFault {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into() }
    }
}

impl fmt::Display for ContractFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unusable answer schema: {}", self.problem)
    }
}

impl std::error::Error for ContractFault {}
