//! `evenhand import`: a project from another tool's tests.

use super::import_args::{ImportArgs, ImportCommand};
use super::print;
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::import::{Partial, inspect, openai_evals, promptfoo};

pub(super) fn import(command: &ImportCommand) -> Result<Exit> {
    let (args, imported) = match command {
        ImportCommand::Promptfoo(args) => (args, promptfoo(&args.file, &args.to)?),
        ImportCommand::OpenaiEvals(args) => {
            let read = openai_evals(&args.import.file, args.data.as_deref(), args.run.as_deref())?;
            (&args.import, read)
        }
        ImportCommand::Inspect(args) => (args, inspect(&args.file)?),
    };
    let written = imported.write(&args.to, partial(args))?;
    for file in &written.files {
        print(&format!("wrote {}\n", file.display()))?;
    }
    for line in &written.missing {
        eprintln!("not carried over: {line}");
    }
    let named = |kind: &str, names: &[String]| match names {
        [] => String::new(),
        names => format!("; {kind}: {}", names.join(", ")),
    };
    let (suites, scores) = (named("suites", &written.suites), named("scores", &written.scores));
    print(&format!("\n{} records{suites}{scores}\n", written.records))?;
    for note in &written.notes {
        print(&format!("First: {note}\n"))?;
    }
    let next = if written.suites.is_empty() { "evenhand score --suite NAME" } else { "evenhand run" };
    print(&format!("Next: {next}\n"))?;
    Ok(Exit::Success)
}

fn partial(args: &ImportArgs) -> Partial {
    if args.allow_partial { Partial::Written } else { Partial::Refused }
}
