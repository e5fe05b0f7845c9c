//! Where each record's outcome stands in the parts. Memory holds about 200 bytes a record, and no outcome.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::PathBuf;

use serde_json::json;

use super::found::Part;
use super::line;
use crate::data::short_hash;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Outcome, last_lines};
use crate::judge::Attempt;

/// Where an outcome stands, and what it says, as a hash.
#[derive(Clone, Copy, Debug)]
struct Entry {
    part: u32,
    start: u64,
    /// The place of its record: in its part at first, in the dataset where that is known.
    place: u64,
    /// What was found, without times and calls.
    found: [u8; 16],
    /// Which of two that found the same is taken, whatever the order of the parts: who paid for its replies comes first.
    preference: (u32, [u8; 16]),
}

/// The outcomes of all parts, each record's once.
#[derive(Debug, Default)]
pub(super) struct Index {
    files: Vec<PathBuf>,
    entries: HashMap<[u8; 16], Entry>,
    /// Outcomes that another part has too.
    pub(super) twice: u64,
}

impl Index {
    /// Reads all parts through. `look` sees every outcome, with its part.
    pub(super) fn read(parts: &[Part], mut look: impl FnMut(&Outcome, &Part) -> Result<()>) -> Result<Self> {
        let mut index = Self { files: parts.iter().map(Part::file).collect(), ..Self::default() };
        for (number, part) in (0_u32..).zip(parts) {
            // Of a record that a resumed run judged again the last line counts.
            let last = matches!(part, Part::Run(_)).then(|| last_lines(&part.file())).unwrap_or_default();
            line::each(&part.file(), |line, start, text, outcome| {
                if !last.is_last(&outcome.id, line) {
                    return Ok(());
                }
                look(&outcome, part)?;
                index.add(number, start, text, &outcome)
            })?;
        }
        Ok(index)
    }

    /// How many records have an outcome.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn add(&mut self, number: u32, start: u64, text: &[u8], outcome: &Outcome) -> Result<()> {
        let is_cached = |attempt: &&Attempt| attempt.response.as_ref().is_some_and(|reply| reply.cached);
        let cached = outcome.attempts.iter().filter(is_cached).count();
        let cached = u32::try_from(cached).unwrap_or(u32::MAX);
        let entry = Entry {
            part: number,
            start,
            place: outcome.index,
            found: found(outcome),
            preference: (cached, short(text)),
        };
        let key = short_hash(&outcome.id);
        let Some(earlier) = self.entries.get(&key).copied() else {
            self.entries.insert(key, entry);
            return Ok(());
        };
        if earlier.found != entry.found {
            return Err(self.contradiction(&outcome.id, earlier.part, number));
        }
        self.twice += 1;
        if entry.preference < earlier.preference {
            self.entries.insert(key, entry);
        }
        Ok(())
    }

    fn contradiction(&self, id: &str, one: u32, other: u32) -> Error {
        let file = |number: u32| self.files.get(number as usize).map(|file| file.display().to_string());
        let (one, other) = (file(one).unwrap_or_default(), file(other).unwrap_or_default());
        let detail = format!("record {id} has two different outcomes, in {one} and in {other}");
        Error::new(ErrorKind::Journal, detail)
            .help("a record is judged by one worker; take the part that is wrong out of the folder")
    }

    /// Puts the records in the order of a dataset, if all of them are in it.
    pub(super) fn order_by<'a>(&mut self, ids: impl IntoIterator<Item = impl AsRef<str> + 'a>) {
        let mut listed: HashMap<[u8; 16], u64> = HashMap::with_capacity(self.entries.len());
        for (place, id) in (0..).zip(ids) {
            let key = short_hash(id.as_ref());
            if self.entries.contains_key(&key) {
                listed.insert(key, place);
            }
        }
        if listed.len() == self.entries.len() {
            for (key, entry) in &mut self.entries {
                entry.place = listed.get(key).copied().unwrap_or(entry.place);
            }
        }
    }

    /// Gives every record's outcome to `take`, in one order whatever the order of the parts. Its index is its place in
    /// that order.
    pub(super) fn each(&self, mut take: impl FnMut(Outcome)) -> Result<()> {
        let mut order: Vec<(u64, [u8; 16])> =
            self.entries.iter().map(|(key, entry)| (entry.place, *key)).collect();
        order.sort_unstable();
        let open =
            |path: &PathBuf| File::open(path).map(BufReader::new).map_err(|source| changed(path, &source));
        let mut files = self.files.iter().map(|path| Ok((path, open(path)?))).collect::<Result<Vec<_>>>()?;
        let mut text = Vec::new();
        for (index, (_, key)) in (0..).zip(order) {
            let Some(entry) = self.entries.get(&key) else { continue };
            let Some((path, file)) = files.get_mut(entry.part as usize) else { continue };
            text.clear();
            file.seek(SeekFrom::Start(entry.start))
                .and_then(|_| file.read_until(b'\n', &mut text))
                .map_err(|source| changed(path, &source))?;
            let outcome = line::outcome(&text).map_err(|source| changed(path, &source.into()))?;
            take(Outcome { index, ..outcome });
        }
        Ok(())
    }
}

fn changed(path: &std::path::Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read {} any more: {source}", path.display()))
        .help("sum parts up when their workers have ended")
}

/// What was found out about a record, as a hash: all but its place, its calls and its times.
fn found(outcome: &Outcome) -> [u8; 16] {
    let Outcome { id, tags, model, reading, calibration, expected, group, checks, orders, result, .. } =
        outcome;
    let text =
        json!([id, tags, model, reading, calibration, expected, group, checks, orders, result]).to_string();
    short(text.as_bytes())
}

fn short(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut short);
    short
}
