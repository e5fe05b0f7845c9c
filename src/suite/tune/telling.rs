//! What happens while a suite is tuned, how it is told, and what came of it.

use std::path::{Path, PathBuf};

use super::account::{Account, Shown};
use super::estimate::{Forecaster, TuneEstimate};
use super::folder::TuneFolder;
use super::rates::Rates;
use crate::error::Result;
use crate::optimizer::{Event, Part, Reply, SearchEnd, TunePage, TuneSpending};
use crate::suite::shell::Exit;

/// What happens while a suite is tuned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TuneEvent<'a> {
    /// A tuning begins, or goes on.
    Started {
        /// The suite.
        suite: &'a str,
        /// What it is expected to take.
        expected: TuneSpending,
        /// What it takes at most.
        most: TuneSpending,
    },
    /// A candidate judged a record.
    Judged {
        /// The candidate's place; 0 is the baseline's.
        candidate: usize,
        /// The record's id.
        record: &'a str,
        /// Whether the record is of the test part.
        is_test: bool,
    },
    /// A candidate dropped out of the race.
    Dropped {
        /// Its place.
        candidate: usize,
        /// How many validation records it had judged.
        judged: usize,
    },
    /// A candidate judged every validation record.
    Finished {
        /// Its place.
        candidate: usize,
        /// Its objective, less the penalty for tokens.
        worth: Option<f64>,
        /// The best so far, by its place.
        best: usize,
    },
    /// The baseline is judged: what the whole takes is now known better.
    BaselineJudged {
        /// What the whole is expected to take.
        expected: TuneSpending,
        /// Calls of the whole with candidates far apart, and with candidates close together.
        range: [u64; 2],
        /// Calls so far.
        done: u64,
    },
    /// Nothing more is asked: what all of it took.
    Asked(TuneSpending),
    /// The result is in the tuning's folder. With it are the winner's signature and the threshold that are kept.
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

/// Tells how a search goes, and writes it down.
pub(super) struct Telling<'a> {
    folder: &'a mut TuneFolder,
    listener: &'a mut Listener<'a>,
    forecaster: &'a Forecaster<'a>,
    earlier: &'a Rates,
    account: Account,
    shown: Shown,
    /// What was expected once the baseline had been judged.
    sharper: Option<TuneSpending>,
}

impl<'a> Telling<'a> {
    pub(super) fn start(
        folder: &'a mut TuneFolder,
        listener: &'a mut Listener<'a>,
        forecaster: &'a Forecaster<'a>,
        earlier: &'a Rates,
        estimate: &TuneEstimate,
    ) -> Result<Self> {
        let (expected, most) = (estimate.expected.all, estimate.most.all);
        listener(TuneEvent::Started { suite: &forecaster.setup.suite, expected, most })?;
        Ok(Self {
            folder,
            listener,
            forecaster,
            earlier,
            account: Account::new(forecaster.prices.clone()),
            shown: Shown::new(!forecaster.request.resume),
            sharper: None,
        })
    }

    pub(super) fn hear(&mut self, event: Event<'_>) -> Result<()> {
        self.folder.note(event)?;
        if let Event::Judged { place, model, part, id, reply } = event {
            self.account.add(part, model, reply);
            if (place, part) == (0, Part::Validation) {
                self.show(id, reply);
            }
        }
        match event {
            Event::Entered { .. } => Ok(()),
            Event::Judged { place: candidate, part, id: record, .. } => {
                (self.listener)(TuneEvent::Judged { candidate, record, is_test: part == Part::Test })
            }
            Event::Dropped { place: candidate, judged, .. } => {
                (self.listener)(TuneEvent::Dropped { candidate, judged })
            }
            Event::Finished { place: candidate, worth, best } => {
                (self.listener)(TuneEvent::Finished { candidate, worth, best })
            }
        }?;
        if let Event::Finished { place: 0, .. } = event { self.sharpen() } else { Ok(()) }
    }

    fn show(&mut self, id: &str, reply: &Reply) {
        let validation = &self.forecaster.setup.learning.validation;
        if let Some(example) = validation.iter().find(|example| example.id == id) {
            let bytes = self.forecaster.sizes.of(self.forecaster.context.spec, example);
            self.shown.add(example, reply, bytes);
        }
    }

    /// Expects anew, now that the baseline has been judged.
    fn sharpen(&mut self) -> Result<()> {
        let at_once = self.forecaster.at_once.min(self.forecaster.options.block);
        let rates = self.shown.rates(self.earlier, at_once);
        let expected = self.forecaster.expected(&self.shown.errors(), &rates, self.shown.reasons())?;
        self.sharper = Some(expected.all);
        let done = self.account.calls();
        (self.listener)(TuneEvent::BaselineJudged { expected: expected.all, range: expected.range, done })
    }

    /// What was spent, and what was expected once the baseline had been judged.
    pub(super) fn ended(self) -> Result<(TuneSpending, Option<TuneSpending>)> {
        let spent = self.account.spent();
        (self.listener)(TuneEvent::Asked(spent))?;
        Ok((spent, self.sharper))
    }
}
