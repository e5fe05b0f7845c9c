//! What an earlier part of a run has settled, read from its journal line by line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::outcome::Outcome;
use crate::data::IdSet;
use crate::error::{Error, ErrorKind, Result};

/// What an earlier part of a run has settled. It holds the ids, not the outcomes.
#[derive(Debug, Default)]
pub struct Earlier {
    path: PathBuf,
    settled: IdSet,
    /// Records that were settled twice, with the line that counts.
    twice: HashMap<String, u64>,
    /// How many bytes of the journal are whole lines.
    pub(super) whole: u64,
}

impl Earlier {
    /// Reads a journal through. `stays` says of an outcome whether its record is settled for good; of two
    /// lines for one record the later counts.
    ///
    /// # Errors
    /// The journal cannot be read, or a line before the last is broken.
    pub(super) fn read(path: &Path, mut stays: impl FnMut(&Outcome) -> bool) -> Result<Self> {
        let mut earlier = Self { path: path.to_owned(), ..Self::default() };
        let (settled, twice) = (&mut earlier.settled, &mut earlier.twice);
        earlier.whole = each_line(path, |line, outcome| {
            if !stays(&outcome) {
                settled.remove(&outcome.id);
            } else if !settled.insert(&outcome.id) {
                twice.insert(outcome.id, line);
            }
            Ok(())
        })?;
        Ok(earlier)
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

    /// Gives the outcomes that count and stay to `take`, in the journal's order.
    ///
    /// # Errors
    /// The journal cannot be read any more, or `take` fails.
    pub fn each(&self, mut take: impl FnMut(Outcome) -> Result<()>) -> Result<()> {
        let counts = |line: u64, outcome: &Outcome| {
            self.settled.contains(&outcome.id) && self.twice.get(&outcome.id).is_none_or(|last| *last == line)
        };
        each_line(&self.path, |line, outcome| if counts(line, &outcome) { take(outcome) } else { Ok(()) })
            .map(drop)
    }
}

/// Gives every whole line's number and outcome to `take`, and the bytes that they take together. A last
/// line that was cut off is left out.
pub(super) fn each_line(path: &Path, mut take: impl FnMut(u64, Outcome) -> Result<()>) -> Result<u64> {
    let unreadable = |detail: String| Error::new(ErrorKind::Journal, format!("{}: {detail}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let (mut whole, mut number) = (0, 0);
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(|error| unreadable(error.to_string()))?;
        number += 1;
        if length == 0 || !line.ends_with(b"\n") {
            return Ok(whole);
        }
        let outcome =
            serde_json::from_slice(&line).map_err(|error| unreadable(format!("line {number}: {error}")))?;
        take(number, outcome)?;
        whole += length as u64;
    }
}
