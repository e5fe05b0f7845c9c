//! Fits a reading to the contract, and an object's members to its fields: their names, and which may stay.

use serde_json::{Map, Value};

use super::{envelope, length};
use crate::answer::contract::Contract;
use crate::answer::fault::{Fault, Repair, Repairs, Step, pointer, shown};
use crate::answer::lenient::{Conflict, Reading};
use crate::answer::shape::{Field, Kinds, Shape, ShapeId, Shapes};
use crate::answer::{contract, spelling};

/// How many alternatives may be tried in one value, so that nested ones stay cheap.
const TRIES: usize = 256;

/// A reading after every coercion that applies.
#[derive(Debug, Clone)]
pub(crate) struct Fitted {
    pub(crate) value: Value,
    pub(crate) repairs: Repairs,
    /// What is still wrong; empty when the value keeps the contract.
    pub(crate) faults: Vec<Fault>,
    /// It holds at least half of the required fields.
    pub(crate) looks_like_answer: bool,
}

/// Fits the reading to the contract as far as honest repairs go.
pub(crate) fn fit(reading: &Reading, contract: &Contract) -> Fitted {
    let shapes = contract.shapes();
    let mut fitter = Fitter::new(shapes, reading.repairs);
    let mut value = reading.value.clone();
    let opened = if contract.accepts(&value) { None } else { envelope::open(&value, shapes) };
    let inside = opened.as_ref().map(|opened| opened.path.clone()).unwrap_or_default();
    if let Some(opened) = opened {
        fitter.repairs.extend(opened.repairs);
        value = opened.value;
    }
    let no_answer = envelope::fault(&value, shapes);
    if reading.repairs != Repairs::default() {
        fitter.faults.extend(foreign_contradiction(&value, shapes));
    }
    let as_told = fitter.repairs == Repairs::default() && contract.accepts(&value);
    if no_answer.is_none() && !as_told {
        fitter.fit(&mut value, Shapes::ROOT);
        fitter.repairs.extend(length::shorten(&mut value, contract));
    }
    let mut faults = fitter.faults;
    faults.extend(reading.conflicts.iter().filter_map(|conflict| contradiction(conflict, &inside, shapes)));
    if let Some(cut) = &reading.cut {
        faults.extend(length::faults(cut, &inside, &value, shapes));
    }
    match no_answer {
        Some(fault) => faults.push(fault),
        None => faults.extend(contract::faults(&value, contract)),
    }
    let looks_like_answer = envelope::looks_like_answer(&value, shapes);
    Fitted { value, repairs: fitter.repairs, faults, looks_like_answer }
}

/// The fault of a key given twice, unless it is free text or lies outside the answer.
fn contradiction(conflict: &Conflict, inside: &[Step], shapes: &Shapes) -> Option<Fault> {
    let path = conflict.path.strip_prefix(inside)?;
    let mut id = Shapes::ROOT;
    for step in path {
        let segment = match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        };
        match shapes.below(id, &segment) {
            Some(below) => id = below,
            None => return None,
        }
    }
    shapes.get(id).bears_meaning().then(|| twice(pointer(path), &conflict.earlier, &conflict.later))
}

/// The fault of a repaired object that holds another answer, with another verdict, under a key that the contract does not know:
/// then it is a matter of judgement which of the two is the answer.
fn foreign_contradiction(value: &Value, shapes: &Shapes) -> Option<Fault> {
    let root = shapes.root();
    let members = value.as_object()?;
    let foreign = members.iter().filter(|(key, _)| root.field_like(key).is_none());
    foreign.into_iter().find_map(|(_, inside)| contradicting(inside, members, shapes))
}

fn contradicting(inside: &Value, told: &Map<String, Value>, shapes: &Shapes) -> Option<Fault> {
    match inside {
        Value::Array(items) => items.iter().find_map(|item| contradicting(item, told, shapes)),
        Value::Object(members) => members.iter().find_map(|(key, value)| {
            let field = shapes.root().field_like(key).filter(|field| shapes.get(field.shape).bears_meaning());
            let differs = field
                .and_then(|field| told.get_key_value(&field.name))
                .filter(|(_, earlier)| *earlier != value);
            match differs {
                Some((name, earlier)) => Some(twice(pointer(&[Step::Key(name.clone())]), earlier, value)),
                None => contradicting(value, told, shapes),
            }
        }),
        _ => None,
    }
}

pub(super) fn twice(pointer: String, earlier: &Value, later: &Value) -> Fault {
    Fault::new(pointer, format!("given twice with different values, {} and {}", shown(earlier), shown(later)))
}

/// The state of fitting one value.
pub(super) struct Fitter<'c> {
    pub(super) shapes: &'c Shapes,
    pub(super) repairs: Repairs,
    pub(super) faults: Vec<Fault>,
    pub(super) path: Vec<Step>,
    tries: usize,
}

impl<'c> Fitter<'c> {
    fn new(shapes: &'c Shapes, repairs: Repairs) -> Self {
        Self { shapes, repairs, faults: Vec::new(), path: Vec::new(), tries: 0 }
    }

