//! The files of labels: `labels/SUITE/NAME.jsonl`, one a person. A line is on disk before its writer hears that it is
//! written, and lines of several processes never mix.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The file of what people decided together, which is no person's.
pub(super) const ADJUDICATED: &str = "adjudicated";

/// One label, or that the last one of a record is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LabelLine {
    /// The record.
    pub(crate) id: String,
    /// A hash of what was looked at.
    pub(crate) record: String,
    /// The version of the rubric: a hash of what was asked.
    pub(crate) rubric: String,
    /// The label; none where the person cannot tell.
    #[serde(default)]
    pub(crate) label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
    /// Who says so.
    pub(crate) by: String,
    /// When, in UTC.
    pub(crate) at: String,
    /// Whether it takes the record's label back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) undone: bool,
}

/// A person's labels: of each record the last line, and the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct PersonsLabels {
    pub(crate) by_id: BTreeMap<String, LabelLine>,
    /// Ids in the order of their last lines.
    order: Vec<String>,
}

impl PersonsLabels {
    fn add(&mut self, line: LabelLine) {
        self.order.retain(|id| *id != line.id);
        if line.undone {
            self.by_id.remove(&line.id);
        } else {
            self.order.push(line.id.clone());
            self.by_id.insert(line.id.clone(), line);
        }
    }

    /// The record that was labelled last.
    pub(crate) fn last(&self) -> Option<&LabelLine> {
        self.by_id.get(self.order.last()?)
    }
}

/// Checks that a name can be a file's.
///
/// # Errors
/// It cannot: what it may be.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let fits = |letter: char| letter.is_alphanumeric() || ['-', '_', '.', '@', '+'].contains(&letter);
    let is_name = !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.chars().all(fits);
    if is_name && name != ADJUDICATED && name != "plan" {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("`{name}` cannot be a person's name here"))
        .help("use letters, digits, and - _ . @ +, without spaces: --as ana"))
}

/// Everybody's labels in a folder, by name; none where there is no folder.
pub(super) fn read_all(folder: &Path) -> Result<BTreeMap<String, PersonsLabels>> {
    let mut people = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_labels = path.extension().is_some_and(|ending| ending == "jsonl");
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_labels) {
            people.insert(name.to_owned(), read(&path)?);
        }
    }
    Ok(people)
}

fn read(path: &Path) -> Result<PersonsLabels> {
    let text = fs::read_to_string(path).map_err(|source| failed("read", path, &source))?;
    parse(&text, path)
}

/// A last line without its end was never confirmed to anybody, and is left out.
fn parse(text: &str, path: &Path) -> Result<PersonsLabels> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut labels = PersonsLabels::default();
    for (number, line) in whole.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: LabelLine = serde_json::from_str(line).map_err(|source| {
            let detail = format!("{} line {}: no label: {source}", path.display(), number + 1);
            Error::new(ErrorKind::Dataset, detail)
                .help("these files are written by `evenhand label`; restore the line")
        })?;
        labels.add(line);
    }
    Ok(labels)
}

/// The place of a person's file.
pub(super) fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.jsonl"))
}

/// Adds the line that `decide` makes of the labels as they are now, while no other process can add one.
///
/// # Errors
/// The file cannot be read or written. What it held stays as it was.
pub(super) fn append(
    folder: &Path,
    name: &str,
    decide: impl FnOnce(&PersonsLabels) -> Option<LabelLine>,
) -> Result<Option<LabelLine>> {
    let path = file_of(folder, name);
    let is_new = !path.exists();
    fs::create_dir_all(folder).map_err(|source| failed("make", folder, &source))?;
    let opened = OpenOptions::new().create(true).read(true).append(true).open(&path);
    let mut file = opened.map_err(|source| failed("open", &path, &source))?;
    file.lock().map_err(|source| failed("lock", &path, &source))?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|source| failed("read", &path, &source))?;
    let Some(line) = decide(&parse(&text, &path)?) else { return Ok(None) };
    let written =
        write(&mut file, &text, &line).and_then(|()| if is_new { sync_folder(folder) } else { Ok(()) });
    written.map_err(|source| failed("write", &path, &source))?;
    Ok(Some(line))
}

fn write(file: &mut File, text: &str, line: &LabelLine) -> std::io::Result<()> {
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
    }
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    file.sync_data()
}

/// A new file is found after a loss of power only if its folder is on disk too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The time, in UTC, to the second.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn failed(what: &str, path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {what} {}: {source}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, label: &str) -> LabelLine {
        LabelLine {
            id: id.into(),
            record: "1".into(),
            rubric: "2".into(),
            label: Some(label.into()),
            remark: None,
            by: "ana".into(),
            at: "2026-11-30T20:00:00Z".into(),
            undone: false,
        }
    }

    #[test]
    fn a_torn_line_is_left_out_and_replaced() {
        let folder = tempfile::TempDir::new().unwrap();
        append(folder.path(), "ana", |_| Some(line("a", "yes"))).unwrap();
        let path = file_of(folder.path(), "ana");
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"id\": \"b\", \"rec")).unwrap();
        assert_eq!(read(&path).unwrap().by_id.len(), 1);
        append(folder.path(), "ana", |now| {
            assert_eq!(now.last().unwrap().id, "a");
            Some(line("c", "no"))
        })
        .unwrap();
        let ids: Vec<String> = read(&path).unwrap().by_id.into_keys().collect();
        assert_eq!(ids, ["a", "c"]);
        assert!(fs::read_to_string(&path).unwrap().starts_with(&whole), "what was there stays");
    }

    #[test]
    fn many_writers_lose_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let folder = folder.path();
                scope.spawn(move || {
                    for number in 0..20 {
                        append(folder, "ana", |_| Some(line(&format!("{writer}-{number}"), "yes"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(read_all(folder.path()).unwrap()["ana"].by_id.len(), 80);
    }

    #[test]
    fn what_is_undone_is_no_label_and_may_be_given_again() {
        let mut labels = PersonsLabels::default();
        labels.add(line("a", "yes"));
        labels.add(line("b", "no"));
        labels.add(LabelLine { undone: true, ..line("b", "no") });
        assert_eq!((labels.last().unwrap().id.as_str(), labels.by_id.len()), ("a", 1));
        labels.add(line("b", "yes"));
        labels.add(line("a", "no"));
        assert_eq!(labels.last().unwrap().label.as_deref(), Some("no"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", "a/b", "..", ".x", "adjudicated", "plan", "a b", "x\\y"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["ana", "Jürgen", "a.b@example.org"] {
            check_name(name).unwrap();
        }
    }
}
