//! What models wrap around an answer: an outer object, a list of one, a tool call, an echo of the schema.

use crate::answer::fault::{Fault, Repair, Repairs, Step};
use crate::answer::shape::{Field, Kinds, Shapes};
use crate::answer::spelling;
use serde_json::{Map, Value};

/// Envelopes may lie in each other this deep.
const DEPTH: usize = 4;
/// Keys that an envelope may have beside the answer.
const LABELS: &[&str] = &[
    "name",
    "type",
    "id",
    "title",
    "description",
    "required",
    "additionalproperties",
    "schema",
    "defs",
    "status",
    "role",
    "tool",
    "jsonrpc",
    "version",
    "model",
    "index",
    "success",
    "error",
    "message",
];

/// What lay in an envelope.
pub(super) struct Opened {
    pub(super) value: Value,
    /// From the outermost value to the answer.
    pub(super) path: Vec<Step>,
    pub(super) repairs: Repairs,
}

/// Opens the envelopes around an answer; `None` when there are none.
pub(super) fn open(value: &Value, shapes: &Shapes) -> Option<Opened> {
    let mut opened = Opened { value: value.clone(), path: Vec::new(), repairs: Repairs::default() };
    for _ in 0..DEPTH {
        if looks_like_answer(&opened.value, shapes) {
            break;
        }
        let Some((step, inner, repair)) = peel(&opened.value, shapes) else {
            break;
        };
        opened.path.extend(step);
        opened.value = inner;
        opened.repairs.insert(repair);
    }
    (!opened.repairs.list().is_empty()).then_some(opened)
}

/// One envelope less.
fn peel(value: &Value, shapes: &Shapes) -> Option<(Option<Step>, Value, Repair)> {
    match value {
        Value::Array(items) => match items.as_slice() {
            [first, rest @ ..]
                if first.is_object()
                    && holds_answer(first, shapes, DEPTH)
                    && rest.iter().all(|item| item == first) =>
            {
                Some((Some(Step::Index(items.len() - 1)), first.clone(), Repair::Unwrapped))
            }
            _ => alone(value, shapes).map(|value| (None, value, Repair::ListAlone)),
        },
        Value::Object(members) => {
            let (key, inner) = lone_member(members)?;
            let step = Step::Key(key.clone());
            if let Some(text) = inner.as_str() {
                let decoded = spelling::read(text.trim())
                    .filter(|_| matches!(spelling::plain(key).as_str(), "arguments" | "parameters"))?;
                return holds_answer(&decoded, shapes, DEPTH).then_some((
                    Some(step),
                    decoded,
                    Repair::DoubleEncoded,
                ));
            }
            let echo = key == "properties" && is_schema(inner);
            (!echo && holds_answer(inner, shapes, DEPTH))
                .then(|| (Some(step), inner.clone(), Repair::Unwrapped))
        }
        _ => None,
    }
}

/// The only member that is more than a label of the envelope.
fn lone_member(members: &Map<String, Value>) -> Option<(&String, &Value)> {
    let is_label = |key: &str, value: &Value| {
        let plain = spelling::plain(key);
        LABELS.contains(&plain.as_str()) || (value.is_string() && spelling::is_explanation(key))
    };
    let mut content = members.iter().filter(|(key, value)| !is_label(key, value));
    content.next().filter(|_| content.next().is_none())
}

fn holds_answer(value: &Value, shapes: &Shapes, depth: usize) -> bool {
    if looks_like_answer(value, shapes) {
        return true;
    }
    depth > 0 && peel_once(value).is_some_and(|inner| holds_answer(&inner, shapes, depth - 1))
}

fn peel_once(value: &Value) -> Option<Value> {
    match value {
        Value::Array(items) => items.first().cloned(),
        Value::Object(members) => {
            let (key, inner) = lone_member(members)?;
            match inner.as_str() {
                Some(text) if matches!(spelling::plain(key).as_str(), "arguments" | "parameters") => {
                    spelling::read(text.trim())
                }
                _ => Some(inner.clone()),
            }
        }
        _ => None,
    }
}

/// A list that stands without the object whose only required field it is.
fn alone(value: &Value, shapes: &Shapes) -> Option<Value> {
    let mut required = shapes.root().fields.iter().filter(|field| field.required);
    let (Some(field), None) = (required.next(), required.next()) else {
        return None;
    };
    let is_list = shapes.get(field.shape).kinds.overlaps(Kinds::LIST);
    is_list.then(|| Value::Object(Map::from_iter([(field.name.clone(), value.clone())])))
}

/// Whether the value is an object with at least half of the required fields, or with any field when none is required.
pub(super) fn looks_like_answer(value: &Value, shapes: &Shapes) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let root = shapes.root();
    let mut present: Vec<&str> =
        members.keys().filter_map(|key| root.field_like(key)).map(|field| field.name.as_str()).collect();
    present.sort_unstable();
    present.dedup();
    let is_required = |field: &&Field| field.required;
    let required = root.fields.iter().filter(is_required).count();
    if required == 0 {
        return !present.is_empty();
    }
    let given =
        root.fields.iter().filter(is_required).filter(|field| present.contains(&field.name.as_str())).count();
    given * 2 >= required
}

/// The fault of a value that is no answer at all.
pub(super) fn fault(value: &Value, shapes: &Shapes) -> Option<Fault> {
    match value {
        Value::Array(items) => Some(Fault::whole(match items.len() {
            0 => "an empty list in place of an answer".to_owned(),
            1 => "a list in place of an answer".to_owned(),
            count => format!("a list of {count} values in place of one answer"),
        })),
        Value::Object(members)
            if !looks_like_answer(value, shapes) && members.get("properties").is_some_and(is_schema) =>
        {
            Some(Fault::whole("the reply repeats the schema instead of answering it"))
        }
        _ => None,
    }
}

/// Whether the members read like those of a schema's `properties`.
fn is_schema(properties: &Value) -> bool {
    let keywords = ["type", "$ref", "anyOf", "oneOf", "enum", "const"];
    let described = |member: &Value| {
        member.as_object().is_some_and(|member| {
            keywords.iter().any(|keyword| member.contains_key(*keyword)) && !member.contains_key("value")
        })
    };
    properties.as_object().is_some_and(|members| !members.is_empty() && members.values().all(described))
}
