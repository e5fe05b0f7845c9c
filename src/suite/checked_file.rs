//! What `evenhand check` found, beside the run it is about.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::runs::to_file;
use super::shell::Exit;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::Checked;

/// The name of the file in a run's folder.
const NAME: &str = "check.json";

/// What a check found, and its exit code.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CheckedFile {
    pub(crate) exit_code: u8,
    pub(crate) checked: Checked,
}

/// Keeps what a check found of a run.
pub(crate) fn write(folder: &Path, checked: &Checked, exit: Exit) -> Result<()> {
    let file = CheckedFile { exit_code: exit as u8, checked: checked.clone() };
    let text = serde_json::to_string_pretty(&file).map_err(|source| {
        Error::new(ErrorKind::Internal, "what was checked cannot be written as JSON").caused_by(source)
    })?;
    to_file(&folder.join(NAME), &(text + "\n"))
}

/// What a check found of a run, if it was checked.
pub(crate) fn read(folder: &Path) -> Option<CheckedFile> {
    let text = fs::read_to_string(folder.join(NAME)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Removes what was found of a run that is gone on with.
pub(crate) fn forget(folder: &Path) {
    // Where there is nothing, there is nothing to forget.
    let _ = fs::remove_file(folder.join(NAME));
}
