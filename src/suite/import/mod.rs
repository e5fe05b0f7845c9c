//! Projects of other tools, as a project of evenhand's: what `evenhand import` writes.
//!
//! Nothing is left out in silence. What has no equivalent is told with its place, and by default nothing is written then.

mod inspect;
mod naming;
mod openai_evals;
mod project;
mod promptfoo;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

pub(crate) use self::inspect::inspect;
pub(crate) use self::openai_evals::openai_evals;
pub(crate) use self::promptfoo::promptfoo;

/// What could not be carried over, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The file, with the line where it is known.
    place: String,
    /// Which part of it: "test 3, assertion 2".
    part: String,
    /// What is not carried over, and why.
    what: String,
}

impl Missing {
    fn line(&self) -> String {
        let part = if self.part.is_empty() { String::new() } else { format!("{}: ", self.part) };
        format!("{}: {part}{}", self.place, self.what)
    }
}

/// What becomes of an import that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partial {
    /// Nothing is written.
    Refused,
    /// The rest is written, and `evenhand.toml` lists what is missing.
    Written,
}

/// A project that is not written yet.
#[derive(Debug)]
pub(crate) struct Imported {
    /// Path and content of each file.
    files: Vec<(String, String)>,
    records: usize,
    suites: Vec<String>,
    /// Tables of judgments that are made already.
    scores: Vec<String>,
    missing: Vec<Missing>,
    /// What is to be done before the first run, a line each.
    notes: Vec<String>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The files.
    pub(crate) files: Vec<PathBuf>,
    /// How many records they hold.
    pub(crate) records: usize,
    /// The suites' names.
    pub(crate) suites: Vec<String>,
    /// The names of the tables of judgments.
    pub(crate) scores: Vec<String>,
    /// What is missing, a line each.
    pub(crate) missing: Vec<String>,
    /// What is to be done before the first run, a line each.
    pub(crate) notes: Vec<String>,
}

impl Imported {
    /// Writes the project to a folder that has none.
    ///
    /// # Errors
    ///
    /// Something cannot be carried over and `partial` refuses that, nothing can be, or a file is there already.
    pub(crate) fn write(mut self, folder: &Path, partial: Partial) -> Result<Written> {
        let missing: Vec<String> = self.missing.iter().map(Missing::line).collect();
        let list = missing.join("\n  ");
        if self.suites.is_empty() && self.scores.is_empty() {
            let detail = match missing.len() {
                0 => "there is no test to import".to_owned(),
                _ => format!("nothing can be carried over:\n  {list}"),
            };
            return Err(Error::new(ErrorKind::Usage, detail).help("nothing was written"));
        }
        if partial == Partial::Refused && !missing.is_empty() {
            let detail = format!("{} cannot be carried over:\n  {list}", things(missing.len()));
            return Err(Error::new(ErrorKind::Usage, detail).help(
                "nothing was written; --allow-partial writes the rest, and lists these in evenhand.toml",
            ));
        }
        self.mark(&missing);
        let files: Vec<PathBuf> = self.files.iter().map(|(name, _)| folder.join(name)).collect();
        if let Some(there) = files.iter().find(|path| path.exists()) {
            return Err(Error::new(ErrorKind::Usage, format!("{} is there already", there.display()))
                .help("nothing was written; name another folder with --to"));
        }
        for (path, (_, text)) in files.iter().zip(&self.files) {
            write(path, text)?;
        }
        let (suites, scores) = (self.suites, self.scores);
        Ok(Written { files, records: self.records, suites, scores, missing, notes: self.notes })
    }

    /// Lists at the head of `evenhand.toml` what is missing.
    fn mark(&mut self, missing: &[String]) {
        if missing.is_empty() {
            return;
        }
        let lines = missing.iter().flat_map(|line| line.lines()).flat_map(|line| ["#   ", line, "\n"]);
        let head = format!("# NOT CARRIED OVER:\n{}\n", lines.collect::<String>());
        for (_, text) in self.files.iter_mut().filter(|(name, _)| name == "evenhand.toml") {
            text.insert_str(0, &head);
        }
    }
}

fn things(count: usize) -> String {
    if count == 1 { "1 thing".to_owned() } else { format!("{count} things") }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let refused = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::write(path, text).map_err(refused)
}

/// A file's text.
fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|source| Error::new(ErrorKind::Usage, format!("cannot read {}: {source}", path.display())))
}
