//! What is locked, what belongs to no suite, and changed scores that wait for a decision: what waits, and
//! taking it over or leaving it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::outputs::Outputs;
use super::{outputs, settings};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Golden, HeldBy, KeptOutputs, OutputChange, Pending, PendingRecord, store};
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// The golden folder of a project.
pub(crate) struct GoldenFolder {
    folder: PathBuf,
    /// The suites for which something waits.
    waiting: Vec<String>,
    /// The golden files that nobody holds: no suite, and no test.
    orphans: Vec<String>,
}

/// What the folder has of a suite.
pub(crate) struct SuiteStatus {
    pub(crate) golden: Golden,
    /// Its recorded replies, where there are any.
    pub(crate) replies: Option<PathBuf>,
    /// The outputs that its scores are of, where they are kept.
    pub(crate) outputs: Option<PathBuf>,
    /// How many of its scores changed and wait for a decision, where something waits.
    pub(crate) waiting: Option<usize>,
}

impl GoldenFolder {
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let folder = settings::folder(config);
        let orphans = orphans(config, &folder)?;
        Ok(Self { waiting: pending_suites(&folder), orphans, folder })
    }

    /// What it has of a suite; `None` where the suite is not locked.
    pub(crate) fn suite(&self, name: &str) -> Result<Option<SuiteStatus>> {
        let Some(golden) = store::read(&store::path(&self.folder, name))? else {
            return Ok(None);
        };
        let replies = Some(store::replies_path(&self.folder, name)).filter(|path| path.exists());
        let outputs = Some(store::outputs_path(&self.folder, name)).filter(|path| path.exists());
        let mut waiting = None;
        if self.waiting.iter().any(|waiting| waiting == name) {
            let pending = store::read_pending(&store::pending_path(&self.folder, name))?;
            waiting = pending.map(|pending| pending.records.len());
        }
        Ok(Some(SuiteStatus { golden, replies, outputs, waiting }))
    }

    /// The suites of the golden files that nobody holds.
    pub(crate) fn orphans(&self) -> &[String] {
        &self.orphans
    }

    /// Where a suite's golden file lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        store::path(&self.folder, name)
    }

    /// Removes a suite's golden file, with what waits for it and its replies.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        store::remove(&self.path(name))?;
        store::remove(&store::pending_path(&self.folder, name))?;
        store::remove(&store::outputs_path(&self.folder, name))?;
        store::remove(&store::measured_path(&self.folder, name))?;
        store::remove(&store::replies_path(&self.folder, name))
    }
}

fn orphans(config: &Config, folder: &Path) -> Result<Vec<String>> {
    let mut orphans = store::suites(folder);
    orphans.retain(|name| !config.file.suites.contains_key(name));
    let mut of_nobody = Vec::new();
    for name in orphans {
        let golden = store::read(&store::path(folder, &name))?;
        if golden.is_none_or(|golden| golden.held_by == HeldBy::Suite) {
            of_nobody.push(name);
        }
    }
    Ok(of_nobody)
}

/// What is decided about a changed score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is taken into the golden file.
    Accept,
    /// The golden file stays as it is.
    Reject,
}

/// A suite's golden file and what waits for it.
pub(crate) struct Waiting {
    pending_path: PathBuf,
    folder: PathBuf,
    golden: Golden,
    /// The outputs that the locked scores are of, where they are kept.
    kept: KeptOutputs,
    pub(crate) pending: Pending,
}

impl Waiting {
    /// What waits for the suite, or for every suite; nothing is an empty list.
    pub(crate) fn open(config: &Config, suite: Option<&str>) -> Result<Vec<Self>> {
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
            let kept = KeptOutputs::read(&folder, &name)?;
            waiting.push(Self { pending_path, folder: folder.clone(), golden, kept, pending });
        }
        Ok(waiting)
    }

    /// Decides about a record's score, or about all where none is named, and writes that; tells how many it was
    /// about.
    pub(crate) fn decide(&mut self, decision: Decision, record: Option<&str>) -> Result<usize> {
        if let Some(record) = record.filter(|record| self.lacks(record)) {
            return Err(self.unknown(record));
        }
        let number = match decision {
            Decision::Accept => self.accept(record),
            Decision::Reject => self.reject(record),
        };
        self.write()?;
        Ok(number)
    }

    /// Writes what was decided. What waits no more goes.
    pub(crate) fn write(&self) -> Result<()> {
        let new = Outputs::of(&self.pending);
        outputs::write(&self.folder, &self.pending.suite, &self.golden, new.as_ref())?;
        if self.pending.is_decided() {
            return store::remove(&self.pending_path);
        }
        store::write_pending(&self.pending_path, &self.pending)
    }

    pub(crate) fn accept(&mut self, record: Option<&str>) -> usize {
        self.pending.accept(&mut self.golden, record)
    }

    pub(crate) fn reject(&mut self, record: Option<&str>) -> usize {
        self.pending.reject(record)
    }

    /// What changed of a record's output, where that is another one and the locked one is kept.
    pub(crate) fn output(&self, record: &PendingRecord) -> Option<OutputChange> {
        let now = self.pending.outputs.get(&record.id)?;
        let was = self.kept.get(&record.id, record.was.as_ref()?.marks.output.as_ref()?)?;
        (was != now).then(|| OutputChange::new(was.clone(), now.clone()))
    }

    /// The fields of the records that wait, by id, as far as the dataset can be read.
    pub(crate) fn fields(&self, config: &Config) -> BTreeMap<String, Map<String, Value>> {
        let suite = Suite::open(&self.pending.suite, config);
        let Some(records) = suite.ok().and_then(|suite| suite.dataset(config).ok()) else {
            return BTreeMap::new();
        };
        let ids: BTreeSet<&str> = self.pending.records.iter().map(|record| record.id.as_str()).collect();
        let wanted =
            records.filter_map(std::result::Result::ok).filter(|record| ids.contains(record.id.as_str()));
        wanted.map(|record| (record.id, record.fields)).collect()
    }

    fn lacks(&self, record: &str) -> bool {
        self.pending.records.iter().all(|pending| pending.id != record)
    }

    fn unknown(&self, record: &str) -> Error {
        let ids: Vec<&str> = self.pending.records.iter().map(|pending| pending.id.as_str()).collect();
        let help = match closest(record, ids.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("those that wait: {}", ids.join(", ")),
        };
        let detail = format!(
            "no changed score of record {record} in suite {} waits for a decision",
            self.pending.suite
        );
        Error::new(ErrorKind::Usage, detail).help(help)
    }
}

/// The suites for which something waits, sorted.
pub(crate) fn pending_suites(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json.pending")?.to_owned()))
        .collect();
    names.sort();
    names
}
