//! Produced outputs: what came of producing one, where it is kept for later runs, and when it is stale.

use std::collections::HashMap;
use std::fs;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ask::{Attempt, Reason, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Entry, Kind, Store, StoreKey};

/// An output that was produced, or why there is none.
#[derive(Clone, Debug)]
pub struct Production {
    /// The output. A subject that fails leaves its record without a score, for its own reason.
    pub output: Result<Value, Unscored>,
    /// How it came about.
    pub trace: Trace,
}

/// How an output came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How long the subject took, in milliseconds; for a kept output, when it was produced.
    pub took_ms: f64,
    /// What the subject says it cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Whether the output was kept from an earlier time, and nothing was run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// What a command wrote to its standard error: the end of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What the user should know about how it came about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The calls of a model that is the subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}

/// Outputs by their key: a hash of everything that decides them.
///
/// Its file is a file of outputs too: a suite can join it by id.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
    inner: Mutex<ShelfState>,
}

#[derive(Debug)]
struct ShelfState {
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

/// A model's output, once each shelf has it. It is of a subject, by its fingerprint, and of a record's repeat.
pub(super) fn written_down(
    shelves: &[Arc<Shelf>],
    (subject, id, repeat): (&str, &str, u32),
    output: Value,
    took_ms: f64,
) -> Result<Value, Unscored> {
    let of = json!([subject, id, repeat, output]);
    let key = blake3::hash(of.to_string().as_bytes()).to_hex().to_string();
    for shelf in shelves.iter().filter(|shelf| shelf.find(&key).is_none()) {
        let (id, key, output) = (id.to_owned(), key.clone(), output.clone());
        let kept = Kept { id, repeat, key, output, took_ms, cost_usd: None };
        shelf.keep(kept).map_err(|error| Unscored::new(Reason::Subject, error.to_string()))?;
    }
    Ok(output)
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
        Ok(Self { path: path.to_owned(), inner: Mutex::new(ShelfState { kept, file }) })
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

    fn lock(&self) -> std::sync::MutexGuard<'_, ShelfState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shared store, as a command uses it.
#[derive(Clone, Debug)]
pub struct OutputCache {
    /// The store.
    pub store: Arc<Store>,
    /// Whether what is in it is used; new outputs are kept either way.
    pub reads: bool,
}

impl OutputCache {
    /// The output of a key. A store that cannot be read has none: the command is run.
    pub(super) fn find(&self, key: &str) -> Option<Kept> {
        if !self.reads {
            return None;
        }
        let bytes = self.store.get(&store_key(key)).ok().flatten()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps an output for later runs. Where that fails nothing is lost: the
    /// run's own file has it.
    pub(super) async fn keep(&self, output: &Kept, source: &str) {
        let Ok(body) = serde_json::to_vec(output) else {
            return;
        };
        let entry = Entry {
            key: store_key(&output.key),
            kind: Kind::Output,
            source: source.to_owned(),
            record: Some(output.id.clone()),
            parts: Vec::new(),
            body,
        };
        let _ = self.store.put(entry).await;
    }
}

/// An output's key, apart from the keys of replies.
fn store_key(key: &str) -> StoreKey {
    StoreKey(*blake3::hash(format!("output {key}").as_bytes()).as_bytes())
}

/// A hash of the paths and bytes of files and whole folders, 64 hex digits.
///
/// # Errors
/// One of them cannot be read.
pub(super) fn fingerprint(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|source| unreadable(path, &source))?;
    }
    files.sort();
    files.dedup();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|source| unreadable(&file, &source))?;
        hasher.update(file.to_string_lossy().as_bytes());
        hasher.update(&[0]);
        hasher.update(blake3::hash(&bytes).as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

fn unreadable(path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read {}: {source}", path.display()))
        .help("it is watched by the suite's outputs: `watch`, or a file the command names")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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

    #[test]
    fn a_changed_byte_in_a_folder_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("prompts");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("a.txt"), "one").unwrap();
        let paths = [folder.path().to_owned()];
        let before = fingerprint(&paths).unwrap();
        assert_eq!(fingerprint(&paths).unwrap(), before);
        fs::write(inner.join("a.txt"), "two").unwrap();
        assert_ne!(fingerprint(&paths).unwrap(), before);
        assert!(fingerprint(&[folder.path().join("missing")]).is_err());
    }
}
