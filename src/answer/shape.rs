//! The contract's schema, digested into what repairs need to know: which kinds of value, which labels, which fields.
//!
//! A shape only guides; whether an answer is valid is decided by the JSON Schema validator alone.

use super::spelling;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many schemas deep a shape is followed; below that anything goes.
const DEPTH: usize = 64;

/// The kinds of JSON value a place may hold, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NULL: Kinds = Kinds(1);
    pub(crate) const BOOLEAN: Kinds = Kinds(2);
    pub(crate) const INTEGER: Kinds = Kinds(4);
    pub(crate) const FRACTION: Kinds = Kinds(8);
    pub(crate) const TEXT: Kinds = Kinds(16);
    pub(crate) const LIST: Kinds = Kinds(32);
    pub(crate) const OBJECT: Kinds = Kinds(64);
    pub(crate) const NUMBER: Kinds = Kinds(4 | 8);
    const ANY: Kinds = Kinds(127);

    pub(crate) fn overlaps(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn lacks(self, other: Kinds) -> bool {
        !self.overlaps(other)
    }

    fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    fn named(name: &str) -> Kinds {
        match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::TEXT,
            "array" => Self::LIST,
            "object" => Self::OBJECT,
            _ => Self::ANY,
        }
    }

    /// The kind of this value; 4.0 is an integer, as in JSON Schema.
    pub(crate) fn of(value: &Value) -> Kinds {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.as_f64().is_none_or(|number| number.fract() != 0.0) => {
                Self::FRACTION
            }
            Value::Number(_) => Self::INTEGER,
            Value::String(_) => Self::TEXT,
            Value::Array(_) => Self::LIST,
            Value::Object(_) => Self::OBJECT,
        }
    }
}

/// The place of a shape in its [`Shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShapeId(usize);

/// A named member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The name as [`spelling::plain`] has it.
    pub(crate) plain: String,
    pub(crate) shape: ShapeId,
    pub(crate) required: bool,
}

/// What may stand in one place of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) kinds: Kinds,
    /// The only values allowed, when the schema lists them.
    pub(crate) labels: Vec<Value>,
    pub(crate) fields: Vec<Field>,
    /// No members beside the fields.
    pub(crate) closed: bool,
    pub(crate) item: Option<ShapeId>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    /// The most characters of a string.
    pub(crate) longest: Option<u64>,
    /// The most items of a list.
    pub(crate) most_items: Option<u64>,
    /// Strings are bound to a pattern or format.
    patterned: bool,
    /// Alternatives, when there is more than one beside null.
    pub(crate) choices: Vec<ShapeId>,
}

