//! A project's suite, checked and locked by a program.

use std::path::Path;

use super::check::{Checks, Concluded};
use super::lock::{LockedFile, Locking};
use super::settings;
use super::strict::repeats_as_locked;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Checked, Conclusion, Diff};
use crate::suite::project::ProjectSuite;
use crate::suite::run::{Run, RunEvent, RunOptions};
use crate::suite::shared::Shared;
use crate::suite::shell::Exit;

/// A suite that was judged and compared with its golden file and its gates.
///
/// ```no_run
/// # async fn checked() -> evenhand::Result<()> {
/// use evenhand::golden::Conclusion;
/// use evenhand::suite::{Environment, Project, RunOptions};
///
/// let project = Project::open("evenhand.toml", Environment::process())?;
/// let checked = project.suite("polite")?.check(RunOptions::default(), |_event| {}).await?;
/// assert_eq!(checked.conclusion(), Some(Conclusion::Pass));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CheckedSuite {
    run: Run,
    concluded: Option<Concluded>,
}

impl CheckedSuite {
    /// What follows; `None` where the run was interrupted or its budget was reached.
    #[must_use]
    pub fn conclusion(&self) -> Option<Conclusion> {
        self.checked().map(|checked| checked.conclusion)
    }

    /// The suite compared with its golden file, record by record; `None` too for a suite with gates alone.
    #[must_use]
    pub fn diff(&self) -> Option<&Diff> {
        self.checked()?.diff.as_ref()
    }

    /// All that was found, gates included: [`Checked::text`] is its report.
    #[must_use]
    pub fn checked(&self) -> Option<&Checked> {
        self.concluded.as_ref().map(|concluded| &concluded.checked)
    }

    /// The run that was checked.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The exit code of `evenhand check SUITE`.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.concluded.as_ref().map_or(self.run.exit, |concluded| concluded.exit)
    }
}

/// A suite that was judged to be locked.
#[derive(Clone, Debug)]
pub struct LockedSuite {
    run: Run,
    file: Option<LockedFile>,
}

impl LockedSuite {
    /// The golden file that was written; `None` where the run was not finished, or too many records are unscored.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|locked| locked.path.as_path())
    }

    /// The run whose scores were locked.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The exit code of `evenhand golden lock SUITE`.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.run.exit
    }
}

impl ProjectSuite<'_> {
    /// Judges the suite, and compares it with its golden file and its gates: `evenhand check SUITE`. Changed scores
    /// wait in `golden/SUITE.json.pending` for `evenhand golden review`; `EVENHAND_UPDATE`, `INSTA_UPDATE` and `CI`
    /// of the project's variables say otherwise.
    ///
    /// # Errors
    /// As for [`run`](Self::run); and the suite has neither golden file nor gates, or was locked with another judge setup:
    /// what changed, and what to do. A regression is no error: it is a conclusion.
    pub async fn check(
        mut self,
        options: RunOptions,
        on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<CheckedSuite> {
        self.suite.change(&options, self.config)?;
        repeats_as_locked(self.config, std::slice::from_mut(&mut self.suite), &options)?;
        let Self { config, suite } = &self;
        let checks =
            Checks::open(config, [suite], None, &options, settings::update(config, options.golden_writes)?)?;
        checks.to_judge()?;
        let shared = Shared::new(config, &options)?;
        let run = self.judged(&options, &shared, on_event).await?;
        let Ok(ended) = checks.judged(std::slice::from_ref(&run)) else {
            return Ok(CheckedSuite { run, concluded: None });
        };
        let none = || Error::new(ErrorKind::Internal, "a suite was checked, and there is nothing to tell");
        let mut case = checks.compare(&ended)?.pop().ok_or_else(none)?;
        let concluded = checks.conclude(&mut case, Some(&shared)).await?;
        checks.keep(&case, &concluded)?;
        Ok(CheckedSuite { run, concluded: Some(concluded) })
    }

    /// Judges the suite, and locks its scores in `golden/SUITE.json`: `evenhand golden lock SUITE`. What waited for a
    /// decision waits no more.
    ///
    /// # Errors
    /// As for [`run`](Self::run); the golden file cannot be read or written; or this is CI, by the project's variables,
    /// and [`RunOptions::golden_writes`] does not allow it.
    pub async fn lock(
        mut self,
        options: RunOptions,
        on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<LockedSuite> {
        self.suite.change(&options, self.config)?;
        settings::may_write(self.config, options.golden_writes, "locking")?;
        let locking = Locking::open(self.config, &self.suite, &options)?;
        let options = locking.options(&options)?;
        let shared = Shared::new(self.config, &options)?;
        let run = self.judged(&options, &shared, on_event).await?;
        let file = locking.after(run.exit, &run.folder)?;
        Ok(LockedSuite { run, file })
    }
}
