//! A `promptfooconfig.yaml` as a project.

mod assertions;
mod expected;
mod files;
mod graded;
mod groups;
mod parts;
mod patterns;
mod programs;
mod prompts;
mod providers;
mod raw;
mod scripts;
mod settings;
mod suites;
mod template;
mod test_files;
mod tests_of;

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::yaml::Document;
use super::{Imported, Missing, read};
use crate::error::{Error, ErrorKind, Result};

/// Keys whose values are carried over, or change nothing in what is tested.
const KNOWN: [&str; 16] = [
    "description",
    "outputPath",
    "outputs",
    "sharing",
    "tags",
    "commandLineOptions",
    "writeLatestResults",
    "metadata",
    "$schema",
    "prompts",
    "providers",
    "targets",
    "tests",
    "defaultTest",
    "scenarios",
    "assertionTemplates",
];

/// Keys that promptfoo does not have, and that people write as a remark.
const REMARKS: [&str; 3] = ["version", "name", "author"];

/// Reads a configuration of promptfoo's, with the files that it names, for a project in the folder `to`.
///
/// # Errors
///
/// The file cannot be read, or is no YAML.
pub(crate) fn promptfoo(path: &Path, to: &Path) -> Result<Imported> {
    let mut source = Source::open(path, to)?;
    let root = source.document.value.clone();
    for (key, value) in root.as_object().into_iter().flatten() {
        let is_remark = REMARKS.contains(&key.as_str()) && (value.is_string() || value.is_number());
        match key.as_str() {
            "evaluateOptions" => source.evaluate_options(value),
            "env" => source.variables(value),
            key if KNOWN.contains(&key) || is_remark => {}
            key => source.miss(&format!("/{key}"), "", format!("`{key}` has no equivalent")),
        }
    }
    let prompts = prompts::prompts(&mut source, root.get("prompts"));
    let providers = providers::providers(&mut source, &root);
    let tests = tests_of::tests(&mut source, &root);
    suites::project(source, &root, &prompts, &providers, tests)
}

/// The file that is imported, and what of it could not be carried over.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    /// From the project to this folder.
    pub(super) way_back: String,
    pub(super) document: Document,
    pub(super) missing: Vec<Missing>,
    /// What is to be done before the project is run.
    pub(super) notes: Vec<String>,
}

impl Source {
    fn open(path: &Path, to: &Path) -> Result<Self> {
        let text = read(path)?;
        let name = path.display().to_string();
        let document = Document::parse(&text)
            .map_err(|fault| Error::new(ErrorKind::Usage, format!("{name} is no YAML: {fault}")))?;
        if !document.value.is_object() {
            return Err(Error::new(ErrorKind::Usage, format!("{name} is no configuration of promptfoo's")));
        }
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let way_back = way(to, &folder);
        Ok(Self { name, folder, way_back, document, missing: Vec::new(), notes: Vec::new() })
    }

    /// The place that a pointer names: file and line.
    pub(super) fn place(&self, pointer: &str) -> String {
        match self.document.line(pointer) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.clone(),
        }
    }

    /// Notes what cannot be carried over.
    pub(super) fn miss(&mut self, pointer: &str, part: &str, what: impl Into<String>) {
        let place = self.place(pointer);
        self.missing.push(Missing { place, part: part.to_owned(), what: what.into() });
    }

    /// The text of a file that the configuration names by `file://`.
    pub(super) fn file(&self, name: &str) -> std::result::Result<String, String> {
        let path = self.folder.join(files::path_of(name).0);
        std::fs::read_to_string(&path).map_err(|fault| format!("cannot read {}: {fault}", path.display()))
    }

    /// How a run goes: repeats are the suites'; the rest changes no verdict.
    fn evaluate_options(&mut self, value: &Value) {
        const IGNORED: [&str; 6] =
            ["repeat", "maxConcurrency", "delay", "cache", "showProgressBar", "timeoutMs"];
        for key in value.as_object().into_iter().flat_map(Map::keys) {
            if !IGNORED.contains(&key.as_str()) {
                let what = format!("`evaluateOptions.{key}` has no equivalent");
                self.miss(&format!("/evaluateOptions/{key}"), "", what);
            }
        }
    }

    /// Variables of the environment are set where the project is run. Their values, often keys, are written nowhere.
    fn variables(&mut self, value: &Value) {
        let names: Vec<&str> =
            value.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        if names.iter().all(|name| name.ends_with("_KEY") || name.ends_with("_TOKEN")) {
            if !names.is_empty() {
                self.notes.push(format!("set in the environment: {}", names.join(", ")));
            }
        } else {
            self.miss("/env", "", "`env` has no equivalent: set these variables where evenhand is run");
        }
    }
}

/// The way from one folder to another, with `/`.
fn way(from: &Path, to: &Path) -> String {
    let whole = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let mut steps: Vec<String> = Vec::new();
        for step in path.components() {
            match step {
                Component::CurDir => {}
                Component::ParentDir => drop(steps.pop()),
                other => steps.push(other.as_os_str().to_string_lossy().into_owned()),
            }
        }
        steps
    };
    let (from, to) = (whole(from), whole(to));
    let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", from.len() - same).map(str::to_owned);
    let steps: Vec<String> = up.chain(to.into_iter().skip(same)).collect();
    if steps.is_empty() { ".".to_owned() } else { steps.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_leads_from_folder_to_folder() {
        assert_eq!(way(Path::new("a/out"), Path::new("a")), "..");
        assert_eq!(way(Path::new("out"), Path::new("")), "..");
        assert_eq!(way(Path::new("out"), Path::new("b/../c")), "../c");
        assert_eq!(way(Path::new("."), Path::new("./x")), "x");
        assert_eq!(way(Path::new("a"), Path::new("a")), ".");
    }
}
