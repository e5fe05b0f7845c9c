//! The rows as records.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::criteria::{Criterion, Kind};
use super::outputs::Outputs;
use super::rows::Row;
use super::source::Source;
use super::template::{Template, Variable};
use super::written::Inputs;

/// Rows that could be filled in, and what was found of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) lines: Vec<Value>,
    /// By id, what the service found.
    pub(super) found: Vec<(String, Row)>,
    /// By id, the outputs that are known.
    pub(super) outputs: Vec<(String, String)>,
    /// Inputs that are empty in a record.
    pub(super) blank: BTreeSet<String>,
}

/// The texts that checks look at, other than the output: each is a field of its own.
pub(super) fn graded(criteria: &[Criterion]) -> Vec<Template> {
    let mut all: Vec<Template> = Vec::new();
    for criterion in criteria {
        if let Kind::Check(check) = &criterion.kind
            && !check.graded.is_output()
            && !all.contains(&check.graded)
        {
            all.push(check.graded.clone());
        }
    }
    all
}

/// The field of such a text.
pub(super) fn graded_field(number: usize) -> String {
    if number == 0 { "graded".to_owned() } else { format!("graded_{}", number + 1) }
}

/// The inputs of all judges, by name.
pub(super) fn inputs(criteria: &[Criterion]) -> Inputs {
    let mut inputs = Inputs::new();
    for criterion in criteria {
        let Kind::Judge(judge) = &criterion.kind else { continue };
        for variable in judge.shown.variables() {
            if !inputs.contains_key(variable) {
                let name = name(variable, &inputs);
                inputs.insert(variable.clone(), name);
            }
        }
    }
    inputs
}

fn name(variable: &Variable, inputs: &Inputs) -> String {
    if variable.is_output() {
        return "output".to_owned();
    }
    let plain: String =
        variable.name().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let taken = |name: &String| inputs.values().any(|other| other == name);
    let others = (2..).map(|number| format!("{plain}_{number}"));
    std::iter::once(plain.clone()).chain(others).find(|name| !taken(name)).unwrap_or(plain)
}

/// The rows. One that cannot be filled in is noted as missing, and is no record.
pub(super) fn records(
    source: &mut Source,
    rows: &[Row],
    criteria: &[Criterion],
    inputs: &Inputs,
    outputs: &Outputs,
) -> Records {
    let mut all = Records::default();
    let graded = graded(criteria);
    for (number, row) in rows.iter().enumerate() {
        let id = format!("item-{}", number + 1);
        match record(&id, row, criteria, &graded, inputs, outputs) {
            Ok(record) => {
                let texts = record.get("vars").and_then(Value::as_object).into_iter().flatten();
                let blank = texts.filter(|(_, text)| text.as_str().is_some_and(is_blank));
                all.blank.extend(blank.map(|(name, _)| name.clone()));
                all.found.push((id.clone(), row.clone()));
                if let Some(output) = &row.output {
                    if is_blank(output) {
                        all.blank.insert("output".to_owned());
                    }
                    all.outputs.push((id, output.clone()));
                }
                all.lines.push(record);
            }
            Err((part, what)) => source.miss(&row.place, &part, what),
        }
    }
    all
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn record(
    id: &str,
    row: &Row,
    criteria: &[Criterion],
    graded: &[Template],
    inputs: &Inputs,
    outputs: &Outputs,
) -> Result<Value, (String, String)> {
    let mut record = Map::new();
    record.insert("id".to_owned(), json!(id));
    record.insert("item".to_owned(), row.item.clone());
    let of = |part: &str| {
        let part = part.to_owned();
        move |what: String| (part, what)
    };
    if let Outputs::Model { prompt, .. } = outputs {
        record.insert("prompt".to_owned(), json!(prompt.fill(row).map_err(of("prompt"))?));
    }
    if let (Outputs::InRows, Some(output)) = (outputs, &row.output) {
        record.insert("output".to_owned(), json!(output));
    }
    for (number, template) in graded.iter().enumerate() {
        record.insert(graded_field(number), json!(template.fill(row).map_err(of("the graded text"))?));
    }
    let (mut expected, mut vars) = (Map::new(), Map::new());
    for criterion in criteria {
        let fault = of(&criterion.part);
        match &criterion.kind {
            Kind::Check(check) => {
                if let Some(template) = &check.expected {
                    let text = template.fill(row).map_err(fault)?;
                    let is_exact = check.table.get("kind") == Some(&json!("exact"));
                    expected
                        .insert(criterion.key.clone(), if is_exact { json!(text) } else { json!([text]) });
                }
            }
            Kind::Judge(judge) => {
                for variable in judge.shown.variables().filter(|variable| !variable.is_output()) {
                    let Some(name) = inputs.get(variable) else { continue };
                    let text = variable.text(row).map_err(of(&criterion.part))?;
                    vars.insert(name.clone(), json!(text));
                }
            }
        }
    }
    for (key, of) in [("expected", expected), ("vars", vars)] {
        if !of.is_empty() {
            record.insert(key.to_owned(), Value::Object(of));
        }
    }
    if let Some(error) = &row.error {
        record.insert("error".to_owned(), json!(error));
    }
    Ok(Value::Object(record))
}
