//! The commands that only show: `evenhand signature`, `evenhand prompt` (exactly what would be sent)
//! and `evenhand schema`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{Global, PromptArgs, SchemaOf, SignatureCommand};
use super::print;
use crate::error::Result;
use crate::report::{
    BenchReport, Report, messages_text, pretty_json, signature_json, signature_line, signature_text,
};
use crate::suite::config::{ConfigFile, load, load_or_default};
use crate::suite::judges::Suite;
use crate::suite::requests::Asking;
use crate::suite::signatures::{Listed, all, compiled, compiled_file};
use crate::suite::{Exit, Question, RunOptions, SignatureFile, schema_of};

pub(super) fn signature(global: &Global, command: &SignatureCommand) -> Result<Exit> {
    match command {
        SignatureCommand::List => list(global),
        SignatureCommand::Show { name, json } => show(global, name, *json),
        SignatureCommand::Check { files } => check(files),
    }
}

fn list(global: &Global) -> Result<Exit> {
    for Listed { name, place, instruction } in all(&load_or_default(&global.folders())?) {
        print(&format!("{name:<21} {place}: {instruction}\n"))?;
    }
    Ok(Exit::Success)
}

fn show(global: &Global, name: &str, as_json: bool) -> Result<Exit> {
    // A file is named from where the command runs, not from where evenhand.toml lies.
    let is_file = Path::new(name).exists() && name.to_lowercase().ends_with(".toml");
    let compiled = if is_file {
        compiled_file(Path::new(name))?
    } else {
        compiled(name, &load_or_default(&global.folders())?)?
    };
    print(&if as_json { pretty_json(&signature_json(&compiled))? } else { signature_text(&compiled)? })?;
    Ok(Exit::Success)
}

/// Checks every file, and reports all faults of all of them.
fn check(files: &[PathBuf]) -> Result<Exit> {
    let mut exit = Exit::Success;
    for file in files {
        match compiled_file(file) {
            Ok(compiled) => print(&format!("{}: fine ({})\n", file.display(), signature_line(&compiled)))?,
            Err(error) => {
                eprintln!("{error:#}\n");
                exit = Exit::Usage;
            }
        }
    }
    Ok(exit)
}

pub(super) async fn prompt(global: &Global, args: &PromptArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, &config)?;
    suite.overridden(&RunOptions { model: args.model.clone(), ..RunOptions::default() }, &config)?;
    let mut asking = Asking::new(&suite, &config, args.model.as_deref(), args.reading)?;
    let inputs = asking.inputs(&suite, &config, args.record.as_deref()).await?;
    for question in asking.questions(&inputs)? {
        let body = asking.decision_body(&question);
        print(&if args.json { as_json(&question, body)? } else { as_text(&question, body.as_ref())? })?;
    }
    Ok(Exit::Success)
}

fn as_text(Question { request, order, .. }: &Question, body: Option<&Value>) -> Result<String> {
    let mut text = order.map_or_else(String::new, |order| format!("=== order {order} ===\n"));
    if let Some(body) = body {
        text += &format!("--- body ---\n{}--- key {} ---\n", pretty_json(body)?, request.key().0);
        return Ok(text);
    }
    text += &messages_text(&request.messages);
    if let Some(weigh) = &request.weigh {
        text += &format!("--- weighed after {} ---\n{}\n", weigh.opening, weigh.candidates.join("\n"));
    } else if let Some(format) = &request.format {
        text += &format!("--- schema of the answer ---\n{}", pretty_json(&format.schema)?);
    }
    text += &format!("--- key {} ---\n", request.key().0);
    Ok(text)
}

fn as_json(Question { request, order, .. }: &Question, body: Option<Value>) -> Result<String> {
    let mut whole = json!({
        "key": request.key(),
        "messages": request.messages,
        "stable_messages": request.stable,
        "schema": request.format.as_ref().map(|format| &*format.schema),
        "parameters": request.parameters,
        "weigh": request.weigh,
    });
    if let (Some(whole), Some(body)) = (whole.as_object_mut(), body) {
        whole.insert("body".into(), body);
    }
    if let (Some(whole), Some(order)) = (whole.as_object_mut(), *order) {
        whole.insert("order".into(), order.into());
    }
    pretty_json(&whole)
}

pub(super) fn schema(of: SchemaOf) -> Result<Exit> {
    let schema = match of {
        SchemaOf::Config => schema_of::<ConfigFile>(),
        SchemaOf::Signature => schema_of::<SignatureFile>(),
        SchemaOf::Report => schema_of::<Report>(),
        SchemaOf::Bench => schema_of::<BenchReport<'static>>(),
    };
    print(&pretty_json(&schema)?)?;
    Ok(Exit::Success)
}
