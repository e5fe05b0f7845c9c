//! A `promptfooconfig.yaml` as a project.

mod assertions;
mod expected;
mod providers;
mod suites;
mod tests_of;

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use super::yaml::Document;
use super::{Imported, Missing, read};
use crate::error::{Error, ErrorKind, Result};

/// Keys that change nothing in what is tested.
const IGNORED: [&str; 13] = [
    "description",
    "outputPath",
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
];

/// Reads a configuration of promptfoo's, with the files that it names.
///
/// # Errors
///
/// The file cannot be read, or is no YAML.
pub(crate) fn promptfoo(path: &Path) -> Result<Imported> {
    let mut source = Source::open(path)?;
    let root = source.document.value.clone();
    for key in root.as_object().into_iter().flat_map(Map::keys) {
        let known = IGNORED.contains(&key.as_str())
            || ["evaluateOptions", "assertionTemplates"].contains(&key.as_str());
        if !known {
            source.miss(&format!("/{key}"), "", format!("`{key}` has no equivalent"));
        }
    }
    let prompts = source.prompts(root.get("prompts"));
    let providers = providers::providers(&mut source, &root);
    let tests = tests_of::tests(&mut source, &root);
    suites::project(source, &root, &prompts, &providers, tests)
}

/// The file that is imported, and what of it could not be carried over.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) document: Document,
    pub(super) missing: Vec<Missing>,
}

impl Source {
    fn open(path: &Path) -> Result<Self> {
        let text = read(path)?;
        let name = path.display().to_string();
        let document = Document::parse(&text)
            .map_err(|fault| Error::new(ErrorKind::Usage, format!("{name} is no YAML: {fault}")))?;
        if !document.value.is_object() {
            return Err(Error::new(ErrorKind::Usage, format!("{name} is no configuration of promptfoo's")));
        }
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        Ok(Self { name, folder, document, missing: Vec::new() })
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
        let path = self.folder.join(name.trim_start_matches("file://"));
        std::fs::read_to_string(&path).map_err(|fault| format!("cannot read {}: {fault}", path.display()))
    }

    /// The prompts' texts.
    fn prompts(&mut self, value: Option<&Value>) -> Vec<String> {
        let items = match value {
            Some(Value::Array(items)) => items.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let mut prompts = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let part = format!("prompt {}", number + 1);
            match self.prompt(item) {
                Ok(texts) => prompts.extend(texts),
                Err(fault) => self.miss(&format!("/prompts/{number}"), &part, fault),
            }
        }
        prompts
    }

    fn prompt(&self, item: &Value) -> std::result::Result<Vec<String>, String> {
        let own = item.get("raw").or_else(|| item.get("id"));
        let text = item.as_str().or_else(|| own.and_then(Value::as_str)).ok_or("is no text")?;
        let extension = Path::new(text).extension().and_then(|end| end.to_str()).unwrap_or_default();
        let is_file = text.starts_with("file://")
            || (!text.contains(char::is_whitespace) && self.folder.join(text).is_file());
        let texts: Vec<String> = match (is_file, extension) {
            (false, _) => vec![text.to_owned()],
            (true, "txt" | "md" | "j2" | "json" | "yaml" | "yml") => {
                let whole = self.file(text)?;
                let parts = whole.split("\n---\n").filter(|_| extension == "txt");
                let parts: Vec<String> = parts.map(|part| part.trim().to_owned()).collect();
                if parts.is_empty() { vec![whole.trim().to_owned()] } else { parts }
            }
            (true, _) => return Err(format!("{text} is a program, or names several files")),
        };
        if texts.iter().any(|text| is_chat(text)) {
            return Err("is a list of chat messages; a prompt here is one text".to_owned());
        }
        Ok(texts)
    }
}

/// Whether a prompt is a list of messages.
fn is_chat(text: &str) -> bool {
    let head = text.trim_start();
    (head.starts_with('[') || head.starts_with("- ")) && head.contains("role") && head.contains("content")
}

/// A text with its variables filled in, as promptfoo does.
pub(super) fn render(text: &str, vars: &Map<String, Value>) -> std::result::Result<String, String> {
    if !text.contains("{{") && !text.contains("{%") {
        return Ok(text.to_owned());
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|fault| fault.to_string())?);
    environment.set_formatter(|out, _, value| {
        if value.is_none() {
            return Ok(());
        }
        match value.kind() {
            ValueKind::Map | ValueKind::Seq => {
                let text = serde_json::to_string(value).unwrap_or_default();
                write!(out, "{text}").map_err(minijinja::Error::from)
            }
            _ => write!(out, "{value}").map_err(minijinja::Error::from),
        }
    });
    environment
        .render_str(text, minijinja::Value::from(Serde(vars)))
        .map_err(|fault| format!("the template cannot be filled in: {}", fault.to_string().trim_end()))
}
