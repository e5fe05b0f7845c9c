//! A run's journal: its head in one file, one JSON line an outcome in another.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::earlier::{Earlier, each_line, last_lines};
use super::outcome::Outcome;
use crate::error::{Error, ErrorKind, Result};

/// What a run is: written before its first call, and held against a resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// The version of the journal's format.
    pub format: u32,
    /// The suite.
    pub suite: String,
    /// The model that judges.
    pub model: String,
    /// The judge's fingerprint: prompt, reading, parameters.
    pub judge: String,
    /// A hash of the dataset's bytes.
    pub dataset: String,
    /// A hash of the judged outputs' bytes, where they are a file, or of what produces them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<String>,
    /// The filters and the limit, and how records become questions.
    pub selection: String,
    /// How often each record is taken.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub repeats: u32,
}

const fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_once(repeats: &u32) -> bool {
    *repeats == once()
}

impl RunHead {
    /// The version this code writes.
    pub const FORMAT: u32 = 1;

    /// What differs from another head, in words.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let pairs = [
            ("the format of the journal", self.format == other.format),
            ("the suite", self.suite == other.suite),
            ("the model", self.model == other.model),
            ("the judge (prompt, reading or parameters)", self.judge == other.judge),
            ("the dataset", self.dataset == other.dataset),
            ("the outputs", self.outputs == other.outputs),
            ("the number of repeats", self.repeats == other.repeats),
            (
                "what is asked of which records (filters, limit, fields, label, outputs)",
                self.selection == other.selection,
            ),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

/// One line of a journal.
pub type JournalLine = Outcome;

/// A run's folder: `run.json`, `journal.jsonl`, `replies.jsonl`.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: File,
    /// The last line's bytes, for their room.
    line: Vec<u8>,
}

impl Journal {
    /// Starts a run's folder.
    ///
    /// # Errors
    /// The folder or its files cannot be written, or there is a run in it already.
    pub fn start(folder: &Path, head: &RunHead) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| unwritable(folder, &source))?;
        let journal = Self::append(folder)?;
        let path = folder.join("run.json");
        if path.exists() {
            let detail = format!("there is a run in {} already", folder.display());
            return Err(Error::new(ErrorKind::Journal, detail));
        }
        let text = serde_json::to_string_pretty(head).map_err(|source| {
            Error::new(ErrorKind::Internal, "a run's head cannot be written").caused_by(source)
        })?;
        // Whole or not at all: a head that was cut off could never be resumed.
        let half = folder.join("run.json.half");
        fs::write(&half, text)
            .and_then(|()| fs::rename(&half, &path))
            .map_err(|source| unwritable(&path, &source))?;
        Ok(journal)
    }

    /// Continues a run: drops a last line that was cut off, and reads which records are settled for good,
    /// by what `stays` says of their outcomes.
    ///
    /// # Errors
    /// There is no run, it is another one, or its journal cannot be read.
    pub fn resume(
        folder: &Path,
        head: &RunHead,
        stays: impl FnMut(&Outcome) -> bool,
    ) -> Result<(Self, Earlier)> {
        let before = Self::head(folder)?;
        let differences = head.differences(&before);
        if !differences.is_empty() {
            let detail = format!(
                "{} cannot be resumed: since then, {} changed",
                folder.display(),
                differences.join(" and ")
            );
            return Err(Error::new(ErrorKind::Journal, detail).help("start anew, without --resume"));
        }
        // It is locked before it is read: until then another process may add to it.
        let journal = Self::append(folder)?;
        let path = folder.join("journal.jsonl");
        let earlier = Earlier::read(&path, stays)?;
        journal.file.set_len(earlier.whole).map_err(|source| unwritable(&path, &source))?;
        Ok((journal, earlier))
    }

    /// A run's head.
    ///
    /// # Errors
    /// There is none, or it is not one.
    pub fn head(folder: &Path) -> Result<RunHead> {
        let path = folder.join("run.json");
        let text = fs::read_to_string(&path).map_err(|source| {
            Error::new(ErrorKind::Journal, format!("there is no run in {}: {source}", folder.display()))
        })?;
        serde_json::from_str(&text).map_err(|source| {
            Error::new(ErrorKind::Journal, format!("{} is not a run's head: {source}", path.display()))
        })
    }

    /// The outcomes of a run, each record's once, in the journal's order: see [`each`](Self::each).
    ///
    /// # Errors
    /// The journal cannot be read, or a line before the last is broken.
    pub fn read(folder: &Path) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        Self::each(folder, |outcome| outcomes.push(outcome))?;
        Ok(outcomes)
    }

    /// Gives a run's outcomes one by one, in the journal's order. Of a record that was judged again the last one
    /// counts, and it alone is given. A last line that was cut off is left out. Memory holds a hash of each id.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn each(folder: &Path, mut take: impl FnMut(Outcome)) -> Result<()> {
        let path = folder.join("journal.jsonl");
        let last = last_lines(&path);
        let line = |number, outcome: Outcome| {
            if last.is_last(&outcome.id, number) {
                take(outcome);
            }
            Ok(())
        };
        each_line(&path, line).map(drop)
    }

    fn append(folder: &Path) -> Result<Self> {
        let path = folder.join("journal.jsonl");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|source| unwritable(&path, &source))?;
        lock(&file, folder)?;
        Ok(Self { folder: folder.to_owned(), file, line: Vec::new() })
    }

    /// The run's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes one outcome. It is in the file when this returns.
    ///
    /// # Errors
    /// The disk refused it.
    pub fn write(&mut self, outcome: &Outcome) -> Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, outcome).map_err(|source| {
            Error::new(ErrorKind::Internal, "an outcome cannot be written as JSON").caused_by(source)
        })?;
        self.line.push(b'\n');
        self.file
            .write_all(&self.line)
            .map_err(|source| unwritable(&self.folder.join("journal.jsonl"), &source))
    }
}

/// Keeps other processes off this run. The system gives the lock up when this
/// process ends, however it ends.
fn lock(file: &File, folder: &Path) -> Result<()> {
    // Any other answer is a file system's without locks: two runs on one journal cannot be seen there.
    let Err(TryLockError::WouldBlock) = file.try_lock() else {
        return Ok(());
    };
    let detail = format!("another evenhand is at work on {}", folder.display());
    Err(Error::new(ErrorKind::Journal, detail)
        .help("wait for its end; or start a run of its own, without --resume"))
}

fn unwritable(path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        .help("make room or set `--state-dir` to a folder that can be written")
}
