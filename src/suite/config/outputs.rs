//! Where a suite's judged outputs come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::document::Places;
use crate::error::Diagnostic;
use crate::subject::{OutputFormat, OutputStrategy, by_name_or_table};

/// The judged outputs: a `file` of them all, `files` with one each, a
/// `command` run for each record, or a `model` with a `signature`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputsTable {
    /// A file of outputs, joined to the dataset by id: .jsonl, .ndjson, .csv or .tsv.
    pub(crate) file: Option<PathBuf>,
    /// For `file`: its field that holds the record's id; "id" by default.
    pub(crate) id: Option<String>,
    /// For `file`: its field that holds the output; "output" by default.
    pub(crate) field: Option<String>,
    /// A file of its own for each record: "runs/{id}.json", where {field} stands for a field of the record.
    pub(crate) files: Option<String>,
    /// A program and its arguments, run once for each record; {field} stands for a field of the record.
    pub(crate) command: Option<Vec<String>>,
    /// For `command`: the text of its standard input; {field} stands for a field of the record.
    pub(crate) stdin: Option<String>,
    /// For `command`: fields of the record that make its standard input, as one JSON object.
    pub(crate) stdin_json: Option<Vec<String>>,
    /// For `command`: the folder it runs in; evenhand.toml's by default.
    pub(crate) folder: Option<PathBuf>,
    /// For `command`: further environment variables.
    pub(crate) env: Option<BTreeMap<String, String>>,
    /// For `command`: the longest it may take, in seconds; 120 by default.
    #[schemars(range(min = 1))]
    pub(crate) timeout_s: Option<u64>,
    /// For `command`: the exit codes with which an output counts; [0] by default.
    pub(crate) exit_codes: Option<Vec<i32>>,
    /// For `command`: files and folders it is made of, besides the program and the arguments that are files: when
    /// one changes, every output is produced again.
    pub(crate) watch: Option<Vec<PathBuf>>,
    /// For `command`: whether an output is used again in later runs, as long as input and files are the same; false
    /// by default, since nobody knows what else a command depends on.
    pub(crate) cache: Option<bool>,
    /// The model that produces the outputs: a role, or PROVIDER/NAME.
    pub(crate) model: Option<String>,
    /// For `model`: what it is asked: a bundled signature, one in signatures/, or a file.
    pub(crate) signature: Option<String>,
    /// For `model`, in the place of `signature`: the record's field that holds the prompt, a text or a list of
    /// messages with `role` and `content`. It is sent as it is, and the text of the reply is the output.
    pub(crate) prompt: Option<String>,
    /// For `model`: which field of the record becomes which input; the field of the same name by default.
    pub(crate) fields: Option<BTreeMap<String, String>>,
    /// For `model`: how it is asked for an output; once by default.
    #[serde(default, deserialize_with = "by_name_or_table")]
    #[schemars(schema_with = "strategy_schema")]
    pub(crate) strategy: Option<OutputStrategy>,
    /// For `files` and `command`: text, or json; by default text, and json for files that end in .json.
    pub(crate) format: Option<OutputFormat>,
    /// For `command` and `model`: at most so many at the same time; 4 by default.
    #[schemars(range(min = 1))]
    pub(crate) concurrency: Option<usize>,
    /// The record's field that the output becomes; "artifact" by default.
    pub(crate) into: Option<String>,
}

/// A strategy's name, or a table with its `name` and its options.
fn strategy_schema(generator: &mut SchemaGenerator) -> Schema {
    const NAMES: [&str; 7] = [
        "direct",
        "re_read",
        "self_consistency",
        "diverse_sampling",
        "plan_search",
        "prover_verifier",
        "self_aggregation",
    ];
    let table = generator.subschema_for::<OutputStrategy>();
    json_schema!({
        "description": "For `model`: how it is asked for an output: a strategy's name, or a table with its `name` and its options.",
        "anyOf": [{"enum": NAMES}, table, {"type": "null"}],
    })
}

/// The four places outputs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputsFrom {
    File,
    Files,
    Command,
    Model,
}

impl OutputsFrom {
    const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Files => "files",
            Self::Command => "command",
            Self::Model => "model",
        }
    }
}

