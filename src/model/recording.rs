//! Recorded replies: one JSON line each, found again by the request's key. They can stand for a model, so
//! that continuous integration needs none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::failure::{Failure, FailureKind};
use super::request::{Key, Request};
use super::response::{Response, Timing};
use crate::error::{Error, ErrorKind, Result};

/// One line of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The request's key.
    pub key: Key,
    /// The model that replied.
    pub model: String,
    /// A short hash of each part of the request.
    pub parts: BTreeMap<String, String>,
    /// Whether the reply is a distribution over given answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighed: bool,
    /// The reply.
    pub response: Response,
}

/// The replies of one file, read whole.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    file: String,
    replies: Vec<Recorded>,
    /// By key, the places of its replies: one for each model that replied.
    places: HashMap<Key, Vec<usize>>,
    /// Whose replies it holds.
    models: BTreeSet<String>,
}

impl Recording {
    /// Reads a recording. A last line that was cut off is left out; of two lines of one model with the same key the
    /// later counts.
    ///
    /// # Errors
    /// The file cannot be read, or another line than the last is not a recorded reply.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| {
            Error::new(ErrorKind::Model, format!("cannot open the recorded replies {name}: {source}"))
                .help("record them first: `evenhand run SUITE --record PATH`")
        })?;
        let mut recording = Self { file: name, ..Self::default() };
        let mut lines = BufReader::new(file).split(b'\n').enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            let line = line.map_err(|source| recording.unusable(index, &source.to_string()))?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Recorded>(&line) {
                Ok(recorded) => recording.add(recorded),
                Err(_) if lines.peek().is_none() => break,
                Err(source) => return Err(recording.unusable(index, &source.to_string())),
            }
        }
        Ok(recording)
    }

    fn add(&mut self, recorded: Recorded) {
        let places = self.places.entry(recorded.key.clone()).or_default();
        let is_same =
            |place: &&usize| self.replies.get(**place).is_some_and(|kept| kept.model == recorded.model);
        if let Some(place) = places.iter().find(is_same).copied() {
            if let Some(earlier) = self.replies.get_mut(place) {
                *earlier = recorded;
            }
            return;
        }
        places.push(self.replies.len());
        if !self.models.contains(&recorded.model) {
            self.models.insert(recorded.model.clone());
        }
        self.replies.push(recorded);
    }

    fn unusable(&self, index: usize, problem: &str) -> Error {
        Error::new(
            ErrorKind::Model,
            format!("{} line {} is not a recorded reply: {problem}", self.file, index + 1),
        )
    }

    /// Whether it holds the replies of several models.
    #[must_use]
    pub(super) fn is_of_several(&self) -> bool {
        self.models.len() > 1
    }

    /// The model that replied first.
    #[must_use]
    pub(crate) fn model(&self) -> Option<&str> {
        self.replies.first().map(|recorded| recorded.model.as_str())
    }

    /// Whether its replies are distributions over given answers: those of `model` where one is named and it holds the
    /// replies of several.
    #[must_use]
    pub(crate) fn is_weighed(&self, model: Option<&str>) -> bool {
        let model = model.filter(|_| self.is_of_several());
        let mut own =
            self.replies.iter().filter(|recorded| model.is_none_or(|model| recorded.model == model));
        own.any(|recorded| recorded.weighed)
    }

    /// The reply to a request, if it was recorded: the one by `model` where one is named and the recording holds the
    /// replies of several, and else the only one.
    ///
    /// # Errors
    /// There is none: what differs from the nearest request that was recorded. Or there are several, and no model is
    /// named.
    pub(crate) fn find(&self, request: &Request, model: Option<&str>) -> Result<&Response, Failure> {
        let places = self.places.get(&request.key()).map(Vec::as_slice).unwrap_or_default();
        let mut by_key = places.iter().filter_map(|place| self.replies.get(*place));
        if let Some(model) = model.filter(|_| self.is_of_several()) {
            let own = by_key.find(|recorded| recorded.model == model);
            return own.map(|recorded| &recorded.response).ok_or_else(|| self.miss(request, Some(model)));
        }
        match (by_key.next(), by_key.next()) {
            (Some(only), None) => Ok(&only.response),
            (Some(_), Some(_)) => Err(self.several()),
            (None, _) => Err(self.miss(request, None)),
        }
    }

    /// The failure for a request that several models replied to.
    fn several(&self) -> Failure {
        let models: Vec<&str> = self.models.iter().map(String::as_str).collect();
        let detail =
            format!("{} holds replies of several models to this request: {}", self.file, models.join(", "));
        Failure::new(FailureKind::NotRecorded, detail)
            .remedy("replay the suite with its own models: `evenhand check SUITE --replay`")
    }

    /// The failure for a request that was not recorded: it says what differs
    /// from the recorded request most like it.
    fn miss(&self, request: &Request, model: Option<&str>) -> Failure {
        let parts = request.parts();
        let differing = |recorded: &Recorded| -> Vec<&'static str> {
            let differs = |part: &&(&'static str, String)| recorded.parts.get(part.0) != Some(&part.1);
            let mut names: Vec<&str> = parts.iter().filter(differs).map(|part| part.0).collect();
            // The record's mark hangs on the signature: with another signature every record differs.
            if names.iter().any(|name| ["system", "demos", "schema"].contains(name)) {
                names.retain(|name| *name != "record");
            }
            names
        };
        let own = self.replies.iter().filter(|recorded| model.is_none_or(|model| recorded.model == model));
        let (number, by) =
            (own.clone().count(), model.map(|model| format!(" by {model}")).unwrap_or_default());
        let nearest = own.map(differing).min_by_key(|names| (names.len(), names.join(",")));
        let detail = match nearest {
            Some(names) => format!(
                "this request is not among the {number} recorded replies{by} of {}; the nearest differs in: {}",
                self.file,
                names.join(", ")
            ),
            None => format!("{} holds no recorded replies{by}", self.file),
        };
        Failure::new(FailureKind::NotRecorded, detail)
            .remedy("record again: `evenhand run SUITE --record PATH`")
    }
}

