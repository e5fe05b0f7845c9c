//! What happens while a suite is run, and what came of it.

use std::path::{Path, PathBuf};

use super::config::Inconclusive;
use super::exit::Exit;
use crate::data::DataFault;
use crate::error::Result;
use crate::eval::{Ended, Journal, Outcome};
use crate::golden::{GateResult, GateVerdict};
use crate::subject::JoinFaults;
use crate::summary::Summary;

/// The share of unscored records above which the rest no longer counts.
pub(crate) const MAX_UNSCORED: f64 = 0.1;

/// What happens while suites are run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// A suite's run begins, or goes on.
    Started {
        /// The suite.
        suite: &'a str,
        /// Who judges.
        model: &'a str,
        /// How many records the run has.
        records: u64,
    },
    /// A record is settled: now, or in the part of the run that was before.
    Settled(&'a Outcome),
    /// A line of the dataset cannot be used, and is left out.
    LeftOut(&'a DataFault),
    /// A suite's run ended.
    Ended(&'a Run),
}

/// What listens to a run. An error of its own ends the run.
pub(crate) type Listener<'l> = dyn FnMut(RunEvent<'_>) -> Result<()> + 'l;

/// A run that ended.
#[derive(Clone, Debug)]
pub struct Run {
    pub(crate) suite: String,
    pub(crate) folder: PathBuf,
    pub(crate) ended: Ended,
    /// How it ended, before its gates.
    pub(crate) exit: Exit,
    pub(crate) summary: Summary,
    pub(crate) gates: Vec<GateResult>,
    pub(crate) joined: JoinFaults,
    /// What the suite says of a gate that is inconclusive.
    pub(crate) inconclusive: Inconclusive,
}

impl Run {
    /// The suite's name.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The run's folder, with its journal, its replies and its numbers.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it ended.
    #[must_use]
    pub fn ended(&self) -> &Ended {
        &self.ended
    }

    /// Its numbers.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every outcome, in the order in which they were settled.
    ///
    /// # Errors
    /// The run's journal cannot be read.
    pub fn outcomes(&self) -> Result<Vec<Outcome>> {
        Journal::read(&self.folder)
    }

    /// The exit code of the command that runs the suite alone: with its gates.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.exit != Exit::Success {
            return self.exit;
        }
        match self.open_gate() {
            Some(gate) if gate.verdict == GateVerdict::Inconclusive => Exit::Inconclusive,
            Some(gate) if gate.gate == "max_unscored" => Exit::Unscored,
            Some(_) => Exit::Quality,
            None => Exit::Success,
        }
    }

    /// The gate that decides against the run.
    pub(crate) fn open_gate(&self) -> Option<&GateResult> {
        let first = |verdict| self.gates.iter().find(|gate| gate.verdict == verdict);
        let passes = self.inconclusive == Inconclusive::Pass;
        first(GateVerdict::Fails).or_else(|| first(GateVerdict::Inconclusive).filter(|_| !passes))
    }
}
