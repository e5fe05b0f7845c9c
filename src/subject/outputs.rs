//! Outputs that are files: one file joined to a dataset by id, or a file for each record.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::OutputFormat;
use super::template::Template;
use crate::data::{Dataset, Layout, Record};
use crate::error::{Error, ErrorKind, Result};

/// Which fields of the file mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputsLayout {
    /// The field that holds the record's id.
    pub id: String,
    /// The field that holds the output.
    pub field: String,
    /// The record's field that the output becomes.
    pub into: String,
}

/// The outputs of a file, by id.
#[derive(Clone, Debug)]
pub struct OutputsFile {
    file: String,
    layout: OutputsLayout,
    outputs: BTreeMap<String, Value>,
    faults: JoinFaults,
}

/// What did not fit between a dataset and its outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinFaults {
    /// Records without an output.
    pub missing: Vec<String>,
    /// Outputs without a record.
    pub extra: Vec<String>,
    /// Lines that cannot be used: an id that stands twice (the first counts), no output, no JSON.
    pub unusable: Vec<String>,
}

impl JoinFaults {
    /// Whether everything fitted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.unusable.is_empty()
    }
}

impl OutputsFile {
    /// Reads the outputs.
    ///
    /// # Errors
    /// The file cannot be opened, or not read to its end.
    pub fn open(path: &Path, layout: OutputsLayout) -> Result<Self> {
        let dataset = Dataset::open(path, Layout { id: layout.id.clone() })?;
        let mut outputs = Self {
            file: path.display().to_string(),
            layout,
            outputs: BTreeMap::new(),
            faults: JoinFaults::default(),
        };
        for line in dataset {
            match line {
                Ok(record) => outputs.add(&record),
                Err(fault) if fault.fatal => {
                    let detail = format!("{} line {}: {}", fault.file, fault.line, fault.problem);
                    return Err(Error::new(ErrorKind::Dataset, detail));
                }
                Err(fault) => outputs.faults.unusable.push(fault.to_string()),
            }
        }
        Ok(outputs)
    }

    /// Outputs that are there already, by id. `file` says in messages where they are from.
    #[must_use]
    pub fn of(file: &str, layout: OutputsLayout, outputs: BTreeMap<String, Value>) -> Self {
        Self { file: file.to_owned(), layout, outputs, faults: JoinFaults::default() }
    }

    fn add(&mut self, record: &crate::data::Record) {
        match record.get(&self.layout.field) {
            Some(output) => {
                self.outputs.insert(record.id.clone(), output.clone());
            }
            None => self.faults.unusable.push(format!(
                "{} line {}: field \"{}\" is missing",
                self.file, record.line, self.layout.field
            )),
        }
    }

    pub(super) fn take(&mut self, id: &str) -> Result<Value, String> {
        self.outputs.remove(id).ok_or_else(|| {
            self.faults.missing.push(id.to_owned());
            format!("{} has no output for id \"{id}\"", self.file)
        })
    }

    pub(super) fn record_field(&self) -> &str {
        &self.layout.into
    }

    /// What did not fit. Outputs not asked for are extra only if all records were read.
    pub(super) fn faults(&self) -> JoinFaults {
        let mut faults = self.faults.clone();
        faults.extra = self.outputs.keys().cloned().collect();
        faults
    }
}

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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::data::Record;
    use crate::subject::Subject;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        let lines = "{\"id\":\"a\",\"output\":\"A\"}\n{\"id\":\"a\",\"output\":\"B\"}\n{\"id\":\"z\",\"output\":\"Z\"}\n{\"id\":\"n\"}\n";
        file.write_all(lines.as_bytes()).unwrap();
        let layout = OutputsLayout { id: "id".into(), field: "output".into(), into: "artifact".into() };
        let mut subject = Subject::File(OutputsFile::open(file.path(), layout).unwrap());
        let record = |id: &str| Record { id: id.into(), line: 1, fields: serde_json::Map::new() };
        let mut first = record("a");
        subject.join(&mut first).unwrap();
        assert_eq!(first.fields["artifact"], "A");
        assert!(subject.join(&mut record("b")).is_err());
        let faults = subject.faults();
        assert_eq!(faults.missing, ["b"]);
        assert_eq!(faults.extra, ["z"]);
        assert_eq!(faults.unusable.len(), 2);
    }
}
