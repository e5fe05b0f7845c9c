//! Finding a signature by name: a file, one in `signatures/`, or a bundled one.

use std::path::{Path, PathBuf};

use super::config::Config;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{GradedRelevance, ProfessionalEmail, Relevance, Trajectory};
use crate::prompt::Compiled;
use crate::signature::{Spec, open_file};

/// The signature of this name. A project's own file wins over a bundled one.
pub(crate) fn find(name: &str, config: &Config) -> Result<Spec> {
    if name.contains(['/', '\\']) || name.to_lowercase().ends_with(".toml") {
        return open_file(&config.path(Path::new(name)));
    }
    let folder = config.path(Path::new("signatures"));
    let own = [name.to_owned(), name.replace('_', "-"), name.replace('-', "_")]
        .map(|stem| folder.join(format!("{stem}.toml")));
    match own.iter().find(|path| path.exists()) {
        Some(path) => open_file(path),
        None => bundled(name).unwrap_or_else(|| Err(unknown(name, &folder))),
    }
}

/// The same, with its prompt.
pub(crate) fn compiled(name: &str, config: &Config) -> Result<Compiled> {
    Compiled::new(find(name, config)?)
}

/// The signature in a file, with its prompt. The path is relative to the process's folder.
pub(crate) fn compiled_file(file: &Path) -> Result<Compiled> {
    Compiled::new(open_file(file)?)
}

const BUNDLED: [&str; 4] = ["relevance", "graded_relevance", "professional_email", "trajectory"];

fn bundled(name: &str) -> Option<Result<Spec>> {
    match name.replace('-', "_").as_str() {
        "relevance" => Some(Spec::of::<Relevance>()),
        "graded_relevance" => Some(Spec::of::<GradedRelevance>()),
        "professional_email" => Some(Spec::of::<ProfessionalEmail>()),
        "trajectory" => Some(Spec::of::<Trajectory>()),
        _ => None,
    }
}

fn unknown(name: &str, folder: &Path) -> Error {
    let mut known: Vec<String> = BUNDLED.map(str::to_owned).into();
    known.extend(stems(folder));
    known.sort();
    known.dedup();
    let help = match closest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("signatures: {}", known.join(", ")),
    };
    Error::new(ErrorKind::Signature, format!("there is no signature `{name}`")).help(help)
}

fn stems(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_signature = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    files
        .filter(is_signature)
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect()
}
