//! Outputs kept from earlier, and written down as they come.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// Outputs by their key: a hash of everything that decides them.
///
/// Its file is a file of outputs too: a suite can join it by id.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    kept: HashMap<String, Kept>,
    file: File,
}

/// One line of a shelf's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The record's id.
    pub id: String,
    /// Which of the record's repeats it is of, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub repeat: u32,
    /// The output's key.
    pub key: String,
    /// The output.
    pub output: Value,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// What it cost, in US dollars, where the subject told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_first(repeat: &u32) -> bool {
    *repeat == 0
}

impl Shelf {
    /// Opens a shelf's file, or starts one. Lines that are not whole are passed over.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(path: &Path) -> Result<Self> {
        let unusable = |source: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot keep outputs in {}: {source}", path.display()))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).open(path).map_err(unusable)?;
        let mut kept = HashMap::new();
        let mut whole = true;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line.map_err(unusable)?;
            let read = serde_json::from_slice::<Kept>(&line);
            whole = read.is_ok() || line.is_empty();
            if let Ok(output) = read {
                kept.insert(output.key.clone(), output);
            }
        }
        if !whole {
            // A killed run left half a line: what follows stands on a line of its own.
            file.write_all(b"\n").map_err(unusable)?;
        }
        Ok(Self { path: path.to_owned(), inner: Mutex::new(Inner { kept, file }) })
    }

    /// The output of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<Kept> {
        self.lock().kept.get(key).cloned()
    }

    /// Writes an output down. It is in the file when this returns.
    ///
    /// # Errors
    /// The disk refused it.
    pub fn keep(&self, output: Kept) -> Result<()> {
        let mut line = serde_json::to_vec(&output).map_err(|source| {
            Error::new(ErrorKind::Internal, "an output cannot be written as JSON").caused_by(source)
        })?;
        line.push(b'\n');
        let mut inner = self.lock();
        inner.file.write_all(&line).map_err(|source| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {source}", self.path.display()))
                .help("make room on the disk")
        })?;
        inner.kept.insert(output.key.clone(), output);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn output(key: &str) -> Kept {
        Kept {
            id: "a".into(),
            repeat: 0,
            key: key.into(),
            output: json!("text"),
            took_ms: 1.0,
            cost_usd: None,
        }
    }

    #[test]
    fn what_is_kept_is_found_after_half_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/outputs.jsonl");
        Shelf::open(&path).unwrap().keep(output("one")).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"id\":\"b\",\"ke").unwrap();
        Shelf::open(&path).unwrap().keep(output("two")).unwrap();
        let shelf = Shelf::open(&path).unwrap();
        assert_eq!(shelf.find("one"), Some(output("one")));
        assert_eq!(shelf.find("two"), Some(output("two")));
        assert_eq!(shelf.find("b"), None);
    }
}
