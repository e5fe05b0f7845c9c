//! The folders of tunings, `.evenhand/tunes/<when>-<suite>`, and what a tuning is, for going on with it.

use std::fs;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::optimizer::{instructions, objective};
use super::request::TuneRequest;
use super::setup::Setup;
use crate::error::{Error, ErrorKind, Result};
use crate::optimizer::{Event, TunePage};
use crate::report::pretty_json;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::runs;

/// What a tuning is: it can be gone on with only as the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TuneHead {
    pub(super) format: u32,
    pub(super) suite: String,
    pub(super) model: String,
    /// Fingerprint of the judge as it was.
    pub(super) judge: String,
    pub(super) dataset: String,
    /// Everything else that decides what is asked, in words that are only compared.
    pub(super) options: String,
}

/// What a tuning found.
pub(super) const RESULT: &str = "result.json";

/// An open folder of a tuning.
pub(super) struct TuneFolder {
    pub(super) path: PathBuf,
    candidates: File,
    evaluations: File,
}

impl TuneFolder {
    pub(super) fn start(config: &Config, head: &TuneHead) -> Result<Self> {
        let path = runs::new_folder_in(&config.state_dir.join("tunes"), &head.suite)?;
        let folder = Self::open(path)?;
        folder.write("tune.json", &pretty(head)?)?;
        Ok(folder)
    }

    /// The suite's last tuning, if it is the same one.
    pub(super) fn resume(config: &Config, head: &TuneHead) -> Result<Self> {
        let path = named(config, &head.suite, "last")?;
        let before: TuneHead = read(&path.join("tune.json"))?;
        let pairs = [
            ("the model", head.model == before.model),
            ("the judge (signature, reading or parameters)", head.judge == before.judge),
            ("the dataset", head.dataset == before.dataset),
            ("what is tried (optimizer, seed, options, records)", head.options == before.options),
        ];
        let changed: Vec<&str> = pairs.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
        if !changed.is_empty() {
            let detail = format!(
                "{} cannot be resumed: since then, {} changed",
                path.display(),
                changed.join(" and ")
            );
            return Err(Error::new(ErrorKind::Journal, detail).help("start anew, without --resume"));
        }
        Self::open(path)
    }

    /// The logs start anew: what was judged is found among the replies, and told again.
    fn open(path: PathBuf) -> Result<Self> {
        let evaluations = appended(&path.join("evaluations.jsonl"))?;
        if let Err(TryLockError::WouldBlock) = evaluations.try_lock() {
            let detail = format!("another evenhand is at work on {}", path.display());
            return Err(Error::new(ErrorKind::Journal, detail).help("wait for its end"));
        }
        let candidates = appended(&path.join("candidates.jsonl"))?;
        for file in [&candidates, &evaluations] {
            file.set_len(0).map_err(|source| unwritable(&path, &source))?;
        }
        Ok(Self { path, candidates, evaluations })
    }

    /// Writes an event down.
    pub(super) fn note(&mut self, event: Event<'_>) -> Result<()> {
        let (file, line) = match event {
            Event::Judged { place, model, part, id, reply } => (
                &mut self.evaluations,
                json!({"candidate": place, "model": model, "part": part, "id": id, "given": reply.given, "calls": reply.calls,
                       "cached": reply.cached, "unscored": reply.unscored}),
            ),
            Event::Entered { place, candidate } => {
                (&mut self.candidates, json!({"candidate": place, "entered": candidate}))
            }
            Event::Dropped { place, fate, judged } => {
                (&mut self.candidates, json!({"candidate": place, "dropped": fate, "judged": judged}))
            }
            Event::Finished { place, worth, best } => {
                (&mut self.candidates, json!({"candidate": place, "finished": worth, "best": best}))
            }
        };
        writeln!(file, "{line}").map_err(|source| unwritable(&self.path, &source))
    }

    /// Writes a file of the folder, whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        let half = self.path.join(format!("{name}.half"));
        fs::write(&half, text)
            .and_then(|()| fs::rename(&half, &path))
            .map_err(|source| unwritable(&path, &source))?;
        Ok(path)
    }

    /// Removes a file of the folder; where there is none, there is nothing to remove.
    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path.join(name));
    }

    pub(super) fn keep(&self, page: &TunePage) -> Result<()> {
        self.write(RESULT, &pretty(page)?).map(|_| ())
    }
}

pub(super) fn named(config: &Config, suite: &str, name: &str) -> Result<PathBuf> {
    let tunes = config.state_dir.join("tunes");
    if name != "last" {
        let folder = PathBuf::from(name);
        return Ok(if folder.exists() { folder } else { tunes.join(name) });
    }
    let is_of_suite = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split_once('-').is_some_and(|(_, rest)| rest == suite)
    };
    let folders = fs::read_dir(&tunes).into_iter().flatten().flatten().map(|entry| entry.path());
    folders.filter(is_of_suite).max().ok_or_else(|| {
        Error::new(ErrorKind::Journal, format!("there is no tuning of {suite} in {}", tunes.display()))
            .help(format!("start one: evenhand tune {suite}"))
    })
}

pub(super) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let unreadable = |problem: String| {
        Error::new(ErrorKind::Journal, format!("cannot read {}: {problem}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|error| {
        unreadable(error.to_string()).help("a tuning that was not finished can be gone on with: --resume")
    })?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

fn appended(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|source| unwritable(path, &source))
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let value: Value = serde_json::to_value(value)
        .map_err(|source| Error::new(ErrorKind::Internal, "cannot be written as JSON").caused_by(source))?;
    pretty_json(&value)
}

fn unwritable(path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        .help("make room or set `--state-dir` to a folder that can be written")
}

pub(super) fn head(
    suite: &Suite,
    config: &Config,
    setup: &Setup,
    model_config: &ModelConfig,
    request: &TuneRequest,
) -> Result<TuneHead> {
    let written = request.instructions.as_deref().map(instructions).transpose()?;
    let split = request.split;
    let records = (
        &request.labels,
        &request.group,
        &request.stratum,
        [split.train, split.validation, split.test],
        &request.filters,
        request.limit,
    );
    let file = &suite.file;
    let suite_options = (&file.id, &file.fields, &file.label, &file.label_values, &file.outputs);
    let search = (
        (
            request.optimizer,
            (request.candidates, request.calls),
            objective(setup, request)?,
            request.token_penalty,
            request.demos,
            request.harvested,
        ),
        (
            &setup.also_for,
            written,
            &request.proposer,
            request.proposals,
            &request.teacher,
            request.seed,
            request.race_error,
            request.budget.calls,
        ),
    );
    Ok(TuneHead {
        format: 1,
        suite: suite.name.clone(),
        model: model_config.full_name(),
        judge: setup.judge.fingerprint(),
        dataset: runs::hash(&config.path(&suite.file.dataset))?,
        options: format!("{:?}", (records, suite_options, search)),
    })
}
