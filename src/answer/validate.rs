//! All that is wrong with a value, by JSON Schema, in a fixed order.

use super::contract::Contract;
use super::fault::{Fault, shown};
use super::path;
use super::shape::{Shape, Shapes};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

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
    for segment in path::segments(pointer) {
        id = shapes.below(id, &segment)?;
    }
    Some(shapes.get(id))
}
