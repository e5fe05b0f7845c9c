//! `evenhand golden accept` and `evenhand golden reject`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::Global;
use crate::cli::golden_args::DecideArgs;
use crate::cli::print;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Golden, Pending, store};
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::golden::settings;

/// A suite's golden file and what waits for it.
pub(super) struct Waiting {
    path: PathBuf,
    pending_path: PathBuf,
    pub(super) golden: Golden,
    pub(super) pending: Pending,
}

impl Waiting {
    /// What waits for the suite, or for every suite; nothing is an empty list.
    pub(super) fn open(config: &Config, suite: Option<&str>) -> Result<Vec<Self>> {
        let folder = settings::folder(config);
        let names = match suite {
            Some(name) => vec![name.to_owned()],
            None => pending_suites(&folder),
        };
        let mut waiting = Vec::new();
        for name in names {
            let (path, pending_path) = (store::path(&folder, &name), store::pending_path(&folder, &name));
            let Some(pending) = store::read_pending(&pending_path)? else { continue };
            let golden = store::read(&path)?.ok_or_else(|| {
                let detail = format!("{} belongs to no golden file", pending_path.display());
                Error::new(ErrorKind::Golden, detail).help("lock the suite anew, or remove the file")
            })?;
            waiting.push(Self { path, pending_path, golden, pending });
        }
        Ok(waiting)
    }

    /// Writes what was decided. What waits no more goes.
    pub(super) fn write(&self) -> Result<()> {
        store::write(&self.path, &self.golden)?;
        if self.pending.is_decided() {
            return store::remove(&self.pending_path);
        }
        store::write_pending(&self.pending_path, &self.pending)
    }

    pub(super) fn accept(&mut self, record: Option<&str>) -> usize {
        self.pending.accept(&mut self.golden, record)
    }

    fn lacks(&self, record: &str) -> bool {
        self.pending.records.iter().all(|pending| pending.id != record)
    }
}

/// The suites for which something waits, sorted.
pub(super) fn pending_suites(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json.pending")?.to_owned()))
        .collect();
    names.sort();
    names
}

pub(super) fn accept(global: &Global, args: &DecideArgs) -> Result<Exit> {
    decide(global, args, "accepted", Waiting::accept)
}

pub(super) fn reject(global: &Global, args: &DecideArgs) -> Result<Exit> {
    decide(global, args, "rejected", |waiting, record| waiting.pending.reject(record))
}

fn decide(
    global: &Global,
    args: &DecideArgs,
    done: &str,
    mut how: impl FnMut(&mut Waiting, Option<&str>) -> usize,
) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut waiting = Waiting::open(&config, args.suite.as_deref())?;
    if waiting.is_empty() {
        return nothing(args.suite.as_deref());
    }
    for one in &mut waiting {
        if let Some(record) = args.record.as_deref().filter(|record| one.lacks(record)) {
            return Err(unknown(one, record));
        }
        let number = how(one, args.record.as_deref());
        one.write()?;
        let scores =
            if number == 1 { "1 changed score".to_owned() } else { format!("{number} changed scores") };
        let rest = match one.pending.records.len() {
            0 => String::new(),
            rest => format!(", {rest} left to decide about"),
        };
        print(&format!("{}: {scores} {done}{rest}\n", one.pending.suite))?;
    }
    Ok(Exit::Success)
}

/// Nothing waits: no fault.
pub(super) fn nothing(suite: Option<&str>) -> Result<Exit> {
    let of = suite.map_or_else(String::new, |suite| format!(" of {suite}"));
    print(&format!("no changed scores{of} wait for a decision; `evenhand check` finds them\n"))?;
    Ok(Exit::Success)
}

fn unknown(waiting: &Waiting, record: &str) -> Error {
    let ids: Vec<&str> = waiting.pending.records.iter().map(|pending| pending.id.as_str()).collect();
    let help = match closest(record, ids.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("those that wait: {}", ids.join(", ")),
    };
    let detail = format!(
        "no changed score of record {record} in suite {} waits for a decision",
        waiting.pending.suite
    );
    Error::new(ErrorKind::Usage, detail).help(help)
}
