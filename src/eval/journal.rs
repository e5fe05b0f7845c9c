//! A run's journal: its head in one file, one JSON line an outcome in another, and what it settled earlier.

use std::collections::BTreeMap;
use std::fs;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::data::{IdLines, IdSet};
use crate::error::{Error, ErrorKind, Result};

/// What an earlier part of a run has settled. It holds hashes of the ids, not the outcomes.
#[derive(Debug, Default)]
pub struct Earlier {
    path: PathBuf,
    settled: IdSet,
    /// Records that are judged again.
    open: IdSet,
    /// Of records with several lines, the line that counts.
    last: IdLines,
    /// How many bytes of the journal are whole lines.
    pub(super) whole: u64,
}

impl Earlier {
    /// Reads a journal through. `stays` says of an outcome whether its record is settled for good; of several
    /// lines for one record the last counts.
    ///
    /// # Errors
    /// The journal cannot be read, or a line before the last is broken.
    pub(super) fn read(path: &Path, mut stays: impl FnMut(&Outcome) -> bool) -> Result<Self> {
        let mut earlier = Self { path: path.to_owned(), ..Self::default() };
        let whole = each_line(path, |line, outcome| {
            earlier.note(line, &outcome.id, stays(&outcome));
            Ok(())
        })?;
        Ok(Self { whole, ..earlier })
    }

    fn note(&mut self, line: u64, id: &str, stays: bool) {
        let (into, from) =
            if stays { (&mut self.settled, &mut self.open) } else { (&mut self.open, &mut self.settled) };
        let was_elsewhere = from.remove(id);
        if !into.insert(id) || was_elsewhere {
            self.last.insert(id, line);
        }
    }

    /// The ids of the records that are settled for good.
    #[must_use]
    pub fn settled(&self) -> &IdSet {
        &self.settled
    }

    /// The same, without a copy.
    #[must_use]
    pub fn into_settled(self) -> IdSet {
        self.settled
    }

    /// Gives the outcomes that count and stay to `take`, each record's once, in the journal's order.
    ///
    /// # Errors
    /// The journal cannot be read any more, or `take` fails.
    pub fn each(&self, mut take: impl FnMut(Outcome) -> Result<()>) -> Result<()> {
        let counts = |line, outcome: &Outcome| {
            self.settled.contains(&outcome.id) && self.last.is_last(&outcome.id, line)
        };
        each_line(&self.path, |line, outcome| if counts(line, &outcome) { take(outcome) } else { Ok(()) })
            .map(drop)
    }

    /// Gives all outcomes of the records that are judged again to `take`, earlier ones included.
    ///
    /// # Errors
    /// The journal cannot be read any more.
    pub fn each_open(&self, mut take: impl FnMut(&Outcome)) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let open = |_, outcome: Outcome| {
            if self.open.contains(&outcome.id) {
                take(&outcome);
            }
            Ok(())
        };
        each_line(&self.path, open).map(drop)
    }
}

/// A line of which nothing is wanted but its id.
#[derive(Deserialize)]
struct Identified {
    id: String,
}

/// Of the records with several lines in a journal, the last one. What cannot be read is left to
/// [`each_line`] to name.
pub(crate) fn last_lines(path: &Path) -> IdLines {
    let (mut seen, mut last) = (IdSet::default(), IdLines::default());
    let note = |line, bytes: &[u8]| {
        if let Ok(Identified { id }) = serde_json::from_slice(bytes)
            && !seen.insert(&id)
        {
            last.insert(&id, line);
        }
        Ok(())
    };
    // As far as it can be read.
    let _ = whole_lines(path, note);
    last
}

/// Gives every whole line's number and outcome to `take`, and the bytes that they take together. A last
/// line that was cut off is left out.
pub(super) fn each_line(path: &Path, mut take: impl FnMut(u64, Outcome) -> Result<()>) -> Result<u64> {
    whole_lines(path, |number, line| {
        let outcome = serde_json::from_slice(line)
            .map_err(|error| unreadable(path, &format!("line {number}: {error}")))?;
        take(number, outcome)
    })
}

fn whole_lines(path: &Path, mut take: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<u64> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unreadable(path, &error.to_string())),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let (mut whole, mut number) = (0, 0);
    loop {
        line.clear();
        let length =
            reader.read_until(b'\n', &mut line).map_err(|error| unreadable(path, &error.to_string()))?;
        number += 1;
        if length == 0 || !line.ends_with(b"\n") {
            return Ok(whole);
        }
        take(number, &line)?;
        whole += length as u64;
    }
}

