//! The replies that a run has already, found in its file when they are wanted.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::recording::Recorded;
use super::request::Key;
use super::response::Response;
use crate::error::{Error, ErrorKind, Result};

/// The replies of one file, of which memory holds 16 bytes each: where they stand.
#[derive(Debug)]
pub struct KeptReplies {
    path: PathBuf,
    file: Mutex<BufReader<File>>,
    /// Sorted by the key's first half, then by the place.
    places: Vec<LineOffset>,
    models: Models,
    /// The bytes and the lines that were read.
    end: u64,
    lines: u64,
}

/// Whose replies a file holds.
#[derive(Debug, Default)]
enum Models {
    #[default]
    None,
    One(String),
    Several,
}

impl Models {
    fn see(&mut self, model: &str) {
        match self {
            Self::None => *self = Self::One(model.to_owned()),
            Self::One(only) if only != model => *self = Self::Several,
            Self::One(_) | Self::Several => {}
        }
    }
}

/// The first 64 bits of a key, and the byte at which the reply's line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LineOffset {
    short: u64,
    start: u64,
}

/// A line of which nothing is wanted but its key and who replied.
#[derive(Deserialize)]
struct Keyed<'a> {
    key: Key,
    #[serde(borrow)]
    model: Cow<'a, str>,
}

impl KeptReplies {
    /// Reads a run's replies through, but for those of some requests: these will be asked again. A last
    /// line that was cut off is left out; of two lines with the same key the later counts.
    ///
    /// # Errors
    /// The file cannot be read, or another line than the last is not a recorded reply.
    pub fn open(path: &Path, without: &HashSet<Key>) -> Result<Self> {
        let refused = |source: std::io::Error| unusable(path, &source.to_string());
        let file = Mutex::new(BufReader::new(File::open(path).map_err(refused)?));
        let mut kept = Self {
            path: path.to_owned(),
            file,
            places: Vec::new(),
            models: Models::default(),
            end: 0,
            lines: 0,
        };
        kept.read_on(without)?;
        Ok(kept)
    }

    /// Reads what was added to the file since it was read last, up to its last whole line.
    pub(super) fn read_on(&mut self, without: &HashSet<Key>) -> Result<()> {
        let Self { path, file, places, models, end, lines } = self;
        let refused = |source: std::io::Error| unusable(path, &source.to_string());
        let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(*end)).map_err(refused)?;
        let (mut line, before) = (Vec::new(), places.len());
        loop {
            line.clear();
            let length = file.read_until(b'\n', &mut line).map_err(refused)?;
            if length == 0 || !line.ends_with(b"\n") {
                break;
            }
            *lines += 1;
            if !line.trim_ascii().is_empty() {
                let keyed: Keyed<'_> = serde_json::from_slice(&line).map_err(|source| {
                    unusable(path, &format!("line {lines} is not a recorded reply: {source}"))
                })?;
                models.see(&keyed.model);
                if !without.contains(&keyed.key) {
                    places.push(LineOffset { short: short(&keyed.key), start: *end });
                }
            }
            *end += length as u64;
        }
        if places.len() > before {
            places.sort_unstable();
        }
        Ok(())
    }

    /// How many bytes of the file were read.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// A model's reply under a key; of a file that holds one model's replies alone, whatever its name. A reply that
    /// cannot be read any more is asked for again.
    pub(super) fn find(&self, model: &str, key: &Key) -> Option<Response> {
        let short = short(key);
        let first = self.places.partition_point(|place| place.short < short);
        let end = self.places.partition_point(|place| place.short <= short);
        // Of two lines with one key the later counts.
        let lines = self.places.get(first..end)?.iter().rev();
        lines
            .filter_map(|place| self.read(place.start))
            .find(|kept| kept.key == *key && self.is_by(kept, model))
            .map(|kept| kept.response)
    }

    /// The reply of the model of this name, also of a file that holds one model's replies alone.
    pub(super) fn find_by(&self, model: &str, key: &Key) -> Option<Response> {
        let is_other = matches!(&self.models, Models::One(only) if only != model);
        if is_other { None } else { self.find(model, key) }
    }

    fn is_by(&self, kept: &Recorded, model: &str) -> bool {
        !matches!(self.models, Models::Several) || kept.model == model
    }

    /// Gives every reply to `take`, in the order of the file.
    ///
    /// # Errors
    /// The file cannot be read any more, or `take` fails.
    pub fn each(&self, mut take: impl FnMut(Recorded) -> Result<()>) -> Result<()> {
        let mut starts: Vec<u64> = self.places.iter().map(|place| place.start).collect();
        starts.sort_unstable();
        starts.into_iter().try_for_each(|start| {
            let recorded = self.read(start).ok_or_else(|| unusable(&self.path, "it changed meanwhile"))?;
            take(recorded)
        })
    }

    fn read(&self, start: u64) -> Option<Recorded> {
        let mut line = Vec::new();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start)).ok()?;
        file.read_until(b'\n', &mut line).ok()?;
        drop(file);
        serde_json::from_slice(&line).ok()
    }
}

/// The first 64 bits of a key; of one that is no hash, all keys that are none have the same.
fn short(key: &Key) -> u64 {
    key.0.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Model, format!("cannot read the replies in {}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RecordedTimes, Recorder, Request};
    use crate::prompt::{Message, Role};

    fn request(text: &str) -> Request {
        Request::new(vec![Message::new(Role::User, text)], 0, None, crate::model::Parameters::default())
    }

    fn reply(text: &str) -> Response {
        Response { text: text.into(), ..Response::default() }
    }

    #[test]
    fn replies_are_found_where_they_stand_and_the_later_counts() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("replies.jsonl");
        let recorder = Recorder::append(&path, RecordedTimes::Keep).unwrap();
        for (question, answer) in [("a", "1"), ("b", "2"), ("c", "3"), ("b", "4")] {
            recorder.write("mock", &request(question), &reply(answer)).unwrap();
        }
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + "{\"key\": \"cut").unwrap();
        let kept = KeptReplies::open(&path, &[request("c").key()].into_iter().collect()).unwrap();
        let found =
            |question: &str| kept.find("another", &request(question).key()).map(|response| response.text);
        assert_eq!(["a", "b", "c", "d"].map(found), [Some("1".into()), Some("4".into()), None, None]);
        let mut all = Vec::new();
        kept.each(|recorded| {
            all.push(recorded.response.text);
            Ok(())
        })
        .unwrap();
        assert_eq!(all, ["1", "2", "4"]);
    }

    #[test]
    fn of_two_models_each_finds_its_own_reply_to_the_same_question() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("replies.jsonl");
        let recorder = Recorder::append(&path, RecordedTimes::Keep).unwrap();
        for (model, answer) in [("one", "1"), ("other", "2"), ("one", "3")] {
            recorder.write(model, &request("a"), &reply(answer)).unwrap();
        }
        let kept = KeptReplies::open(&path, &HashSet::new()).unwrap();
        let found = |model: &str| kept.find(model, &request("a").key()).map(|response| response.text);
        assert_eq!(["one", "other", "third"].map(found), [Some("3".into()), Some("2".into()), None]);
    }
}