    pub(super) fn note(&mut self, repair: Repair) {
        self.repairs.insert(repair);
    }

    /// Fits the value in place.
    pub(super) fn fit(&mut self, value: &mut Value, id: ShapeId) {
        let shape = self.shapes.get(id);
        if !shape.choices.is_empty() {
            return self.choose(value, shape);
        }
        if !shape.kinds.overlaps(Kinds::of(value)) || !shape.labels.is_empty() {
            self.convert(value, shape);
        }
        match value {
            Value::Object(members) => self.members(members, shape),
            Value::Array(items) => {
                let Some(item) = shape.item else {
                    return;
                };
                for (index, value) in items.iter_mut().enumerate() {
                    self.path.push(Step::Index(index));
                    self.fit(value, item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    /// Fits the value to the first alternative that takes it.
    fn choose(&mut self, value: &mut Value, shape: &'c Shape) {
        if shape.choices.iter().any(|choice| self.shapes.fits(value, *choice)) {
            return;
        }
        for choice in &shape.choices {
            self.tries += 1;
            if self.tries > TRIES {
                return;
            }
            let (repairs, faults) = (self.repairs, self.faults.len());
            let mut trial = value.clone();
            self.fit(&mut trial, *choice);
            if self.shapes.fits(&trial, *choice) && self.faults.len() == faults {
                *value = trial;
                return;
            }
            self.repairs = repairs;
            self.faults.truncate(faults);
        }
    }
}

impl<'c> Fitter<'c> {
    /// Fits the members of an object, names first.
    pub(super) fn members(&mut self, members: &mut Map<String, Value>, shape: &'c Shape) {
        self.respell(members, shape);
        self.rename_explanation(members, shape);
        if shape.closed {
            let before = members.len();
            members.retain(|key, _| shape.field(key).is_some());
            if members.len() < before {
                self.note(Repair::ExtraKeyDropped);
            }
        }
        for field in &shape.fields {
            self.member(members, field);
        }
    }

    fn member(&mut self, members: &mut Map<String, Value>, field: &Field) {
        let Some(value) = members.get_mut(&field.name) else {
            return;
        };
        let nullable = self.shapes.fits(&Value::Null, field.shape);
        if value.is_null() && !field.required && !nullable {
            members.shift_remove(&field.name);
            self.note(Repair::NullDropped);
            return;
        }
        self.path.push(Step::Key(field.name.clone()));
        self.fit(value, field.shape);
        self.path.pop();
    }

    /// Gives every member the name of the field that it is meant for.
    fn respell(&mut self, members: &mut Map<String, Value>, shape: &Shape) {
        if members.keys().all(|key| shape.field(key).is_some()) {
            return;
        }
        let given = std::mem::take(members);
        let exact: Vec<String> = given.keys().filter(|key| shape.field(key).is_some()).cloned().collect();
        let mut seconds = Vec::new();
        for (key, value) in given {
            match shape.field_like(&key) {
                Some(field) if key == field.name => {
                    members.insert(key, value);
                }
                Some(field) if exact.contains(&field.name) || members.contains_key(&field.name) => {
                    seconds.push((field, value));
                }
                Some(field) => {
                    self.note(Repair::KeyCase);
                    members.insert(field.name.clone(), value);
                }
                None => {
                    members.insert(key, value);
                }
            }
        }
        for (field, value) in seconds {
            self.second_spelling(field, &value, members);
        }
    }

    /// A field came twice under two spellings: the exact one stands, unless the values contradict each other.
    fn second_spelling(&mut self, field: &Field, value: &Value, members: &Map<String, Value>) {
        self.note(Repair::DuplicateKey);
        let Some(first) = members.get(&field.name) else {
            return;
        };
        if first != value && self.shapes.get(field.shape).bears_meaning() {
            self.path.push(Step::Key(field.name.clone()));
            self.faults.push(twice(pointer(&self.path), first, value));
            self.path.pop();
        }
    }

    /// Gives the only explanation its name in the contract.
    fn rename_explanation(&mut self, members: &mut Map<String, Value>, shape: &Shape) {
        let wanted = |field: &&Field| {
            let free_text = self.shapes.get(field.shape).is_free_text();
            field.required
                && free_text
                && spelling::is_explanation(&field.name)
                && !members.contains_key(&field.name)
        };
        let mut missing = shape.fields.iter().filter(wanted);
        let (Some(field), None) = (missing.next(), missing.next()) else {
            return;
        };
        let explains = |key: &&String| shape.field(key).is_none() && spelling::is_explanation(key);
        let mut given = members.keys().filter(explains);
        let (Some(key), None) = (given.next().cloned(), given.next()) else {
            return;
        };
        let renamed = |name: String| if name == key { field.name.clone() } else { name };
        *members = std::mem::take(members).into_iter().map(|(name, value)| (renamed(name), value)).collect();
        self.note(Repair::KeySynonym);
    }
}
