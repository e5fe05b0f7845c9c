//! A test as it is written, before anything is filled in.

use serde_json::Value;

use super::Source;

/// A test as it is written, and its place in the configuration if it stands there.
pub(super) struct Raw {
    pub(super) value: Value,
    pub(super) place: String,
    pub(super) pointer: Option<String>,
}

impl Raw {
    /// One that stands in the configuration.
    pub(super) fn here(source: &Source, value: &Value, pointer: String) -> Self {
        Self { value: value.clone(), place: source.place(&pointer), pointer: Some(pointer) }
    }

    /// The place of a key of it.
    pub(super) fn place_of(&self, source: &Source, key: &str) -> String {
        match &self.pointer {
            Some(pointer) => source.place(&format!("{pointer}/{key}")),
            None => self.place.clone(),
        }
    }
}
