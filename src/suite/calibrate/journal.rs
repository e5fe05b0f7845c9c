//! The runs that a calibration is made from.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Outcome, RunHead};
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::runs;

/// A run whose journal is read.
pub(super) struct JudgedRun {
    pub(super) folder: PathBuf,
    pub(super) head: RunHead,
}

impl JudgedRun {
    /// The run in a folder.
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        let head = Journal::head(&folder)?;
        Ok(Self { folder, head })
    }

    pub(super) fn outcomes(&self) -> Result<Vec<Outcome>> {
        Journal::read(&self.folder)
    }
}

/// An earlier run of the suite.
pub(super) fn earlier(config: &Config, suite: &Suite, name: &str) -> Result<JudgedRun> {
    let run = JudgedRun::open(runs::named_folder(config, &suite.name, name)?)?;
    if run.head.suite != suite.name {
        let (folder, other) = (run.folder.display(), &run.head.suite);
        let detail = format!("{folder} is a run of suite {other}, not of {}", suite.name);
        return Err(Error::new(ErrorKind::Journal, detail).help("name a run of this suite, or `last`"));
    }
    Ok(run)
}

/// A run that differs from another one in nothing but chance.
pub(super) fn same_judge(again: JudgedRun, run: &JudgedRun) -> Result<JudgedRun> {
    if (&again.head.judge, &again.head.model) == (&run.head.judge, &run.head.model) {
        return Ok(again);
    }
    let detail =
        format!("the run in {} was judged by another prompt, reading or model", again.folder.display());
    Err(Error::new(ErrorKind::Journal, detail).help("verdicts flip only between runs of the same judge"))
}
