//! An object that is read key by key. What nobody read is looked at in the end.

use serde_json::{Map, Value};

use super::reader::{Done, Reader, TrajectoryFault, join};
use super::{suspicion, words};

#[derive(Clone)]
pub(super) struct Fields<'v> {
    object: &'v Map<String, Value>,
    at: String,
    read: Vec<&'v str>,
}

impl<'v> Fields<'v> {
    /// # Errors
    /// The value is no object.
    pub(super) fn of(value: &'v Value, wanted: &str, at: &str) -> Result<Self, TrajectoryFault> {
        match value {
            Value::Object(object) => Ok(Self { object, at: at.to_owned(), read: Vec::new() }),
            other => Err(TrajectoryFault::not(wanted, other, at)),
        }
    }

    pub(super) fn at(&self) -> &str {
        &self.at
    }

    /// The place of a key.
    pub(super) fn place(&self, key: &str) -> String {
        join(&self.at, key)
    }

    /// A value that is not null, without reading it.
    pub(super) fn peek(&self, key: &str) -> Option<&'v Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn is_null(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(Value::is_null)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.peek(key).is_some()
    }

    /// Reads a value that is not null.
    pub(super) fn take(&mut self, key: &str) -> Option<&'v Value> {
        let (key, value) = self.object.get_key_value(key)?;
        self.read.push(key);
        Some(value).filter(|value| !value.is_null())
    }

    /// Reads the first of these keys that has a value.
    pub(super) fn first<'k>(&mut self, keys: &[&'k str]) -> Option<(&'k str, &'v Value)> {
        keys.iter().find(|key| self.has(key)).and_then(|key| Some((*key, self.take(key)?)))
    }

    /// Reads the first of these keys that holds a text.
    pub(super) fn text(&mut self, keys: &[&str]) -> Option<&'v str> {
        let key = keys.iter().find(|key| self.peek(key).is_some_and(Value::is_string))?;
        self.take(key)?.as_str()
    }

    /// Reads the first of these keys that holds an object.
    pub(super) fn object(&mut self, keys: &[&str]) -> Option<Fields<'v>> {
        let key = keys.iter().find(|key| self.peek(key).is_some_and(Value::is_object))?;
        let at = self.place(key);
        Fields::of(self.take(key)?, "an object", &at).ok()
    }

    /// Reads the first of these keys that holds a list, with its place.
    pub(super) fn list(&mut self, keys: &[&str]) -> Option<(&'v [Value], String)> {
        let key = keys.iter().find(|key| self.peek(key).is_some_and(Value::is_array))?;
        let at = self.place(key);
        Some((self.take(key)?.as_array()?, at))
    }

    /// The name of the tool that the object calls.
    pub(super) fn tool(&self) -> Option<&'v str> {
        words::of_tool(self.object)
    }

    /// Takes these keys for data, whatever they hold.
    pub(super) fn pass(&mut self, keys: &[&str]) {
        for key in keys {
            let _ = self.take(key);
        }
    }

    /// Looks at what was not read: a key that is not known must not be able to carry an action.
    ///
    /// # Errors
    /// It could.
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> Done {
        for (key, value) in self.unread(reader) {
            let at = self.place(key);
            if !reader.is_inert(key) && suspicion::could_act(key, value, reader) {
                return Err(suspicion::unknown("key", key, &at));
            }
            suspicion::scan_member(key, value, &at, reader);
        }
        Ok(())
    }

    /// Looks at what was not read where keys are free, as in a program's state: only what has the
    /// form of a call is held against the calls that were read.
    pub(super) fn finish_free(self, reader: &mut Reader<'_>) {
        for (key, value) in self.unread(reader) {
            suspicion::scan_member(key, value, &self.place(key), reader);
        }
    }

    fn unread(&self, reader: &Reader<'_>) -> Vec<(&'v str, &'v Value)> {
        self.object
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .filter(|(key, value)| !self.read.contains(key) && !words::empty(value) && !reader.ignores(key))
            .collect()
    }
}
