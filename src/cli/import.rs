//! `evenhand import`: a project from another tool's tests.

use super::args::{ImportArgs, ImportCommand};
use super::print;
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::import::{Partial, promptfoo};

pub(super) fn import(command: &ImportCommand) -> Result<Exit> {
    let ImportCommand::Promptfoo(args) = command;
    let imported = promptfoo(&args.file)?;
    let written = imported.write(&args.to, partial(args))?;
    for file in &written.files {
        print(&format!("wrote {}\n", file.display()))?;
    }
    for line in &written.missing {
        eprintln!("not carried over: {line}");
    }
    let suites = written.suites.join(", ");
    print(&format!("\n{} records; suites: {suites}\nNext: evenhand run\n", written.records))?;
    Ok(Exit::Success)
}

fn partial(args: &ImportArgs) -> Partial {
    if args.allow_partial { Partial::Written } else { Partial::Refused }
}
