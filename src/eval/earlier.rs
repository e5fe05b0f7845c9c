//! What an earlier part of a run has settled, read from its journal line by line.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

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
pub(super) fn last_lines(path: &Path) -> IdLines {
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;
    use crate::eval::{Journal, Settled};

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
                "attempts": [], "elapsed_ms": f64::from(u32::try_from(number).unwrap())});
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
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
        outcomes.iter().map(|outcome| (outcome.id.clone(), outcome.elapsed_ms as usize)).collect()
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
