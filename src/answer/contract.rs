//! The contract an answer must keep, compiled once, and all that is wrong with a value by its JSON Schema.

use std::fmt;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

use super::fault;
use super::fault::{Fault, shown};
use super::shape::{Kinds, Shape, Shapes};

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

/// More faults than this help nobody.
const LIMIT: usize = 32;

/// Every fault of the value, sorted by place and then by text; empty when it is valid.
pub(crate) fn faults(value: &Value, contract: &Contract) -> Vec<Fault> {
    let mut faults = Vec::new();
    for error in contract.validator().iter_errors(value) {
        collect(&error, contract.shapes(), &mut faults);
    }
    faults.sort_by(|a, b| (&a.pointer, &a.problem).cmp(&(&b.pointer, &b.problem)));
    faults.dedup();
    faults.truncate(LIMIT);
    faults
}

fn collect(error: &ValidationError<'_>, shapes: &Shapes, faults: &mut Vec<Fault>) {
    let pointer = error.instance_path().as_str().to_owned();
    let shape = shape_at(shapes, &pointer);
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            if let Some(shape) = shape.filter(|shape| !shape.labels.is_empty()) {
                return faults.push(Fault::new(pointer, unknown_label(error.instance(), shape)));
            }
            match meant_branch(context) {
                Some(branch) => branch.iter().for_each(|error| collect(error, shapes, faults)),
                None => faults.push(Fault::new(
                    pointer,
                    format!("{} fits none of the allowed forms", shown(error.instance())),
                )),
            }
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            let problem = match shape.filter(|shape| !shape.labels.is_empty()) {
                Some(shape) => unknown_label(error.instance(), shape),
                None => message(error),
            };
            faults.push(Fault::new(pointer, problem));
        }
        _ => faults.push(Fault::new(pointer, message(error))),
    }
}

/// The message with the offending value clipped.
fn message(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Required { property } => format!("{property} is missing"),
        ValidationErrorKind::Type { kind } => {
            format!("{} is not of type {}", shown(error.instance()), type_names(kind))
        }
        _ => error.masked_with(shown(error.instance())).to_string(),
    }
}

fn type_names(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// The branch that the value was meant for: the only one whose complaint is not about the value's type.
fn meant_branch<'a>(branches: &'a [Vec<ValidationError<'static>>]) -> Option<&'a [ValidationError<'static>]> {
    let whole_type = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { .. }) && is_shallow(error, branches)
    };
    let mut meant = branches.iter().filter(|branch| !branch.iter().any(whole_type));
    meant.next().filter(|_| meant.next().is_none()).map(Vec::as_slice)
}

/// Whether no error of any branch lies higher up than this one.
fn is_shallow(error: &ValidationError<'_>, branches: &[Vec<ValidationError<'static>>]) -> bool {
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().len();
    branches.iter().flatten().all(|other| depth(other) >= depth(error))
}

fn unknown_label(value: &Value, shape: &Shape) -> String {
    let labels: Vec<String> = shape.labels.iter().map(shown).collect();
    match labels.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} is not one of {} or {last}", shown(value), rest.join(", "))
        }
        _ => format!("{} is not {}", shown(value), labels.concat()),
    }
}

fn shape_at<'s>(shapes: &'s Shapes, pointer: &str) -> Option<&'s Shape> {
    let mut id = Shapes::ROOT;
    for segment in fault::segments(pointer) {
        id = shapes.below(id, &segment)?;
    }
    Some(shapes.get(id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
