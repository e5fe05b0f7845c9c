//! Where each value of a document stands in its text.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::Diagnostic;

/// The byte range of every key and value of one file, by JSON pointer.
#[derive(Clone, Debug, Default)]
pub struct Places {
    file: String,
    text: String,
    keys: BTreeMap<String, Range<usize>>,
    values: BTreeMap<String, Range<usize>>,
}

impl Places {
    pub(super) fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), ..Self::default() }
    }

    pub(super) fn insert(&mut self, pointer: &str, key: Option<Range<usize>>, value: Range<usize>) {
        if let Some(key) = key {
            self.keys.insert(pointer.to_owned(), key);
        }
        self.values.insert(pointer.to_owned(), value);
    }

    /// A diagnostic at the key of the value at `pointer`, or at the nearest place above it.
    #[must_use]
    pub fn at_key(&self, pointer: &str, message: impl Into<String>) -> Diagnostic {
        let range = self.keys.get(pointer).or_else(|| self.values.get(pointer));
        self.diagnostic(range.or_else(|| self.above(pointer)), message)
    }

    /// A diagnostic at the value at `pointer`, or at the nearest place above it.
    #[must_use]
    pub fn at_value(&self, pointer: &str, message: impl Into<String>) -> Diagnostic {
        let range = self.values.get(pointer);
        self.diagnostic(range.or_else(|| self.above(pointer)), message)
    }

    pub(super) fn at_range(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.diagnostic(Some(&range), message)
    }

    fn above(&self, pointer: &str) -> Option<&Range<usize>> {
        let mut pointer = pointer;
        while let Some((parent, _)) = pointer.rsplit_once('/') {
            if let Some(range) = self.keys.get(parent) {
                return Some(range);
            }
            pointer = parent;
        }
        None
    }

    fn diagnostic(&self, range: Option<&Range<usize>>, message: impl Into<String>) -> Diagnostic {
        let offset = range.map_or(0, |range| range.start).min(self.text.len());
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_text = self.text.get(line_start..).and_then(|rest| rest.lines().next());
        Diagnostic {
            file: self.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |s| s.chars().count()) + 1,
            message: message.into(),
            help: None,
            excerpt: line_text.map(str::to_owned),
        }
    }
}
