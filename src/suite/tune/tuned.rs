//! What happens while a suite is tuned, and what came of it.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::optimizer::{Event, SearchEnd, Spending, TunePage};
use crate::suite::exit::Exit;

/// What happens while a suite is tuned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TuneEvent<'a> {
    /// A tuning begins, or goes on.
    Started {
        /// The suite.
        suite: &'a str,
        /// What it is expected to take.
        expected: Spending,
        /// What it takes at most.
        most: Spending,
    },
    /// A step of the search or of the test.
    Search(Event<'a>),
    /// The baseline is judged: what the whole takes is now known better.
    BaselineJudged {
        /// What the whole is expected to take.
        expected: Spending,
        /// Calls of the whole with candidates far apart, and with candidates close together.
        range: [u64; 2],
        /// Calls so far.
        done: u64,
    },
    /// Nothing more is asked: what all of it took.
    Asked(Spending),
    /// The result is in the tuning's folder. The winner's signature is written next.
    Found {
        /// The result.
        page: &'a TunePage,
        /// The tuning's folder.
        folder: &'a Path,
    },
}

/// What listens to a tuning. An error of its own ends the tuning.
pub(crate) type Listener<'l> = dyn FnMut(TuneEvent<'_>) -> Result<()> + 'l;

/// A tuning that ended.
#[derive(Clone, Debug)]
pub struct Tuned {
    pub(super) folder: PathBuf,
    pub(super) end: SearchEnd,
    pub(super) page: Option<TunePage>,
    pub(super) signature: Option<PathBuf>,
    pub(super) calibration: Option<PathBuf>,
}

impl Tuned {
    /// The tuning's folder, with its logs, its replies and its result.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it ended.
    #[must_use]
    pub fn end(&self) -> &SearchEnd {
        &self.end
    }

    /// What it found; `None` where it broke off, and can be gone on with.
    #[must_use]
    pub fn page(&self) -> Option<&TunePage> {
        self.page.as_ref()
    }

    /// The winner's signature file: where it was asked for, or else in the tuning's folder. `None` where the
    /// signature stays as it was.
    #[must_use]
    pub fn signature(&self) -> Option<&Path> {
        self.signature.as_deref()
    }

    /// The stored threshold, where one was asked for and its gain holds.
    #[must_use]
    pub fn calibration(&self) -> Option<&Path> {
        self.calibration.as_deref()
    }

    /// The exit code of `evenhand tune`.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.end {
            SearchEnd::Complete | SearchEnd::OutOfCalls => Exit::Success,
            SearchEnd::Budget(_) => Exit::Budget,
            SearchEnd::StoppedEarly(_) => Exit::Unscored,
            SearchEnd::Interrupted => Exit::Interrupted,
        }
    }
}