/// A line as it is written: a [`Recorded`] of borrowed parts.
#[derive(Serialize)]
struct Line<'a> {
    key: &'a Key,
    model: &'a str,
    parts: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    weighed: bool,
    response: Cow<'a, Response>,
}

/// Whether a recorder keeps the times of the replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedTimes {
    /// Kept: for a run's own log.
    Keep,
    /// Left out, so that recording again gives the same lines.
    Drop,
}

/// Writes replies as they come, each line flushed before the call returns.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    times: RecordedTimes,
    file: Mutex<File>,
}

impl Recorder {
    /// Starts a new recording, or continues one: a last line that was cut off
    /// is dropped, or the next reply would become a part of it.
    ///
    /// # Errors
    /// The file or its folder cannot be made, or the file cannot be read.
    pub fn append(path: &Path, times: RecordedTimes) -> Result<Self> {
        let refused = |source: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(refused)?;
        }
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(refused)?;
        let whole = whole_lines(&mut file).map_err(refused)?;
        if whole < file.metadata().map_err(refused)?.len() {
            file.set_len(whole).map_err(refused)?;
        }
        Ok(Self { path: path.to_owned(), times, file: Mutex::new(file) })
    }

    /// Starts a new recording in place of any that is there.
    ///
    /// # Errors
    /// As [`Recorder::append`].
    pub fn create(path: &Path, times: RecordedTimes) -> Result<Self> {
        let recorder = Self::append(path, times)?;
        let file = recorder.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.set_len(0).map_err(|source| {
            Error::new(ErrorKind::Io, format!("cannot empty {}: {source}", path.display()))
        })?;
        drop(file);
        Ok(recorder)
    }

    /// Writes one reply.
    ///
    /// # Errors
    /// The disk refused it: then the run must not go on as if it were kept.
    pub fn write(&self, model: &str, request: &Request, response: &Response) -> Result<()> {
        let (key, parts) = (request.key(), request.parts());
        self.write_under(&key, model, &parts, request.gives_probabilities(), response)
    }

    /// The same, where the request's key and its parts' hashes are known already.
    pub(super) fn write_under(
        &self,
        key: &Key,
        model: &str,
        parts: &[(&'static str, String)],
        weighed: bool,
        response: &Response,
    ) -> Result<()> {
        let parts = parts.iter().map(|(name, hash)| (*name, hash.as_str())).collect();
        self.line(&Line { key, model, parts, weighed, response: self.timeless(response) })
    }

    /// Writes a reply that was recorded elsewhere.
    ///
    /// # Errors
    /// As [`Recorder::write`].
    pub fn copy_one(&self, recorded: &Recorded) -> Result<()> {
        let parts = recorded.parts.iter().map(|(name, hash)| (name.as_str(), hash.as_str())).collect();
        self.line(&Line {
            key: &recorded.key,
            model: &recorded.model,
            parts,
            weighed: recorded.weighed,
            response: self.timeless(&recorded.response),
        })
    }

    /// The reply as it is written.
    fn timeless<'a>(&self, response: &'a Response) -> Cow<'a, Response> {
        if self.times == RecordedTimes::Keep {
            return Cow::Borrowed(response);
        }
        let timing = Timing::default();
        Cow::Owned(Response { timing, retries: 0, cached: false, ..response.clone() })
    }

    fn line(&self, recorded: &Line<'_>) -> Result<()> {
        let mut line = Vec::with_capacity(1024 + recorded.response.text.len());
        serde_json::to_writer(&mut line, recorded).map_err(|source| {
            Error::new(ErrorKind::Internal, "a reply cannot be written as JSON").caused_by(source)
        })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(|source| {
            drop_half_line(&mut file);
            Error::new(ErrorKind::Io, format!("cannot write {}: {source}", self.path.display()))
        })
    }
}

/// After a write that was refused in the middle: the next line must not become a part of this one.
fn drop_half_line(file: &mut File) {
    if let Ok(whole) = whole_lines(file) {
        // What cannot be cut either is seen as broken when it is read.
        let _ = file.set_len(whole);
    }
}

/// How much of a file's end is read at a time, in bytes.
const PIECE: u64 = 4096;

/// How many bytes a file's whole lines take: everything up to the last line break.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(PIECE);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::by_ref(file).take(end - start).read_to_end(&mut bytes)?;
        if let Some(place) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
