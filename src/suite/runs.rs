//! The folders of runs: `.evenhand/runs/<when>-<suite>`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::config::Config;
use super::judges::Suite;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, RunHead};
use crate::subject::Subject;

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
fn when(path: &Path) -> (String, u32) {
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

fn is_run_of(path: &Path, suite: &str) -> bool {
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
) -> Result<RunHead> {
    let outputs = match (suite.file.outputs.as_ref().and_then(|outputs| outputs.file.as_ref()), subject) {
        (Some(file), _) => Some(hash(&config.path(file))?),
        (None, Subject::Produced { producer, .. }) => Some(producer.fingerprint()),
        (None, _) => None,
    };
    Ok(RunHead {
        format: RunHead::FORMAT,
        suite: suite.name.clone(),
        model: panel.model().to_owned(),
        judge: panel.fingerprint(),
        dataset: hash(&config.path(&suite.file.dataset))?,
        outputs,
        selection,
        repeats,
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