impl OutputsTable {
    /// Where the outputs come from; `None` where the table says none or several.
    pub(crate) fn from(&self) -> Option<OutputsFrom> {
        let said = self.said();
        match said.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    fn said(&self) -> Vec<OutputsFrom> {
        let all = [
            (OutputsFrom::File, self.file.is_some()),
            (OutputsFrom::Files, self.files.is_some()),
            (OutputsFrom::Command, self.command.is_some()),
            (OutputsFrom::Model, self.model.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(from, _)| from).collect()
    }

    /// Keys that are there, with the places they belong to.
    fn belonging(&self) -> Vec<(&'static str, &'static [OutputsFrom])> {
        let all: [(&'static str, bool, &'static [OutputsFrom]); 16] = [
            ("id", self.id.is_some(), &[OutputsFrom::File]),
            ("field", self.field.is_some(), &[OutputsFrom::File]),
            ("stdin", self.stdin.is_some(), &[OutputsFrom::Command]),
            ("stdin_json", self.stdin_json.is_some(), &[OutputsFrom::Command]),
            ("folder", self.folder.is_some(), &[OutputsFrom::Command]),
            ("env", self.env.is_some(), &[OutputsFrom::Command]),
            ("timeout_s", self.timeout_s.is_some(), &[OutputsFrom::Command]),
            ("exit_codes", self.exit_codes.is_some(), &[OutputsFrom::Command]),
            ("watch", self.watch.is_some(), &[OutputsFrom::Command]),
            ("cache", self.cache.is_some(), &[OutputsFrom::Command]),
            ("signature", self.signature.is_some(), &[OutputsFrom::Model]),
            ("prompt", self.prompt.is_some(), &[OutputsFrom::Model]),
            ("fields", self.fields.is_some(), &[OutputsFrom::Model]),
            ("strategy", self.strategy.is_some(), &[OutputsFrom::Model]),
            ("format", self.format.is_some(), &[OutputsFrom::Files, OutputsFrom::Command]),
            ("concurrency", self.concurrency.is_some(), &[OutputsFrom::Command, OutputsFrom::Model]),
        ];
        all.into_iter().filter(|(_, there, _)| *there).map(|(key, _, of)| (key, of)).collect()
    }

    /// What does not go together.
    pub(crate) fn faults(&self, pointer: &str, places: &Places) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, problem: String, help: &str| {
            let mut fault = places.at_key(pointer, problem);
            fault.help = Some(help.to_owned());
            faults.push(fault);
        };
        let said = self.said();
        let from = match said.as_slice() {
            [one] => *one,
            [] => {
                let help =
                    "say where they come from: `file`, `files`, `command`, or `model` with `signature`";
                fault(pointer, "the outputs come from nowhere".into(), help);
                return faults;
            }
            several => {
                let names: Vec<&str> = several.iter().map(|from| from.name()).collect();
                fault(pointer, format!("the outputs come from {} at once", names.join(" and ")), "keep one");
                return faults;
            }
        };
        for (key, of) in self.belonging() {
            if !of.contains(&from) {
                let names: Vec<&str> = of.iter().map(|from| from.name()).collect();
                let problem = format!("`{key}` means nothing beside `{}`", from.name());
                fault(
                    &format!("{pointer}/{key}"),
                    problem,
                    &format!("it belongs to `{}`", names.join("` or `")),
                );
            }
        }
        if self.stdin.is_some() && self.stdin_json.is_some() {
            fault(
                &format!("{pointer}/stdin"),
                "the standard input is said twice".into(),
                "keep `stdin` or `stdin_json`",
            );
        }
        if let Some(problem) = self.strategy.as_ref().and_then(OutputStrategy::fault) {
            fault(&format!("{pointer}/strategy"), problem, "docs/guides/strategies.md lists the options");
        }
        let asked_prompts = self.prompt.is_some();
        if from == OutputsFrom::Model && self.signature.is_none() && !asked_prompts {
            let help = "name a `signature`, or the record's field that holds the `prompt`";
            fault(&format!("{pointer}/model"), "the model is asked nothing".into(), help);
        }
        let of_signatures = [
            ("signature", self.signature.is_some()),
            ("fields", self.fields.is_some()),
            ("strategy", self.strategy.is_some()),
        ];
        for (key, _) in of_signatures.into_iter().filter(|(_, is_set)| asked_prompts && *is_set) {
            let problem = format!("`{key}` means nothing beside `prompt`");
            fault(&format!("{pointer}/{key}"), problem, "keep `prompt`, or ask by a `signature`");
        }
        faults
    }
}