fn unreadable(path: &Path, detail: &str) -> Error {
    Error::new(ErrorKind::Journal, format!("{}: {detail}", path.display()))
}

/// What a run is: written before its first call, and held against a resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// The version of the journal's format.
    pub format: u32,
    /// The suite.
    pub suite: String,
    /// The model that judges; of several, all their names.
    pub model: String,
    /// The model of each judge, by the judge's name, where they ask several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judges: BTreeMap<String, String>,
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
    /// The strategy of all judges, as the command line takes it, where it was not the suite's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The routes that the command line named, by the judge's name, where they were not the judges' own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routes: BTreeMap<String, String>,
}

const fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_once(repeats: &u32) -> bool {
    *repeats == once()
}

impl RunHead {
    /// The version that is written of a run with one model.
    pub const FORMAT: u32 = 1;
    /// The version that is written of a run with several: its attempts say which was asked.
    pub const SEVERAL_MODELS: u32 = 2;

    /// What differs from another head, in words.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let pairs = [
            ("the format of the journal", self.format == other.format),
            ("the suite", self.suite == other.suite),
            ("the model", self.model == other.model && self.judges == other.judges),
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;
    use crate::eval::{Journal, Settled};
    use crate::number::{real, to_usize};

    /// A journal in a folder of its own: of each line the record, whether it has a score, and its number.
    fn journal(lines: &[(&str, bool)]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        let mut file = File::create(folder.path().join("journal.jsonl")).unwrap();
        for (number, (id, scored)) in lines.iter().enumerate() {
            let result = if *scored {
                json!({"scored": {"value": 1.0, "label": "yes"}})
            } else {
                json!({"unscored": {"reason": "transport", "detail": "no reply"}})
            };
            let line = json!({"id": id, "index": 0, "model": "m", "reading": "text", "result": result,
                "attempts": [], "elapsed_ms": real(number)});
            writeln!(file, "{line}").unwrap();
        }
        folder
    }

    /// Every sequence of one to four lines, each with a score or without.
    fn sequences() -> Vec<Vec<bool>> {
        (1..=4)
            .flat_map(|length| {
                (0..1_u32 << length).map(move |bits| (0..length).map(|bit| bits >> bit & 1 == 1).collect())
            })
            .collect()
    }

    fn read(folder: &Path) -> Earlier {
        Earlier::read(&folder.join("journal.jsonl"), |outcome| matches!(outcome.result, Settled::Scored(_)))
            .unwrap()
    }

    /// What a reader was given: the record and the line's number.
    fn told(outcomes: &[Outcome]) -> Vec<(String, usize)> {
        outcomes.iter().map(|outcome| (outcome.id.clone(), to_usize(outcome.elapsed_ms))).collect()
    }

    #[test]
    fn of_several_lines_in_any_order_the_last_alone_counts() {
        for a in sequences() {
            for b in [vec![true], vec![false, true], vec![true, false], vec![true, true]] {
                // The lines of the two records in turn, and one record after the other.
                let mut lines: Vec<(&str, bool)> = Vec::new();
                for place in 0..4 {
                    lines.extend(a.get(place).map(|scored| ("a", *scored)));
                    lines.extend(b.get(place).map(|scored| ("b", *scored)));
                }
                let folder = journal(&lines);
                let last = |id: &str| lines.iter().rposition(|line| line.0 == id).unwrap();
                let mut expected = vec![("a".to_owned(), last("a")), ("b".to_owned(), last("b"))];
                expected.sort_by_key(|one| one.1);
                assert_eq!(told(&Journal::read(folder.path()).unwrap()), expected, "{lines:?}");

                let earlier = read(folder.path());
                let mut given = Vec::new();
                earlier
                    .each(|outcome| {
                        given.push(outcome);
                        Ok(())
                    })
                    .unwrap();
                expected.retain(|one| lines[one.1].1);
                assert_eq!(told(&given), expected, "{lines:?}");
                for id in ["a", "b"] {
                    assert_eq!(earlier.settled().contains(id), lines[last(id)].1, "{id} of {lines:?}");
                }
            }
        }
    }

    #[test]
    fn of_records_that_are_judged_again_every_line_is_given() {
        let lines = [("a", false), ("b", false), ("a", true), ("c", false), ("b", true), ("b", false)];
        let folder = journal(&lines);
        let mut given = Vec::new();
        read(folder.path()).each_open(|outcome| given.push(outcome.clone())).unwrap();
        let places: Vec<usize> = told(&given).into_iter().map(|one| one.1).collect();
        assert_eq!(places, [1, 3, 4, 5]);
    }
}
