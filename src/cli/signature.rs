//! `evenhand signature show` and `check`.

use std::path::{Path, PathBuf};

use super::args::{Global, SignatureCommand};
use super::print;
use crate::error::Result;
use crate::report::{pretty_json, signature_json, signature_line, signature_text};
use crate::suite::Exit;
use crate::suite::config::load_or_default;
use crate::suite::signatures::{compiled, compiled_file};

pub(super) fn signature(global: &Global, command: &SignatureCommand) -> Result<Exit> {
    match command {
        SignatureCommand::Show { name, json } => show(global, name, *json),
        SignatureCommand::Check { files } => check(files),
    }
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
