//! The eval that is imported, and what of it could not be carried over.

use std::path::Path;

use serde_json::Value;

use super::super::yaml::Document;
use super::super::{Missing, read};
use crate::error::{Error, ErrorKind, Result};

/// An eval.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) eval: Value,
    /// The lines of the file's parts, if they could be found.
    lines: Option<Document>,
    pub(super) missing: Vec<Missing>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let text = read(path)?;
        let name = path.display().to_string();
        let eval = parsed(&name, &text)?;
        if !eval.get("testing_criteria").is_some_and(Value::is_array) {
            return Err(no_eval(&name, &eval));
        }
        Ok(Self { name, eval, lines: Document::parse(&text).ok(), missing: Vec::new() })
    }

    /// The place that a pointer names: file and line.
    pub(super) fn place(&self, pointer: &str) -> String {
        match self.lines.as_ref().and_then(|lines| lines.line(pointer)) {
            Some(line) => format!("{}:{line}", self.name),
            None => self.name.clone(),
        }
    }

    /// Notes what cannot be carried over.
    pub(super) fn miss(&mut self, place: &str, part: &str, what: impl Into<String>) {
        self.missing.push(Missing { place: place.to_owned(), part: part.to_owned(), what: what.into() });
    }
}

/// A run, as `GET /v1/evals/EVAL/runs/RUN` answers it.
pub(super) fn run(path: &Path) -> Result<Value> {
    let text = read(path)?;
    let name = path.display().to_string();
    let run: Value =
        serde_json::from_str(&text).map_err(|fault| usage(format!("{name} is not JSON: {fault}")))?;
    if !run.get("data_source").is_some_and(Value::is_object) {
        return Err(usage(format!("{name} is no run of an eval: there is no `data_source`"))
            .help("name a run as GET /v1/evals/EVAL/runs/RUN answered it"));
    }
    Ok(run)
}

const EVAL: &str = "name an eval as GET /v1/evals/EVAL answered it: it has `testing_criteria`";

fn usage(detail: String) -> Error {
    Error::new(ErrorKind::Usage, detail)
}

fn parsed(name: &str, text: &str) -> Result<Value> {
    if text.trim().is_empty() {
        return Err(usage(format!("{name} is empty")).help(EVAL));
    }
    serde_json::from_str(text).map_err(|fault| {
        if text.lines().any(|line| line.trim_start().starts_with("class: evals.")) {
            return usage(format!(
                "{name} is of the registry of the openai/evals repository, which is another tool"
            ))
            .help("only evals of OpenAI's hosted service can be imported");
        }
        let is_rows = text.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok());
        if is_rows {
            return usage(format!("{name} has a JSON value on each line, so it is no eval"))
                .help("if it holds the rows of an eval, give it with --data, and name the eval as FILE");
        }
        usage(format!("{name} is not JSON: {fault}")).help(EVAL)
    })
}

/// Why a JSON file is no eval.
fn no_eval(name: &str, value: &Value) -> Error {
    let items = value.get("data").and_then(Value::as_array);
    let first = items.and_then(|items| items.first()).and_then(|item| item.get("object")?.as_str());
    match (value.get("object").and_then(Value::as_str), first) {
        (Some("eval.run"), _) => {
            usage(format!("{name} is a run of an eval")).help("give it with --run, and name the eval as FILE")
        }
        (Some("list"), Some("eval.run.output_item")) => {
            usage(format!("{name} holds the output items of a run"))
                .help("give it with --data, and name the eval as FILE")
        }
        (Some("list"), Some("eval")) => {
            usage(format!("{name} is a list of evals")).help("write each eval to a file of its own")
        }
        _ => usage(format!("{name} is no eval: there is no list `testing_criteria`")).help(EVAL),
    }
}
