//! What is locked, what waits for a decision, and what belongs to no suite.

use std::path::{Path, PathBuf};

use super::settings;
use super::waiting::pending_suites;
use crate::error::Result;
use crate::golden::{Golden, HeldBy, store};
use crate::suite::config::Config;

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
        let mut waiting = None;
        if self.waiting.iter().any(|waiting| waiting == name) {
            let pending = store::read_pending(&store::pending_path(&self.folder, name))?;
            waiting = pending.map(|pending| pending.records.len());
        }
        Ok(Some(SuiteStatus { golden, replies, waiting }))
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
