//! The members of an object: their names, and which of them may stay.

use super::fit::{Fitter, twice};
use crate::answer::path::{Step, pointer};
use crate::answer::repair::Repair;
use crate::answer::shape::{Field, Shape};
use crate::answer::spelling;
use serde_json::{Map, Value};

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