impl Shape {
    fn any() -> Self {
        Self {
            kinds: Kinds::ANY,
            labels: Vec::new(),
            fields: Vec::new(),
            closed: false,
            item: None,
            minimum: None,
            maximum: None,
            longest: None,
            most_items: None,
            patterned: false,
            choices: Vec::new(),
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of this name, or else the only one with the same plain spelling.
    pub(crate) fn field_like(&self, name: &str) -> Option<&Field> {
        if let Some(field) = self.field(name) {
            return Some(field);
        }
        let plain = spelling::plain(name);
        let mut like = self.fields.iter().filter(|field| !plain.is_empty() && field.plain == plain);
        like.next().filter(|_| like.next().is_none())
    }

    fn is_within(&self, number: f64) -> bool {
        self.minimum.is_none_or(|minimum| number >= minimum)
            && self.maximum.is_none_or(|maximum| number <= maximum)
    }

    /// Strings may stand here, and any string will do.
    pub(crate) fn is_free_text(&self) -> bool {
        self.kinds.overlaps(Kinds::TEXT)
            && self.labels.is_empty()
            && !self.patterned
            && self.choices.is_empty()
    }

    /// Not free text only: a value here can be a verdict.
    pub(crate) fn bears_meaning(&self) -> bool {
        !(self.is_free_text() && self.kinds.and(Kinds::NULL.or(Kinds::TEXT)) == self.kinds)
    }
}

/// Every shape of a contract.
#[derive(Debug, Clone)]
pub(crate) struct Shapes {
    all: Vec<Shape>,
    any: Shape,
    names: BTreeSet<String>,
}

impl Shapes {
    pub(crate) fn of(schema: &Value) -> Self {
        let mut digest = Digest { schema, shapes: Vec::new(), refs: BTreeMap::new() };
        digest.place(schema, 0);
        let names = digest
            .shapes
            .iter()
            .flat_map(|shape| shape.fields.iter().map(|field| field.plain.clone()))
            .collect();
        Self { all: digest.shapes, any: Shape::any(), names }
    }

    pub(crate) fn get(&self, id: ShapeId) -> &Shape {
        self.all.get(id.0).unwrap_or(&self.any)
    }

    pub(crate) fn root(&self) -> &Shape {
        self.get(Self::ROOT)
    }

    pub(crate) const ROOT: ShapeId = ShapeId(0);

    /// Whether any object of the contract has a field of this name, decoration aside.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.names.contains(&spelling::plain(name))
    }

    /// The shape one step below, following the only choice that has such a member.
    pub(crate) fn below(&self, id: ShapeId, segment: &str) -> Option<ShapeId> {
        let shape = self.get(id);
        if let Some(field) = shape.field_like(segment) {
            return Some(field.shape);
        }
        if shape.item.is_some() && segment.bytes().all(|byte| byte.is_ascii_digit()) {
            return shape.item;
        }
        shape.choices.iter().find_map(|choice| {
            let choice = self.get(*choice);
            choice.field_like(segment).map(|field| field.shape)
        })
    }

    /// Whether the value could be meant for this shape: kinds, labels, bounds and required fields agree.
    pub(crate) fn fits(&self, value: &Value, id: ShapeId) -> bool {
        let shape = self.get(id);
        if !shape.choices.is_empty() {
            return shape.choices.iter().any(|choice| self.fits(value, *choice));
        }
        if shape.kinds.lacks(Kinds::of(value)) || !(shape.labels.is_empty() || shape.labels.contains(value)) {
            return false;
        }
        match value {
            Value::Number(number) => number.as_f64().is_some_and(|number| shape.is_within(number)),
            Value::Array(items) => {
                shape.item.is_none_or(|item| items.iter().all(|value| self.fits(value, item)))
            }
            Value::Object(members) => {
                let complete = shape.fields.iter().all(|field| match members.get(&field.name) {
                    Some(value) => self.fits(value, field.shape),
                    None => !field.required,
                });
                complete && !(shape.closed && members.keys().any(|key| shape.field(key).is_none()))
            }
            _ => true,
        }
    }

    /// Whether some alternatives contain themselves: to check a value against such takes time that doubles with its depth.
    pub(crate) fn choices_repeat(&self) -> bool {
        (0..self.all.len()).map(ShapeId).any(|id| !self.get(id).choices.is_empty() && self.leads_back(id))
    }

    fn leads_back(&self, target: ShapeId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![target];
        while let Some(id) = open.pop() {
            let shape = self.get(id);
            let below = shape.fields.iter().map(|field| field.shape);
            for next in below.chain(shape.item).chain(shape.choices.iter().copied()) {
                if next == target {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The state of digesting one schema.
struct Digest<'s> {
    schema: &'s Value,
    shapes: Vec<Shape>,
    refs: BTreeMap<&'s str, ShapeId>,
}

impl<'s> Digest<'s> {
    /// Gives the schema a place among the shapes; a plain reference keeps the place it had.
    fn place(&mut self, schema: &'s Value, depth: usize) -> ShapeId {
        let reference = plain_reference(schema);
        if let Some(id) = reference.and_then(|reference| self.refs.get(reference)) {
            return *id;
        }
        let id = ShapeId(self.shapes.len());
        self.shapes.push(Shape::any());
        if let Some(reference) = reference {
            self.refs.insert(reference, id);
        }
        let mut shape = Shape::any();
        self.absorb(&mut shape, schema, depth);
        if let Some(place) = self.shapes.get_mut(id.0) {
            *place = shape;
        }
        id
    }

    /// Narrows the shape by everything the schema says.
    fn absorb(&mut self, shape: &mut Shape, schema: &'s Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        if let Some(target) =
            schema.get("$ref").and_then(Value::as_str).and_then(|reference| self.resolve(reference))
        {
            self.absorb(shape, target, depth + 1);
        }
        absorb_kinds(shape, schema);
        absorb_labels(shape, schema);
        absorb_bounds(shape, schema);
        self.absorb_fields(shape, schema, depth);
        if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
            shape.item = Some(self.place(items, depth + 1));
        }
        for part in list(schema, "allOf") {
            self.absorb(shape, part, depth + 1);
        }
        for keyword in ["anyOf", "oneOf"] {
            self.absorb_choices(shape, list(schema, keyword), depth);
        }
    }

    fn absorb_fields(&mut self, shape: &mut Shape, schema: &'s Value, depth: usize) {
        let required: Vec<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let field = Field {
                name: name.clone(),
                plain: spelling::plain(name),
                shape: self.place(schema, depth + 1),
                required: required.contains(&name.as_str()),
            };
            shape.fields.retain(|other| other.name != field.name);
            shape.fields.push(field);
        }
        let closing = ["additionalProperties", "unevaluatedProperties"];
        shape.closed |= closing.iter().any(|keyword| schema.get(keyword) == Some(&Value::Bool(false)));
    }

    fn absorb_choices(&mut self, shape: &mut Shape, choices: &'s [Value], depth: usize) {
        let (nulls, others): (Vec<_>, Vec<_>) = choices.iter().partition(|choice| is_null_schema(choice));
        let nullable = shape.kinds.overlaps(Kinds::NULL) && !nulls.is_empty();
        if let [only] = others.as_slice() {
            self.absorb(shape, only, depth + 1);
        } else if others.len() > 1 {
            let labels: Vec<&Value> = others.iter().flat_map(|choice| labels_of(choice)).collect();
            if others.iter().all(|choice| !labels_of(choice).is_empty()) {
                shape.labels.extend(labels.into_iter().cloned());
                shape.kinds = kinds_of(&shape.labels);
            } else {
                shape.choices = others.iter().map(|choice| self.place(choice, depth + 1)).collect();
            }
        }
        if !nullable {
            return;
        }
        shape.kinds = shape.kinds.or(Kinds::NULL);
        if !shape.labels.is_empty() && !shape.labels.contains(&Value::Null) {
            shape.labels.push(Value::Null);
        }
    }

    fn resolve(&self, reference: &str) -> Option<&'s Value> {
        self.schema.pointer(reference.strip_prefix('#')?)
    }
}

fn absorb_kinds(shape: &mut Shape, schema: &Value) {
    match schema.get("type") {
        Some(Value::String(name)) => shape.kinds = shape.kinds.and(Kinds::named(name)),
        Some(Value::Array(names)) => {
            let kinds = names.iter().filter_map(Value::as_str).map(Kinds::named).fold(Kinds(0), Kinds::or);
            shape.kinds = shape.kinds.and(kinds);
        }
        _ => {}
    }
}

fn absorb_labels(shape: &mut Shape, schema: &Value) {
    let labels = labels_of(schema);
    if labels.is_empty() {
        return;
    }
    shape.labels = labels.to_vec();
    shape.kinds = shape.kinds.and(kinds_of(labels));
}

fn absorb_bounds(shape: &mut Shape, schema: &Value) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    shape.minimum = bound("minimum").or(bound("exclusiveMinimum")).or(shape.minimum);
    shape.maximum = bound("maximum").or(bound("exclusiveMaximum")).or(shape.maximum);
    let length = |name: &str| schema.get(name).and_then(Value::as_u64);
    shape.longest = length("maxLength").or(shape.longest);
    shape.most_items = length("maxItems").or(shape.most_items);
    shape.patterned |= schema.get("pattern").is_some() || schema.get("format").is_some();
}

/// The constants that a schema allows by `const` or `enum`.
fn labels_of(schema: &Value) -> &[Value] {
    match schema.get("const") {
        Some(label) => std::slice::from_ref(label),
        None => list(schema, "enum"),
    }
}

fn kinds_of(labels: &[Value]) -> Kinds {
    labels.iter().map(Kinds::of).fold(Kinds(0), Kinds::or)
}

fn list<'s>(schema: &'s Value, keyword: &str) -> &'s [Value] {
    schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn is_null_schema(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null") || schema.get("const") == Some(&Value::Null)
}

