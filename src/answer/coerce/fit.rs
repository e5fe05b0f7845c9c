//! Fits a reading to the contract.

use super::{cut, envelope, shorten};
use crate::answer::contract::Contract;
use crate::answer::fault::{Fault, shown};
use crate::answer::lenient::{Conflict, Reading};
use crate::answer::path::{Step, pointer};
use crate::answer::repair::{Repair, Repairs};
use crate::answer::shape::{Kinds, Shape, ShapeId, Shapes};
use crate::answer::validate;
use serde_json::{Map, Value};

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
        fitter.repairs.extend(shorten::shorten(&mut value, contract));
    }
    let mut faults = fitter.faults;
    faults.extend(reading.conflicts.iter().filter_map(|conflict| contradiction(conflict, &inside, shapes)));
    if let Some(cut) = &reading.cut {
        faults.extend(cut::faults(cut, &inside, &value, shapes));
    }
    match no_answer {
        Some(fault) => faults.push(fault),
        None => faults.extend(validate::faults(&value, contract)),
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
