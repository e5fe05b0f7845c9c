//! `evenhand signature show` and `check`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Global, SignatureCommand};
use super::print;
use crate::error::Result;
use crate::prompt::Compiled;
use crate::signature::{Field, ScaleKind, Spec, open_file};
use crate::suite::Exit;
use crate::suite::config::load_or_default;
use crate::suite::files::pretty;
use crate::suite::prompt_text::{chosen_demos, messages};
use crate::suite::signatures;

pub(super) fn signature(global: &Global, command: &SignatureCommand) -> Result<Exit> {
    match command {
        SignatureCommand::Show { name, json } => show(global, name, *json),
        SignatureCommand::Check { files } => check(files),
    }
}

fn show(global: &Global, name: &str, as_json: bool) -> Result<Exit> {
    // A file is named from where the command runs, not from where evenhand.toml lies.
    let is_file = Path::new(name).exists() && name.to_lowercase().ends_with(".toml");
    let spec = if is_file {
        open_file(Path::new(name))?
    } else {
        signatures::find(name, &load_or_default(&global.folders())?)?
    };
    let compiled = Compiled::new(spec.clone())?;
    let text = if as_json { shown_as_json(&spec, &compiled)? } else { shown(&spec, &compiled)? };
    print(&text)?;
    Ok(Exit::Success)
}

fn shown_as_json(spec: &Spec, compiled: &Compiled) -> Result<String> {
    let whole = json!({
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
    pretty(&whole)
}

fn shown(spec: &Spec, compiled: &Compiled) -> Result<String> {
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
    }
    if let Some(pair) = &spec.pair {
        let ([first, second], [one, other]) = (&pair.inputs, &pair.verdicts);
        let _ = writeln!(text, "\npair, asked about in both orders");
        let _ = writeln!(text, "  {first} and {second} change places, {one} and {other} are turned around");
        let _ = writeln!(text, "  where the orders disagree: {}", pair.undecided());
    }
    let _ = write!(text, "\nschema of the answer\n{}", pretty(&spec.output_schema())?);
    let _ = writeln!(text, "\nprompt, the part that is the same for every record");
    text.push_str(&messages(compiled.stable()));
    text.push_str(&chosen_demos(compiled));
    Ok(text)
}

fn fields(text: &mut String, title: &str, fields: &[Field]) {
    let _ = writeln!(text, "\n{title}");
    for field in fields {
        let optional = if field.required { "" } else { ", may be left out" };
        let _ = writeln!(text, "  {} ({}{optional}): {}", field.name, field.type_text(), field.description);
    }
}

/// Checks every file, and reports all faults of all of them.
fn check(files: &[PathBuf]) -> Result<Exit> {
    let mut exit = Exit::Success;
    for file in files {
        match open_file(file).and_then(Compiled::new) {
            Ok(compiled) => {
                let Spec { inputs, outputs, demos, nearest_demos, pair, .. } = compiled.spec();
                let shown = nearest_demos.map_or_else(String::new, |nearest| {
                    format!(", of which each record is shown {}", nearest.show)
                });
                let pair = if pair.is_some() { "; a pair, in both orders" } else { "" };
                print(&format!(
                    "{}: fine ({} inputs, {} outputs, {} demos{shown}{pair})\n",
                    file.display(),
                    inputs.len(),
                    outputs.len(),
                    demos.len()
                ))?;
            }
            Err(error) => {
                eprintln!("{error:#}\n");
                exit = Exit::Usage;
            }
        }
    }
    Ok(exit)
}
