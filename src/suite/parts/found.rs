//! The parts in a folder: run folders, and files of results.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A run's folder.
    Run(PathBuf),
    /// A file with a result a line.
    File(PathBuf),
}

impl Part {
    /// The file with its results.
    pub(super) fn file(&self) -> PathBuf {
        match self {
            Self::Run(folder) => folder.join("journal.jsonl"),
            Self::File(file) => file.clone(),
        }
    }
}

/// Whether a path is no run itself, but holds parts of one.
pub(crate) fn has_parts(path: &Path) -> bool {
    !path.join("run.json").exists() && parts(path).is_ok_and(|parts| !parts.is_empty())
}

/// The parts in a folder and in the folders in it, sorted by their paths; of a file that file.
///
/// What begins with `_` or `.` is no part: engines write their marks and half-written files under such names.
pub(super) fn parts(path: &Path) -> Result<Vec<Part>> {
    if path.is_file() {
        return Ok(vec![Part::File(path.to_owned())]);
    }
    let mut parts = Vec::new();
    collect(path, &mut parts)?;
    parts.sort();
    Ok(parts)
}

fn collect(folder: &Path, parts: &mut Vec<Part>) -> Result<()> {
    if folder.join("run.json").exists() {
        parts.push(Part::Run(folder.to_owned()));
        return Ok(());
    }
    let unreadable =
        |source| Error::new(ErrorKind::Io, format!("cannot read {}: {source}", folder.display()));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            // A state folder is often called .evenhand.
            if !name.starts_with('_') {
                collect(&path, parts)?;
            }
        } else if !name.starts_with(['_', '.']) && is_results(&path) {
            parts.push(Part::File(path));
        }
    }
    Ok(())
}

fn is_results(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl" || ending == "json")
}
