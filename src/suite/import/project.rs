//! The files of a project that is imported.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Imported, Missing};
use crate::error::{Error, ErrorKind, Result};

/// A project in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    files: BTreeMap<String, String>,
    models: Map<String, Value>,
    suites: Map<String, Value>,
    scores: Map<String, Value>,
    judge: Option<String>,
    records: usize,
}

/// What a model is told that answers prompts as they are.
const PROMPT: &str = "instruction = \"Answer the prompt.\"\n\n[inputs.prompt]\ndescription = \"The prompt.\"\n\n\
                      [outputs.output]\ndescription = \"The answer.\"\n";

/// How it is shown the prompt: nothing stands around it.
const PROMPT_TEMPLATE: &str = "=== system ===\nAnswer the user. Put the whole answer, as a text, into the field \"output\" of one JSON object.\n\
                               === user ===\n{{ raw.prompt }}\n";

impl Draft {
    pub(super) fn file(&mut self, name: String, text: String) {
        self.files.insert(name, text);
    }

    pub(super) fn dataset(&mut self, name: String, records: &[Value]) {
        self.records += records.len();
        self.file(name, records.iter().flat_map(|record| [record.to_string(), "\n".to_owned()]).collect());
    }

    pub(super) fn model(&mut self, role: &str, table: &Map<String, Value>) {
        self.models.insert(role.to_owned(), Value::Object(table.clone()));
    }

    pub(super) fn judged_by(&mut self, role: &str) {
        self.judge = Some(role.to_owned());
    }

    pub(super) fn suite(&mut self, name: String, table: Map<String, Value>) {
        self.suites.insert(name, Value::Object(table));
    }

    /// A table of judgments that are made already.
    pub(super) fn score(&mut self, name: String, table: Map<String, Value>) {
        self.scores.insert(name, Value::Object(table));
    }

    /// The outputs are made by models that answer the records' prompts.
    pub(super) fn asks_prompts(&mut self) {
        self.file("signatures/prompt.toml".to_owned(), PROMPT.to_owned());
        self.file("signatures/prompt.jinja".to_owned(), PROMPT_TEMPLATE.to_owned());
    }

    pub(super) fn imported(mut self, missing: Vec<Missing>) -> Result<Imported> {
        let suites: Vec<String> = self.suites.keys().cloned().collect();
        let scores: Vec<String> = self.scores.keys().cloned().collect();
        let mut config = Map::new();
        if let Some(judge) = self.judge {
            config.insert("default_model".to_owned(), json!(judge));
        }
        for (key, of) in [("models", self.models), ("suites", self.suites), ("scores", self.scores)] {
            if !of.is_empty() {
                config.insert(key.to_owned(), Value::Object(of));
            }
        }
        let text = toml::to_string_pretty(&config).map_err(|fault| {
            Error::new(ErrorKind::Usage, format!("what is imported cannot be written as TOML: {fault}"))
        })?;
        self.files.insert("evenhand.toml".to_owned(), text);
        Ok(Imported {
            files: self.files.into_iter().collect(),
            records: self.records,
            suites,
            scores,
            missing,
            notes: Vec::new(),
        })
    }
}

/// A judge's question in words.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuestionText {
    /// The signature's name.
    pub(super) name: &'static str,
    /// The input that a record's own text becomes.
    pub(super) input: &'static str,
    /// Other inputs and the record's fields.
    pub(super) fields: &'static [(&'static str, &'static str)],
    /// What the signature says, without the inputs; nothing of a bundled one.
    pub(super) says: Option<(&'static str, &'static str)>,
}

/// A signature as a suite names it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) name: String,
    /// The input of the record's own text.
    pub(super) value: String,
    pub(super) fields: Vec<(String, String)>,
    /// Its file, if it is not bundled.
    pub(super) file: Option<(String, String)>,
}

/// The signature of a question. Each further one of a suite has an input of its own name.
pub(super) fn signature(question: QuestionText, turn: usize) -> Asked {
    let fields =
        question.fields.iter().map(|(input, field)| ((*input).to_owned(), (*field).to_owned())).collect();
    let Some((instruction, outputs)) = question.says else {
        return Asked {
            name: question.name.to_owned(),
            value: question.input.to_owned(),
            fields,
            file: None,
        };
    };
    let tail = if turn > 1 { format!("_{turn}") } else { String::new() };
    let (name, value) = (format!("{}{tail}", question.name), format!("{}{tail}", question.input));
    let asked = question.fields.iter().filter(|(input, _)| *input != "output");
    let asked: String = asked
        .flat_map(|(input, _)| ["[inputs.", input, "]\ndescription = \"What was asked.\"\n\n"])
        .collect();
    let text = format!(
        "instruction = \"\"\"\n{instruction}\"\"\"\n\n{asked}[inputs.{value}]\ndescription = \"What is asked of the output.\"\n\n\
         [inputs.output]\ndescription = \"The output to judge.\"\n\n\
         [outputs.reasoning]\ndescription = \"One sentence: what decides.\"\nmax_length = 300\n\n{outputs}"
    );
    Asked { file: Some((format!("signatures/{name}.toml"), text)), name, value, fields }
}
