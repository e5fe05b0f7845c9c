//! Where the outputs come from that are graded.

use serde_json::{Map, Value, json};

use super::super::project::Draft;
use super::criteria::{Criterion, Kind};
use super::models::{self, Messages};
use super::rows::Row;
use super::source::Source;
use super::template::{Template, Variable};
use super::written::literal;

/// Where outputs come from.
#[derive(Clone, Debug)]
pub(super) enum Outputs {
    /// No criterion looks at one.
    Unused,
    /// Each row has one.
    InRows,
    /// Some rows have one.
    InFile,
    /// A model makes them of this prompt.
    Model { table: Map<String, Value>, instruction: Option<String>, prompt: Template },
    /// The user writes them to a file.
    Unknown,
}

/// The file of outputs.
pub(super) const FILE: &str = "outputs/openai.jsonl";

impl Outputs {
    /// Finds out where they come from. What cannot be carried over is noted.
    pub(super) fn of(
        source: &mut Source,
        run: Option<&(String, Value)>,
        rows: &[Row],
        criteria: &[Criterion],
    ) -> Self {
        let with = rows.iter().filter(|row| row.output.is_some()).count();
        if !criteria.iter().any(needs_output) {
            return Self::Unused;
        }
        if with > 0 {
            return if with == rows.len() { Self::InRows } else { Self::InFile };
        }
        let (place, made) = match run {
            Some((name, run)) => (name.clone(), model(run)),
            None => {
                (source.name.clone(), Err("no row has an output, and no run says what makes them".to_owned()))
            }
        };
        made.unwrap_or_else(|fault| {
            source.miss(&place, "outputs", format!("{fault}; outputs are read from {FILE}, which you write"));
            Self::Unknown
        })
    }

    /// Whether outputs are there only once the project runs.
    pub(super) fn come_later(&self) -> bool {
        matches!(self, Self::Model { .. } | Self::Unknown)
    }

    /// The suite's key `outputs`.
    pub(super) fn table(&self) -> Option<Value> {
        match self {
            Self::Unused | Self::InRows => None,
            Self::InFile | Self::Unknown => Some(json!({ "file": FILE, "into": "output" })),
            Self::Model { .. } => {
                Some(json!({ "model": "subject", "signature": "prompt", "into": "output" }))
            }
        }
    }

    /// Writes the files that the outputs come from.
    pub(super) fn write(&self, draft: &mut Draft, outputs: &[(String, String)]) {
        match self {
            Self::Unused | Self::InRows | Self::Unknown => {}
            Self::InFile => {
                let lines = outputs
                    .iter()
                    .map(|(id, output)| json!({ "id": id, "output": output }).to_string() + "\n");
                draft.file(FILE.to_owned(), lines.collect());
            }
            Self::Model { table, instruction, .. } => {
                draft.model("subject", table);
                draft.asks_prompts();
                if let Some(instruction) = instruction {
                    let text = format!(
                        "=== system ===\n{}\n\nPut the whole answer, as a text, into the field \"output\" of one JSON object.\n\
                         === user ===\n{{{{ raw.prompt }}}}\n",
                        literal(instruction)
                    );
                    draft.file("signatures/prompt.jinja".to_owned(), text);
                }
            }
        }
    }
}

/// Whether a criterion looks at an output.
pub(super) fn needs_output(criterion: &Criterion) -> bool {
    match &criterion.kind {
        Kind::Check(check) => {
            check.graded.needs_output() || check.expected.as_ref().is_some_and(Template::needs_output)
        }
        Kind::Judge(judge) => judge.shown.needs_output(),
    }
}

/// What of a criterion needs more of an output than its text, which is all that is known of one that comes later.
pub(super) fn needs_more(criterion: &Criterion) -> Option<String> {
    let more = |template: &Template| {
        template.variables().find(|variable| variable.of_sample && !variable.is_output()).map(Variable::name)
    };
    match &criterion.kind {
        Kind::Check(check) => {
            let whole = (!check.graded.is_output())
                .then(|| check.graded.variables().find(|it| it.of_sample))
                .flatten();
            let expected = check.expected.iter().flat_map(Template::variables).find(|it| it.of_sample);
            whole.or(expected).map(Variable::name)
        }
        Kind::Judge(judge) => more(&judge.shown),
    }
}

/// The model of a run.
fn model(run: &Value) -> Result<Outputs, String> {
    let source = run.get("data_source").unwrap_or(&Value::Null);
    let name = source.get("model").and_then(Value::as_str).ok_or("the run names no model")?;
    let table = models::model(name, source.get("sampling_params"))?;
    let input = source.get("input_messages").unwrap_or(&Value::Null);
    let list = input
        .get("template")
        .and_then(Value::as_array)
        .ok_or("the run's `input_messages` are no template")?;
    let Messages { instruction, shown, count } = models::messages(list)?;
    if count != 1 {
        return Err(
            "the run's messages are more than one beside those that are the same for every row".to_owned()
        );
    }
    if shown.needs_output() {
        return Err("the run's messages refer to `sample`".to_owned());
    }
    Ok(Outputs::Model { table, instruction, prompt: shown })
}
