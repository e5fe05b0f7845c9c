//! Inputs of a suite's judges, and of the model that produces its outputs, that are the same for every record: a policy,
//! a style guide, a rule book.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Places, read_text};
use crate::error::{Diagnostic, ErrorKind, Result};

/// An input that is the same for every record: a `text`, or the text of a `file`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputTable {
    /// The text.
    pub(crate) text: Option<String>,
    /// The file that holds the text.
    pub(crate) file: Option<PathBuf>,
}

impl InputTable {
    /// The text, without white space at its end. A file's path is relative to `root`.
    pub(crate) fn read(&self, root: &Path) -> Result<String> {
        let text = match (&self.text, &self.file) {
            (Some(text), _) => text.clone(),
            (None, Some(file)) => read_text(&root.join(file), ErrorKind::Config)?,
            (None, None) => String::new(),
        };
        Ok(text.trim_end().to_owned())
    }

    fn problem(&self) -> Option<&'static str> {
        match (&self.text, &self.file) {
            (None, None) => Some("the input has no text"),
            (Some(_), Some(_)) => Some("the input has two texts"),
            (Some(_), None) | (None, Some(_)) => None,
        }
    }
}

/// What is wrong with a suite's `inputs`, beside its `fields`.
pub(crate) fn faults(
    suite: &str,
    inputs: &BTreeMap<String, InputTable>,
    fields: &BTreeMap<String, String>,
    places: &Places,
) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (name, input) in inputs {
        let pointer = format!("/suites/{suite}/inputs/{name}");
        let mut add = |problem: String, help: &str| {
            let mut fault = places.at_key(&pointer, problem);
            fault.help = Some(help.to_owned());
            faults.push(fault);
        };
        if let Some(problem) = input.problem() {
            add(problem.to_owned(), "give it either `text` or `file`");
        }
        if fields.contains_key(name) {
            add(
                format!("the input `{name}` is in `fields` too"),
                "keep it in `fields` if each record has its own, and here if all records share one",
            );
        }
    }
    faults
}
