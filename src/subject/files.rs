//! A file of its own for each record's output.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::command::OutputFormat;
use super::outputs::JoinFaults;
use super::template::Template;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};

/// Files named after their records: `runs/{id}.json`.
#[derive(Clone, Debug)]
pub struct OutputFiles {
    folder: PathBuf,
    template: Template,
    format: Option<OutputFormat>,
    into: String,
    missing: Vec<String>,
}

impl OutputFiles {
    /// Files by a template of their path, from `folder`. Without a format,
    /// `.json` is JSON and anything else text.
    ///
    /// # Errors
    /// The template is broken, or names no field: then all records would share one file.
    pub fn new(
        folder: &Path,
        template: &str,
        format: Option<OutputFormat>,
        into: impl Into<String>,
    ) -> Result<Self> {
        let broken = |problem| Error::new(ErrorKind::Config, format!("outputs.files: {problem}"));
        let parsed = Template::parse(template).map_err(broken)?;
        if parsed.constant().is_some() {
            let error = broken(format!("`{template}` names the same file for every record"));
            return Err(error.help(
                "write `{id}` where the record's id stands, or use `file` for one file of all outputs",
            ));
        }
        Ok(Self {
            folder: folder.to_owned(),
            template: parsed,
            format,
            into: into.into(),
            missing: Vec::new(),
        })
    }

    pub(super) fn read(&mut self, record: &Record) -> Result<Value, String> {
        let output = self.output(record);
        if output.is_err() {
            self.missing.push(record.id.clone());
        }
        output
    }

    fn output(&self, record: &Record) -> Result<Value, String> {
        let path = self.folder.join(self.template.fill(record)?);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let json = match self.format {
            Some(format) => format == OutputFormat::Json,
            None => path.extension().is_some_and(|ending| ending == "json"),
        };
        if json {
            return serde_json::from_str(&text)
                .map_err(|error| format!("{} is not JSON: {error}", path.display()));
        }
        Ok(Value::from(text.strip_suffix('\n').unwrap_or(&text)))
    }

    pub(super) fn record_field(&self) -> &str {
        &self.into
    }

    pub(super) fn faults(&self) -> JoinFaults {
        JoinFaults { missing: self.missing.clone(), ..JoinFaults::default() }
    }
}
