//! The folders of benches, `.evenhand/benches/<when>-<suite>`: `bench.json` says what it is, `calls.jsonl` has every
//! measurement, one a line, as it comes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::bench::{FORMAT, Line, Meta, Phase};
use crate::error::{Error, ErrorKind, Result};
use crate::suite::config::Config;
use crate::suite::runs;

const META: &str = "bench.json";
const CALLS: &str = "calls.jsonl";

/// An open file of measurements.
pub(crate) struct Calls {
    pub(crate) folder: PathBuf,
    file: File,
    pub(crate) lines: Vec<Line>,
}

impl Calls {
    /// A new bench.
    pub(super) fn start(config: &Config, meta: &Meta) -> Result<Self> {
        let folder = runs::new_folder_in(&config.state_dir.join("benches"), &meta.suite)?;
        let text = serde_json::to_string_pretty(meta).map_err(|source| {
            Error::new(ErrorKind::Internal, "a bench cannot be written as JSON").caused_by(source)
        })?;
        runs::to_file(&folder.join(META), &(text + "\n"))?;
        Self::open(folder, Vec::new())
    }

    /// The suite's last bench, if it is the same one.
    pub(super) fn resume(config: &Config, meta: &Meta) -> Result<Self> {
        let folder = named(config, Some(&meta.suite), "last")?;
        let (before, lines) = read(&folder)?;
        let differ = meta.differences(&before);
        if !differ.is_empty() {
            let detail = format!(
                "{} cannot be resumed: since then, {} changed",
                folder.display(),
                differ.join(" and ")
            );
            return Err(Error::new(ErrorKind::Journal, detail).help("start anew, without --resume"));
        }
        drop_half_line(&folder.join(CALLS))?;
        Self::open(folder, lines)
    }

    fn open(folder: PathBuf, lines: Vec<Line>) -> Result<Self> {
        let path = folder.join(CALLS);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|source| unwritable(&path, &source))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let detail = format!("another evenhand is at work on {}", folder.display());
            return Err(Error::new(ErrorKind::Journal, detail).help("wait for its end"));
        }
        Ok(Self { folder, file, lines })
    }

    /// Writes a measurement, whole.
    pub(super) fn write(&mut self, line: Line) -> Result<()> {
        let mut text = serde_json::to_string(&line).map_err(|source| {
            Error::new(ErrorKind::Internal, "a measurement cannot be written as JSON").caused_by(source)
        })?;
        text.push('\n');
        let path = self.folder.join(CALLS);
        self.file.write_all(text.as_bytes()).map_err(|source| unwritable(&path, &source))?;
        self.lines.push(line);
        Ok(())
    }
}

fn unwritable(path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        .help("make room or set `--state-dir` to a folder that can be written")
}

/// The folders of all benches, the newest first.
pub(in crate::suite) fn folders(config: &Config, suite: Option<&str>) -> Vec<PathBuf> {
    let is_bench = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let of_suite = |suite: &str| name.split_once('-').is_some_and(|(_, rest)| rest == suite);
        suite.is_none_or(of_suite) && path.join(META).exists()
    };
    let entries = fs::read_dir(config.state_dir.join("benches")).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_bench).collect();
    folders.sort();
    folders.reverse();
    folders
}

/// The folder of a bench: `last`, `last~N`, a folder, or one of the state folder's.
pub(crate) fn named(config: &Config, suite: Option<&str>, name: &str) -> Result<PathBuf> {
    let benches = config.state_dir.join("benches");
    let back = match name.split_once('~') {
        None if name == "last" => Some(0),
        Some(("last", back)) => back.parse::<usize>().ok(),
        _ => None,
    };
    let Some(back) = back else {
        let folder = PathBuf::from(name);
        return Ok(if folder.exists() { folder } else { benches.join(name) });
    };
    folders(config, suite).into_iter().nth(back).ok_or_else(|| {
        let of = suite.map_or_else(String::new, |suite| format!(" of {suite}"));
        let detail = format!("there is no bench `{name}`{of} in {}", benches.display());
        Error::new(ErrorKind::Journal, detail).help("`evenhand bench SUITE --models A,B` makes one")
    })
}

/// What a bench is, and its measurements: of two of the same the later counts.
pub(crate) fn read(folder: &Path) -> Result<(Meta, Vec<Line>)> {
    let unreadable = |path: &Path, source: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Journal, format!("cannot read {}: {source}", path.display()))
            .help("name the folder of a bench, with its bench.json and its calls.jsonl")
    };
    let path = folder.join(META);
    let text = fs::read_to_string(&path).map_err(|source| unreadable(&path, &source))?;
    let meta: Meta = serde_json::from_str(&text).map_err(|source| unreadable(&path, &source))?;
    if meta.format != FORMAT {
        return Err(unreadable(
            &path,
            &format!("its format is {}, and this evenhand reads {FORMAT}", meta.format),
        ));
    }
    let path = folder.join(CALLS);
    let text = fs::read_to_string(&path).map_err(|source| unreadable(&path, &source))?;
    let mut lines: Vec<Line> = Vec::new();
    let mut places = BTreeMap::new();
    for (number, text) in text.split_inclusive('\n').enumerate() {
        // What a sudden end left half written is no measurement.
        if !text.ends_with('\n') {
            break;
        }
        let line: Line = serde_json::from_str(text)
            .map_err(|source| unreadable(&path, &format!("line {}: {source}", number + 1)))?;
        let key = (line.cell.clone(), line.round, line.phase, line.at_once, line.record.clone());
        if let Some(place) = places.get(&key).filter(|_| line.phase == Phase::Measured) {
            if let Some(earlier) = lines.get_mut(*place) {
                *earlier = line;
            }
        } else {
            places.insert(key, lines.len());
            lines.push(line);
        }
    }
    Ok((meta, lines))
}

/// Whether a file is the measurements of this folder's bench.
pub(super) fn is_whole(folder: &Path, file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == CALLS) && folder.join(META).exists()
}

fn drop_half_line(path: &Path) -> Result<()> {
    let bytes = fs::read(path).map_err(|source| unwritable(path, &source))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    if whole < bytes.len() {
        let file = OpenOptions::new().write(true).open(path).map_err(|source| unwritable(path, &source))?;
        file.set_len(whole as u64).map_err(|source| unwritable(path, &source))?;
    }
    Ok(())
}
