//! A run's numbers beside its journal, so that a report of it needs neither its suite nor a model.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use crate::error::{Error, ErrorKind, Result};
use crate::summary::Summary;

/// The version this code writes.
const FORMAT: u32 = 1;

/// The name of the file in a run's folder.
const NAME: &str = "summary.json";

/// How a run ended, and its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SummaryFile {
    format: u32,
    /// How it ended: complete, interrupted, `stopped_early`, unfinished.
    pub(crate) ended: String,
    /// Its exit code.
    pub(crate) exit_code: Option<u8>,
    /// The score from which on a record without a label passes.
    pub(crate) pass_at: f64,
    pub(crate) summary: Summary,
}

impl SummaryFile {
    pub(crate) fn new(ended: &str, exit: Option<Exit>, pass_at: Option<f64>, summary: Summary) -> Self {
        let exit_code = exit.map(|exit| exit as u8);
        Self { format: FORMAT, ended: ended.to_owned(), exit_code, pass_at: pass_at.unwrap_or(0.5), summary }
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self).map_err(|source| {
            Error::new(ErrorKind::Internal, "a summary cannot be written as JSON").caused_by(source)
        })?;
        fs::write(&path, text + "\n")
            .map_err(|source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display())))
    }

    /// The file of a run; none of one that did not come to its end.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(NAME)).ok()?;
        serde_json::from_str(&text).ok().filter(|file: &Self| file.format == FORMAT)
    }

    /// Removes the numbers of a run that is gone on with: until its end they are wrong.
    pub(crate) fn forget(folder: &Path) {
        // Where there is none, there is nothing to forget.
        let _ = fs::remove_file(folder.join(NAME));
    }
}
