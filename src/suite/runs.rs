//! The folders of runs, `.evenhand/runs/<when>-<suite>`, and the file of a run's numbers beside its
//! journal, so that a report needs neither its suite nor a model.

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::Config;
use super::judges::Suite;
use super::shell::Exit;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, RunHead};
use crate::judge::StrategyChoice;
use crate::subject::Subject;
use crate::summary::Summary;

/// Makes a new folder for a run of the suite, which no other process has.
pub(crate) fn new_folder(config: &Config, suite: &str) -> Result<PathBuf> {
    new_folder_in(&config.state_dir.join("runs"), suite)
}

/// Makes a new folder of the suite's in another, named after the time.
pub(crate) fn new_folder_in(runs: &Path, suite: &str) -> Result<PathBuf> {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
    let unwritable = |path: &Path, source: &std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot make {}: {source}", path.display()))
            .help("make room or set `--state-dir` to a folder that can be written")
    };
    fs::create_dir_all(runs).map_err(|source| unwritable(runs, &source))?;
    for number in 1_u32.. {
        let number = if number == 1 { String::new() } else { format!(".{number}") };
        let folder = runs.join(format!("{now}{number}-{suite}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(&folder, &error)),
        }
    }
    Err(Error::new(ErrorKind::Internal, "there are too many runs of one second"))
}

/// The folder of the suite's last run.
pub(crate) fn last_folder(config: &Config, suite: &str) -> Result<PathBuf> {
    let runs = config.state_dir.join("runs");
    let mut folders: Vec<PathBuf> = fs::read_dir(&runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_run_of(path, suite))
        .collect();
    folders.sort();
    folders.pop().ok_or_else(|| {
        let detail = format!("there is no run of {suite} in {}", runs.display());
        Error::new(ErrorKind::Journal, detail).help("start one, without --resume")
    })
}

/// The folder of a run by its name: `last`, `last~N` for the Nth before it, a folder, or one of the state folder's.
/// Without a suite the last ones are of any.
pub(crate) fn recent(config: &Config, suite: Option<&str>, name: &str) -> Result<PathBuf> {
    let back = match name.split_once('~') {
        None if name == "last" => Some(0),
        Some(("last", back)) => back.parse::<usize>().ok(),
        _ => None,
    };
    let Some(back) = back else {
        return named_folder(config, suite.unwrap_or_default(), name);
    };
    let runs = config.state_dir.join("runs");
    let is_run = |path: &PathBuf| match suite {
        Some(suite) => is_run_of(path, suite),
        None => path.join("run.json").exists(),
    };
    let entries = fs::read_dir(&runs).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_run).collect();
    folders.sort_by_key(|path| when(path));
    let number = folders.len();
    folders.into_iter().rev().nth(back).ok_or_else(|| {
        let of = suite.map_or_else(String::new, |suite| format!(" of {suite}"));
        let detail = format!("there is no run `{name}`: there are {number} runs{of} in {}", runs.display());
        Error::new(ErrorKind::Journal, detail).help("`evenhand run` makes one")
    })
}

/// When a run was started, as its folder's name tells: the second, and its number among those of the same second.
pub(crate) fn when(path: &Path) -> (String, u32) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (when, _) = name.split_once('-').unwrap_or((&name, ""));
    match when.split_once('.') {
        Some((second, number)) => (second.to_owned(), number.parse().unwrap_or(0)),
        None => (when.to_owned(), 1),
    }
}

/// The folder of a run that was named: `last`, a folder, or one of the state folder's.
pub(crate) fn named_folder(config: &Config, suite: &str, name: &str) -> Result<PathBuf> {
    if name == "last" {
        return last_folder(config, suite);
    }
    let folder = PathBuf::from(name);
    if folder.exists() { Ok(folder) } else { Ok(config.state_dir.join("runs").join(name)) }
}

pub(crate) fn is_run_of(path: &Path, suite: &str) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split_once('-').is_some_and(|(_, rest)| rest == suite) && path.join("run.json").exists()
}

/// What the run is, for its folder's head.
pub(crate) fn head(
    suite: &Suite,
    config: &Config,
    panel: &Panel,
    subject: &Subject,
    selection: String,
    repeats: u32,
    strategy: Option<&StrategyChoice>,
) -> Result<RunHead> {
    let outputs = match (suite.file.outputs.as_ref().and_then(|outputs| outputs.file.as_ref()), subject) {
        (Some(file), _) => Some(hash(&config.path(file))?),
        (None, Subject::Produced { producer, .. }) => Some(producer.fingerprint()),
        (None, _) => None,
    };
    let judges = panel.judge_models();
    Ok(RunHead {
        format: if judges.is_empty() { RunHead::FORMAT } else { RunHead::SEVERAL_MODELS },
        suite: suite.name.clone(),
        model: panel.model().into_owned(),
        judges,
        judge: panel.fingerprint(),
        dataset: hash(&config.path(&suite.file.dataset))?,
        outputs,
        selection,
        repeats,
        strategy: strategy.map(ToString::to_string),
        routes: suite.named_routes(config),
    })
}

/// The BLAKE3 hash of a file's bytes, in hex.
pub(crate) fn hash(path: &Path) -> Result<String> {
    let unreadable = |source: std::io::Error| {
        Error::new(ErrorKind::Dataset, format!("cannot read {}: {source}", path.display()))
            .help("paths in evenhand.toml are relative to evenhand.toml")
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(unreadable)?).map_err(unreadable)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The version this code writes.
const FORMAT: u32 = 1;

/// The name of the file in a run's folder.
const NAME: &str = "summary.json";

/// How a run ended, and its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SummaryFile {
    format: u32,
    /// How it ended: complete, interrupted, `stopped_early`, unfinished.
    pub(crate) ended: String,
    /// Its exit code.
    pub(crate) exit_code: Option<u8>,
    /// The score from which on a record without a label passes.
    pub(crate) pass_at: f64,
    pub(crate) summary: Summary,
}

impl SummaryFile {
    pub(crate) fn new(ended: &str, exit: Option<Exit>, pass_at: Option<f64>, summary: Summary) -> Self {
        let exit_code = exit.map(|exit| exit as u8);
        Self { format: FORMAT, ended: ended.to_owned(), exit_code, pass_at: pass_at.unwrap_or(0.5), summary }
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self).map_err(|source| {
            Error::new(ErrorKind::Internal, "a summary cannot be written as JSON").caused_by(source)
        })?;
        fs::write(&path, text + "\n")
            .map_err(|source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display())))
    }

    /// The file of a run; none of one that did not come to its end.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(NAME)).ok()?;
        serde_json::from_str(&text).ok().filter(|file: &Self| file.format == FORMAT)
    }

    /// Removes the numbers of a run that is gone on with: until its end they are wrong.
    pub(crate) fn forget(folder: &Path) {
        // Where there is none, there is nothing to forget.
        let _ = fs::remove_file(folder.join(NAME));
    }
}

/// Writes a file, and the folders above it.
pub(crate) fn to_file(path: &Path, text: &str) -> Result<()> {
    let refused = |source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::write(path, text).map_err(refused)
}
