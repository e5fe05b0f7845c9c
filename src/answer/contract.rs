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
    shortening: Shortening,
}

/// What becomes of free text that is longer than the schema allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shortening {
    /// It is a fault.
    Never,
    /// It is cut, but for the named field at the top level.
    AllBut(String),
}

impl Contract {
    /// Compiles the schema.
    ///
    /// # Errors
    ///
    /// When it is no valid draft 2020-12 schema, refers outside itself, does not describe an object with properties, or
    /// holds alternatives that contain themselves (checking a value against such takes time exponential in its depth).
    pub fn new(schema: &Value) -> Result<Contract, ContractFault> {
        let shapes = Shapes::of(schema);
        let root = shapes.root();
        if !root.kinds.overlaps(Kinds::OBJECT) || root.fields.is_empty() {
            return Err(ContractFault::new("the top level must be an object with `properties`"));
        }
        if shapes.choices_repeat() {
            return Err(ContractFault::new("alternatives (`anyOf`, `oneOf`) must not contain themselves"));
        }
        let built = jsonschema::options().with_draft(Draft::Draft202012).build(schema);
        let validator = built.map_err(|error| ContractFault::new(error.masked().to_string()))?;
        Ok(Self { schema: schema.clone(), validator, shapes, shortening: Shortening::Never })
    }

    /// The same contract, which cuts free text that is longer than its schema allows instead of refusing the
    /// answer. The field named `verdict`, at the top level, is never cut.
    #[must_use]
    pub fn shortening_all_but(self, verdict: &str) -> Self {
        Self { shortening: Shortening::AllBut(verdict.to_owned()), ..self }
    }

    /// The schema this contract was compiled from.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    pub(crate) fn shortening(&self) -> &Shortening {
        &self.shortening
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(schema: &Value) -> String {
        Contract::new(schema).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn schemas_that_cannot_be_contracts_are_refused() {
        assert!(fault(&json!({"type": "string"})).contains("object with `properties`"));
        assert!(fault(&json!({"type": "object"})).contains("object with `properties`"));
        let broken = json!({"type": "object", "properties": {"a": {"type": 7}}});
        assert!(fault(&broken).starts_with("unusable answer schema: "));
        let outside = json!({"type": "object", "properties": {"a": {"$ref": "https://example.org/a.json"}}});
        assert!(!fault(&outside).is_empty());
    }

    #[test]
    fn recursion_is_allowed_through_lists_and_options_but_not_through_alternatives() {
        let root = json!({"root": {"$ref": "#/$defs/Node"}});
        let node = |inner: Value| json!({"type": "object", "properties": root, "$defs": {"Node": inner}});
        let parent = json!({"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]});
        let children = json!({"type": "array", "items": {"$ref": "#/$defs/Node"}});
        let tree = json!({"type": "object", "properties": {"parent": parent, "children": children}});
        assert!(Contract::new(&node(tree)).is_ok());
        let branch =
            |kind: &str| json!({"properties": {"kind": {"const": kind}, "next": {"$ref": "#/$defs/Node"}}});
        let endless = node(json!({"anyOf": [branch("a"), branch("b")]}));
        assert!(fault(&endless).contains("must not contain themselves"));
    }
}
