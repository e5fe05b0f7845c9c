//! Golden files on disk: sorted, one record a line, the same bytes on every machine.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::file::{Golden, HeldBy};
use super::pending::Pending;
use crate::error::{Error, ErrorKind, Result};

/// What of the golden folder does not belong into version control.
const IGNORED: &str = "*.pending\n*.half\n";

/// Where a suite's golden file lies in the golden folder.
#[must_use]
pub fn path(folder: &Path, suite: &str) -> PathBuf {
    folder.join(format!("{suite}.json"))
}

/// Where its changed scores wait.
#[must_use]
pub fn pending_path(folder: &Path, suite: &str) -> PathBuf {
    folder.join(format!("{suite}.json.pending"))
}

/// Where its recorded replies lie.
#[must_use]
pub fn replies_path(folder: &Path, suite: &str) -> PathBuf {
    folder.join("replies").join(format!("{suite}.jsonl"))
}

/// Where the outputs are kept that its scores are of.
#[must_use]
pub fn outputs_path(folder: &Path, suite: &str) -> PathBuf {
    folder.join("outputs").join(format!("{suite}.jsonl"))
}

/// Where it is kept what those outputs took and cost.
#[must_use]
pub fn measured_path(folder: &Path, suite: &str) -> PathBuf {
    folder.join("measured").join(format!("{suite}.jsonl"))
}

/// The suites that have a golden file, sorted.
#[must_use]
pub fn suites(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Reads a golden file; `None` where there is none.
///
/// # Errors
/// It cannot be read, is none, or has a form that this evenhand does not know.
pub fn read(path: &Path) -> Result<Option<Golden>> {
    let golden: Option<Golden> =
        read_json(path, &[Golden::FORMAT, Golden::SEVERAL_MODELS, Golden::SEVERAL_TRIES])?;
    if let Some(entry) = golden
        .iter()
        .flat_map(|golden| golden.models.values())
        .find(|entry| !entry.records.iter().map(|record| &record.id).is_sorted_by(|left, right| left < right))
    {
        let twice = entry.records.windows(2).find_map(|pair| match pair {
            [left, right] if left.id >= right.id => Some(&right.id),
            _ => None,
        });
        return Err(unusable(path, &format!("record {} is out of order", twice.map_or("", String::as_str))));
    }
    Ok(golden)
}

/// Reads a suite's pending scores; `None` where nothing waits.
///
/// # Errors
/// As for [`read`].
pub fn read_pending(path: &Path) -> Result<Option<Pending>> {
    read_json(path, &[Pending::FORMAT])
}

fn read_json<T: DeserializeOwned>(path: &Path, formats: &[u32]) -> Result<Option<T>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    let value: Value =
        serde_json::from_str(&text).map_err(|error| unusable(path, &format!("it is no JSON: {error}")))?;
    let is_known = |format: &u64| formats.iter().any(|known| u64::from(*known) == *format);
    if let Some(other) = value.get("format").and_then(Value::as_u64).filter(|format| !is_known(format)) {
        let known: Vec<String> = formats.iter().map(u32::to_string).collect();
        let known = known.join(", ");
        return Err(unusable(path, &format!("its format is {other}, and this evenhand knows {known}")));
    }
    serde_json::from_value(value).map(Some).map_err(|error| unusable(path, &error.to_string()))
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Golden, format!("{} cannot be used: {problem}", path.display()))
        .help("take it back from version control, or lock anew: evenhand golden lock SUITE")
}

/// Writes a golden file, whole or not at all.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write(path: &Path, golden: &Golden) -> Result<()> {
    write_text(path, &text(golden))?;
    let ignored = path.with_file_name(".gitignore");
    if ignored.exists() { Ok(()) } else { write_text(&ignored, IGNORED) }
}

/// Writes pending scores.
///
/// # Errors
/// As for [`write()`].
pub fn write_pending(path: &Path, pending: &Pending) -> Result<()> {
    let text = serde_json::to_string_pretty(pending).map_err(|source| {
        Error::new(ErrorKind::Internal, "pending scores cannot be written as JSON").caused_by(source)
    })?;
    write_text(path, &(text + "\n"))
}

/// Removes a file, if it is there.
///
/// # Errors
/// The system refuses.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::Io, format!("cannot remove {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

pub(super) fn write_text(path: &Path, text: &str) -> Result<()> {
    let unwritable = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut half = path.as_os_str().to_owned();
    half.push(".half");
    fs::write(&half, text).and_then(|()| fs::rename(&half, path)).map_err(unwritable)
}

/// The file's text: pretty, but one record a line, so that a changed score is a changed line.
#[must_use]
pub fn text(golden: &Golden) -> String {
    let mut models = Vec::new();
    for (name, entry) in &golden.models {
        let records: Vec<String> =
            entry.records.iter().map(|record| format!("        {}", compact(record))).collect();
        models.push(format!(
            "    {}: {{\n      \"n\": {},\n      \"mean\": {},\n      \"interval\": {},\n      \
             \"fingerprints\": {},\n      \"records\": [\n{}\n      ]\n    }}",
            compact(name),
            entry.n,
            compact(&entry.mean),
            compact(&entry.interval),
            indented(&entry.fingerprints),
            records.join(",\n")
        ));
    }
    let held_by = match golden.held_by {
        HeldBy::Suite => String::new(),
        by @ HeldBy::Test => format!("  \"held_by\": {},\n", compact(&by)),
    };
    format!(
        "{{\n  \"format\": {},\n  \"suite\": {},\n  \"watch\": {},\n{held_by}  \"models\": {{\n{}\n  }}\n}}\n",
        golden.written_format(),
        compact(&golden.suite),
        compact(&golden.watch),
        models.join(",\n")
    )
}

fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Pretty, at the depth of an entry's keys.
fn indented(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default().replace('\n', "\n      ")
}