/// The target of a schema that only refers, annotations aside.
fn plain_reference(schema: &Value) -> Option<&str> {
    let annotations = ["$ref", "description", "title", "default", "examples"];
    let only_refers = schema.as_object()?.keys().all(|key| annotations.contains(&key.as_str()));
    schema.get("$ref").and_then(Value::as_str).filter(|_| only_refers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_labels_and_references_are_seen_through() {
        let shapes = Shapes::of(&json!({
            "type": "object",
            "properties": {
                "label": {"anyOf": [{"$ref": "#/$defs/Label"}, {"type": "null"}]},
                "score": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
                "note": {"description": "why", "type": "string"}
            },
            "required": ["label"],
            "$defs": {"Label": {"oneOf": [{"const": "pass"}, {"const": "fail"}]}}
        }));
        let shape = |name: &str| shapes.get(shapes.root().field(name).unwrap().shape);
        assert_eq!(shape("label").labels, [json!("pass"), json!("fail"), json!(null)]);
        assert!(shape("label").bears_meaning() && shape("score").bears_meaning());
        assert_eq!(shape("score").maximum, Some(5.0));
        assert!(shape("note").is_free_text() && !shape("note").bears_meaning());
        assert!(shapes.fits(&json!({"label": null, "score": 4}), Shapes::ROOT));
        assert!(!shapes.fits(&json!({"label": "pass", "score": 6}), Shapes::ROOT));
        assert!(!shapes.fits(&json!({"score": 4}), Shapes::ROOT));
    }

    #[test]
    fn a_recursive_schema_ends() {
        let node = json!({"type": "object", "properties": {
            "kids": {"type": "array", "items": {"description": "a child", "$ref": "#"}},
            "twin": {"$ref": "#", "minProperties": 1},
        }});
        assert!(Shapes::of(&node).knows("Kids"));
        let circle = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}});
        assert!(!Shapes::of(&circle).knows("a"));
    }
}
