//! The thresholds that labels gave for a cascade, as evenhand.toml names them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::calibration::CascadeFile;
use crate::error::{Error, ErrorKind, Result};

/// The thresholds that evenhand.toml names for a cascade.
#[derive(Clone, Debug)]
pub(crate) struct Thresholds {
    path: PathBuf,
    /// What is stored, or why it cannot be used.
    file: std::result::Result<CascadeFile, String>,
}

impl Thresholds {
    /// Reads them. What is wrong with the file is told when it is needed.
    pub(super) fn open<'s>(path: PathBuf, stages: impl Iterator<Item = &'s str>) -> Self {
        let file = read(&path).and_then(|file| match file.other_stages(stages) {
            Some(changed) => Err(no_longer(&changed)),
            None => Ok(file),
        });
        Self { path, file }
    }

    /// What is stored.
    ///
    /// # Errors
    /// It cannot be read, or is of other stages.
    pub(crate) fn file(&self) -> Result<&CascadeFile> {
        self.file.as_ref().map_err(|problem| unusable(&self.path, problem))
    }

    /// An error that says why they do not hold any more.
    pub(crate) fn no_longer(&self, changed: &str) -> Error {
        unusable(&self.path, &no_longer(changed))
    }
}

/// Reads stored thresholds.
///
/// # Errors
/// They cannot be read.
pub(crate) fn open(path: &Path) -> Result<CascadeFile> {
    read(path).map_err(|problem| unusable(path, &problem))
}

fn read(path: &Path) -> std::result::Result<CascadeFile, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("holds no thresholds: {error}"))
}

fn no_longer(changed: &str) -> String {
    format!("it does not hold any more: {changed}")
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Config, format!("calibration {}: {problem}", path.display())).help(
        "`evenhand calibrate SUITE --cascade --write` makes a new one; `--no-calibration` goes by the stages' own \
         thresholds",
    )
}
