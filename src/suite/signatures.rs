//! Finding a signature by name: a file, one in `signatures/`, or a bundled one.

use std::path::{Path, PathBuf};

use super::config::Config;
use crate::document::Document;
use crate::error::{ErrorKind, Result};
use crate::prompt::Compiled;
use crate::signature::{SignatureFile, Spec, all_bundled, named, unknown};

/// The signature of this name. A project's own file wins over a bundled one.
pub(crate) fn find(name: &str, config: &Config) -> Result<Spec> {
    match file(name, config) {
        Some(path) => Spec::open(path),
        None => {
            named(name).cloned().ok_or_else(|| unknown(name, stems(&config.path(Path::new("signatures")))))
        }
    }
}

/// Hashes of the ids of the records that a signature's principles were learned from.
pub(crate) fn learned_from(name: &str, config: &Config) -> Result<Vec<String>> {
    let Some(file) = file(name, config) else { return Ok(Vec::new()) };
    let document = Document::<SignatureFile>::open(&file, ErrorKind::Signature)?;
    Ok(document.content.tuned.map(|tuned| tuned.learned_from).unwrap_or_default())
}

/// The file of a signature; none of a bundled one.
fn file(name: &str, config: &Config) -> Option<PathBuf> {
    if name.contains(['/', '\\']) || name.to_lowercase().ends_with(".toml") {
        return Some(config.path(Path::new(name)));
    }
    let folder = config.path(Path::new("signatures"));
    let own = [name.to_owned(), name.replace('_', "-"), name.replace('-', "_")]
        .map(|stem| folder.join(format!("{stem}.toml")));
    own.into_iter().find(|path| path.exists())
}

/// The same, with its prompt.
pub(crate) fn compiled(name: &str, config: &Config) -> Result<Compiled> {
    Compiled::new(find(name, config)?)
}

/// The signature in a file, with its prompt. The path is relative to the process's folder.
pub(crate) fn compiled_file(file: &Path) -> Result<Compiled> {
    Compiled::new(Spec::open(file)?)
}

/// A signature that a suite can name.
pub(crate) struct Listed {
    pub(crate) name: String,
    /// Its file, or `bundled`.
    pub(crate) place: String,
    /// The first line of its instruction, or that its file has faults.
    pub(crate) instruction: String,
}

/// Every signature that a suite can name: the project's own, then the bundled ones that none of them replaces.
pub(crate) fn all(config: &Config) -> Vec<Listed> {
    let folder = config.path(Path::new("signatures"));
    let mut own = stems(&folder);
    own.sort();
    let bundled = all_bundled()
        .iter()
        .filter(|spec| !own.iter().any(|stem| stem.replace('-', "_") == spec.name))
        .map(|spec| listed(spec.name.clone(), "bundled".into(), Ok(spec.clone())));
    let own = own.iter().map(|stem| {
        let file = folder.join(format!("{stem}.toml"));
        listed(stem.clone(), file.display().to_string(), Spec::open(&file))
    });
    own.chain(bundled).collect()
}

fn listed(name: String, place: String, spec: Result<Spec>) -> Listed {
    let instruction = match spec {
        Ok(spec) => spec.instruction.lines().next().unwrap_or_default().to_owned(),
        Err(_) => format!("has faults; see `evenhand signature check {place}`"),
    };
    Listed { name, place, instruction }
}

fn stems(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_signature = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    files
        .filter(is_signature)
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect()
}
