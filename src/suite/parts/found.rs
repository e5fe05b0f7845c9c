//! The parts in a folder: run folders, and files of results.

use std::fs;
use std::path::{Path, PathBuf};

use super::line;
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

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The parts, sorted by their paths.
    pub(super) parts: Vec<Part>,
    /// Files that could be parts by their names, and hold something else.
    pub(super) left_out: Vec<PathBuf>,
}

/// Whether a path is no run itself, but holds parts of one.
pub(crate) fn has_parts(path: &Path) -> bool {
    !path.join("run.json").exists() && parts(path).is_ok_and(|found| !found.parts.is_empty())
}

/// The parts in a folder and in the folders in it; of a file that file. Results are lines of JSON, in files that end in
/// `.jsonl` or `.json`.
///
/// What begins with `_` or `.` is no part: engines write their marks and half-written files under such names.
pub(super) fn parts(path: &Path) -> Result<Found> {
    if path.is_file() {
        return Ok(Found { parts: vec![Part::File(path.to_owned())], left_out: Vec::new() });
    }
    let mut found = Found::default();
    collect(path, &mut found)?;
    found.parts.sort();
    found.left_out.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Found) -> Result<()> {
    if folder.join("run.json").exists() {
        found.parts.push(Part::Run(folder.to_owned()));
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
                collect(&path, found)?;
            }
        } else if !name.starts_with(['_', '.']) && is_lines(&path) {
            if line::begins_with_outcome(&path)? {
                found.parts.push(Part::File(path));
            } else {
                found.left_out.push(path);
            }
        }
    }
    Ok(())
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl" || ending == "json")
}
