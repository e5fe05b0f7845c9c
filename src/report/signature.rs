//! A signature as text and JSON: what its author wrote, and the prompt that comes of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::formatting::count_of;
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::{Compiled, Message};
use crate::signature::{Field, Rubric, ScaleKind, Spec};

/// A signature as one JSON value.
#[must_use]
pub(crate) fn signature_json(compiled: &Compiled) -> Value {
    let spec = compiled.spec();
    let mut whole = json!({
        "name": spec.name,
        "instruction": spec.instruction,
        "inputs": spec.input_schema(),
        "outputs": spec.output_schema(),
        "scale": spec.scale,
        "rubric": spec.rubric,
        "pair": spec.pair,
        "demos": spec.demos,
        "nearest_demos": spec.nearest_demos,
        "messages": compiled.stable(),
        "fingerprint": compiled.fingerprint(),
    });
    if let (true, Some(whole)) = (spec.by_claims, whole.as_object_mut()) {
        whole.insert("by_claims".into(), true.into());
    }
    whole
}

/// A signature with its prompt.
///
/// # Errors
/// The schema of its answer cannot be written as JSON.
pub(crate) fn signature_text(compiled: &Compiled) -> Result<String> {
    let spec = compiled.spec();
    let mut text = format!("signature {}\nfingerprint {}\n", spec.name, compiled.fingerprint());
    fields(&mut text, "inputs", &spec.inputs);
    fields(&mut text, "outputs", &spec.outputs);
    if let Some(scale) = &spec.scale {
        let worth = match &scale.kind {
            ScaleKind::Numeric { min, max, .. } => format!("{min} is 0, {max} is 1"),
            ScaleKind::Labels(labels) => {
                let labels: Vec<String> = labels
                    .iter()
                    .map(|label| match label.value {
                        Some(value) => format!("{} is {value}", label.name),
                        None => format!("{} has no score", label.name),
                    })
                    .collect();
                labels.join(", ")
            }
        };
        let _ = writeln!(text, "\nscore\n  {}: {worth}", scale.field);
        if spec.by_claims {
            let _ = writeln!(
                text,
                "  by claims: the share of those that are supported, with a quote that stands in `source`"
            );
        }
    }
    if let Some(pair) = &spec.pair {
        let ([first, second], [one, other]) = (&pair.inputs, &pair.verdicts);
        let _ = writeln!(text, "\npair, asked about in both orders");
        let _ = writeln!(text, "  {first} and {second} change places, {one} and {other} are turned around");
        let _ = writeln!(text, "  where the orders disagree: {}", pair.undecided());
    }
    if spec.rubric.as_ref().is_some_and(Rubric::has_rule) {
        let _ = writeln!(text, "\nrubric, asked about criterion by criterion");
        by_criterion(&mut text, spec)?;
    } else {
        asked(&mut text, "prompt", compiled)?;
    }
    Ok(text)
}

/// What is asked about each criterion.
fn by_criterion(text: &mut String, spec: &Spec) -> Result<()> {
    let criteria = spec.rubric.iter().flat_map(|rubric| &rubric.criteria);
    for (index, criterion) in criteria.enumerate() {
        if let Some(one) = spec.criterion(index) {
            asked(text, &format!("prompt for {}", criterion.name), &Compiled::new(one)?)?;
        }
    }
    Ok(())
}

/// The schema of the answer and the prompt.
fn asked(text: &mut String, what: &str, compiled: &Compiled) -> Result<()> {
    let schema = pretty_json(&compiled.spec().output_schema())?;
    let _ = write!(text, "\nschema of the answer\n{schema}");
    let _ = writeln!(text, "\n{what}, the part that is the same for every record");
    text.push_str(&messages_text(compiled.stable()));
    text.push_str(&chosen_demos_text(compiled));
    Ok(())
}

fn fields(text: &mut String, title: &str, fields: &[Field]) {
    let _ = writeln!(text, "\n{title}");
    for field in fields {
        let optional = if field.required { "" } else { ", may be left out" };
        let _ = writeln!(text, "  {} ({}{optional}): {}", field.name, field.type_text(), field.description);
    }
}

/// Messages as they are sent, each under its role.
#[must_use]
pub(crate) fn messages_text(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages {
        let _ = writeln!(text, "--- {} ---\n{}", message.role.name(), message.content);
    }
    text
}

/// Which demos are shown where they are chosen for each record; nothing where they are not.
#[must_use]
pub(crate) fn chosen_demos_text(compiled: &Compiled) -> String {
    let pool = compiled.pool().count() / 2;
    let nearest = compiled.spec().nearest_demos;
    nearest.map_or_else(String::new, |nearest| format!("--- {} ---\n", nearest.in_words(pool)))
}

/// JSON for people: over several lines, with a newline at the end.
///
/// # Errors
/// It cannot be written as JSON.
pub(crate) fn pretty_json(value: &Value) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|source| Error::new(ErrorKind::Internal, "cannot be written as JSON").caused_by(source))
}

/// What a signature has, on one line: for a file that is fine.
#[must_use]
pub(crate) fn signature_line(compiled: &Compiled) -> String {
    let Spec { inputs, outputs, demos, nearest_demos, pair, .. } = compiled.spec();
    let shown = nearest_demos
        .map_or_else(String::new, |nearest| format!(", of which each record is shown {}", nearest.show));
    let pair = if pair.is_some() { "; a pair, in both orders" } else { "" };
    let inputs = count_of(inputs.len() as u64, "input");
    let outputs = count_of(outputs.len() as u64, "output");
    let demos = count_of(demos.len() as u64, "demo");
    format!("{inputs}, {outputs}, {demos}{shown}{pair}")
}
