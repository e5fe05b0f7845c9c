//! A project: an evenhand.toml, and the suites in it.

use std::path::{Path, PathBuf};

use super::calibrate::{CalibrateEnd, CalibrateOptions, Calibrator, CascadeCalibrator, CascadeEnd};
use super::comparison::{comparison, named};
use super::config::{Config, Folders, Missing, load};
use super::environment::Environment;
use super::finished::assemble;
use super::judges::Suite;
use super::judgment::{JudgeRequest, Judging};
use super::jury::{JuryRequest, jury};
use super::missing::all_here;
use super::probe::{ProbeEvent, ProbeOptions, Probed, Prober};
use super::requests::{Asking, Question};
use super::run::{Run, RunEvent, RunOptions};
use super::score::{ScoreEvent, ScoreOptions, ScoredRun, score};
use super::shared::Shared;
use super::tune::{TuneEvent, TuneRequest, Tuned, Work, setup, tuned_judge};
use super::turns::{missing_models, run_all, turns};
use crate::comparison::{Comparison, JuryPage};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::report::Report;
use crate::stats::Promise;

/// An `evenhand.toml`, checked, with the folders it speaks of.
///
/// ```no_run
/// use evenhand::suite::{Environment, Project};
///
/// let project = Project::open("evenhand.toml", Environment::process())?;
/// println!("suites: {}", project.suites().collect::<Vec<_>>().join(", "));
/// # Ok::<(), evenhand::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Project {
    config: Config,
}

impl Project {
    /// Opens an `evenhand.toml`. Paths in it are relative to its folder, and runs are kept in `.evenhand` beside it.
    ///
    /// # Errors
    /// It cannot be read, or something in it is wrong: every fault, with its line.
    pub fn open(path: impl AsRef<Path>, environment: Environment) -> Result<Self> {
        let folders = Folders {
            config: Some(path.as_ref().to_owned()),
            state_dir: None,
            models_dir: None,
            missing: Missing::Refuse,
            environment,
        };
        Ok(Self { config: load(&folders)? })
    }

    /// The names of its suites, sorted.
    pub fn suites(&self) -> impl Iterator<Item = &str> {
        self.config.file.suites.keys().map(String::as_str)
    }

    /// Opens a suite: its signatures, checks and schemas are read.
    ///
    /// # Errors
    /// There is no suite of this name, or a file that it names cannot be used.
    pub fn suite(&self, name: &str) -> Result<ProjectSuite<'_>> {
        Ok(ProjectSuite { config: &self.config, suite: Suite::open(name, &self.config)? })
    }

    /// A report of runs that are over, by their folders: `evenhand report`. A run that was checked is shown with its gates
    /// and against its golden file.
    ///
    /// ```no_run
    /// # async fn report() -> evenhand::Result<()> {
    /// use evenhand::suite::{Environment, Project, RunOptions};
    ///
    /// let project = Project::open("evenhand.toml", Environment::process())?;
    /// let run = project.suite("polite")?.run(RunOptions::default(), |_event| {}).await?;
    /// let report = project.report([run.folder()])?;
    /// std::fs::write("report.html", report.html()?).expect("a writable folder");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A folder holds no run, or nothing is settled in it.
    pub fn report<P: AsRef<Path>>(&self, folders: impl IntoIterator<Item = P>) -> Result<Report> {
        let folders: Vec<PathBuf> = folders.into_iter().map(|folder| folder.as_ref().to_owned()).collect();
        assemble(&self.config, &folders)
    }

    /// Two runs held against each other, record by record: `evenhand compare OLD NEW`. Each is a run's folder, `last`,
    /// `last~1` for the one before, a golden file, or `FILE.json:MODEL` of one.
    ///
    /// # Errors
    /// There is no such run or file, or no record in it.
    pub fn compare(&self, old: &str, new: &str) -> Result<Comparison> {
        let [old, new] = named(&self.config, None, [old, new])?;
        comparison(&self.config, &old, &new)
    }

    /// Combines runs that are over into a jury: `evenhand jury RUN RUN...`. No model is asked.
    ///
    /// # Errors
    /// There is no such run, there are fewer than two, they have different verdicts or share no record, or votes are to
    /// be weighed and there are no labels.
    pub fn jury(&self, request: &JuryRequest) -> Result<JuryPage> {
        jury(&self.config, request)
    }

    /// Judges one thing, outside of any suite: `evenhand judge SIGNATURE`. Nothing is kept.
    ///
    /// ```no_run
    /// # async fn judge() -> evenhand::Result<()> {
    /// use evenhand::suite::{Environment, JudgeRequest, Project};
    ///
    /// let project = Project::open("evenhand.toml", Environment::process())?;
    /// let inputs = [("task", "Ask for the March files"), ("artifact", "send files. now")];
    /// let request = JudgeRequest {
    ///     signature: "professional_email".into(),
    ///     inputs: inputs.map(|(name, text)| (name.into(), text.into())).into(),
    ///     ..JudgeRequest::default()
    /// };
    /// println!("{:?}", project.judge(request).await?.score());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no such signature, an input is missing or unknown, or the model is not on this machine or cannot be
    /// loaded at all. A judge that gives no verdict is no error: the outcome says why there is none. Its `id` is empty.
    pub async fn judge(&self, request: JudgeRequest) -> Result<Outcome> {
        let judging = Judging::new(&self.config, request)?;
        all_here(&judging.missing().await?, &self.config)?;
        judging.judge().await
    }

    /// Scores judgments that are made already, as `[scores.NAME]` says: `evenhand score --suite NAME`. Gives a run for
    /// each judge, or one without a folder where people are compared with each other.
    ///
    /// # Errors
    /// There is no table of this name, its file holds no judgments, or a line of it cannot be used and the table does
    /// not say that such lines are left out.
    pub fn score(
        &self,
        name: &str,
        options: &ScoreOptions,
        mut on_event: impl FnMut(ScoreEvent<'_>),
    ) -> Result<Vec<ScoredRun>> {
        let mut listener = |event: ScoreEvent<'_>| {
            on_event(event);
            Ok(())
        };
        score(&self.config, name, options, &mut listener)
    }
}

/// A suite of a project.
///
/// ```no_run
/// # async fn judged() -> evenhand::Result<()> {
/// use evenhand::suite::{Environment, Project, RunEvent, RunOptions};
///
/// let project = Project::open("evenhand.toml", Environment::process())?;
/// let run = project.suite("polite")?.run(RunOptions::default(), |event| {
///     if let RunEvent::Settled(outcome) = event {
///         println!("{}", outcome.id);
///     }
/// });
/// println!("{}", run.await?.folder().display());
/// # Ok(())
/// # }
/// ```
pub struct ProjectSuite<'p> {
    pub(super) config: &'p Config,
    pub(super) suite: Suite,
}

impl<'p> ProjectSuite<'p> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.suite.name
    }

    /// Judges the suite's records in a new run's folder, or goes on with the last run: `evenhand run SUITE`.
    /// Everything that is paid for is kept in the folder as it comes, so that a run that breaks off is gone on with.
    ///
    /// # Errors
    /// The suite has no records, a model cannot be reached or loaded at all, an embedded model is not on this machine,
    /// or a file cannot be written. Records that cannot be scored are no error: they are unscored, with a reason.
    pub async fn run(mut self, options: RunOptions, on_event: impl FnMut(RunEvent<'_>)) -> Result<Run> {
        self.suite.change(&options, self.config)?;
        self.judged(&options, &Shared::new(self.config, &options)?, on_event).await
    }

    /// Judges the suite's records.
    pub(super) async fn judged(
        &self,
        options: &RunOptions,
        shared: &Shared,
        mut on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<Run> {
        let turns = turns([&self.suite], self.config, options, shared)?;
        all_here(&missing_models(&turns, self.config, options, shared).await?, self.config)?;
        let mut listener = |event: RunEvent<'_>| {
            on_event(event);
            Ok(())
        };
        let runs = Box::pin(run_all(turns, self.config, options, shared, &mut listener)).await?;
        let none = || Error::new(ErrorKind::Internal, "a suite was run, and there is no run");
        runs.into_iter().next().ok_or_else(none)
    }

    /// Looks for a better instruction or better demos for the suite's judge, on its labelled records, in a new folder
    /// of `.evenhand/tunes`, or goes on with the last tuning: `evenhand tune SUITE`. Replies that are paid for are kept
    /// in the folder as they come.
    ///
    /// ```no_run
    /// # async fn tune() -> evenhand::Result<()> {
    /// use evenhand::suite::{Environment, Project, TuneRequest};
    ///
    /// let project = Project::open("evenhand.toml", Environment::process())?;
    /// let request = TuneRequest { calls: Some(800), ..TuneRequest::default() };
    /// let tuned = project.suite("polite")?.tune(request, |_| {}).await?;
    /// println!("{:?}: {:?}", tuned.end(), tuned.signature());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The request or the suite cannot be tuned by, an embedded model is not on this machine, a model cannot be reached
    /// or loaded at all, or a file cannot be written. A tuning that breaks off, at a budget for example, is no error:
    /// it has no page.
    pub async fn tune(
        mut self,
        request: TuneRequest,
        mut on_event: impl FnMut(TuneEvent<'_>),
    ) -> Result<Tuned> {
        if let Some(file) = &request.outputs {
            self.suite.judge_file(file);
        }
        let suite = tuned_judge(self.suite, self.config, &request)?;
        let (setup, held_out) = setup(&suite, self.config, &request)?;
        let work = Work::new(&suite, self.config, &request, &setup)?;
        let shared = work.shared()?;
        all_here(&work.missing_models().await?, self.config)?;
        let mut listener = |event: TuneEvent<'_>| {
            on_event(event);
            Ok(())
        };
        work.run(held_out, &shared, &mut listener).await
    }

    /// Asks the suite's judge changed versions of its question, in which nothing that matters is changed, and says which
    /// verdicts flip: `evenhand probe SUITE`. Verdicts are kept in a new folder of `.evenhand/probes` as they come.
    ///
    /// ```no_run
    /// # async fn probe() -> evenhand::Result<()> {
    /// use evenhand::suite::{Environment, ProbeOptions, Project};
    ///
    /// let project = Project::open("evenhand.toml", Environment::process())?;
    /// let probed = project.suite("polite")?.probe(ProbeOptions::default(), |_| {}).await?;
    /// if let Some(worst) = probed.report().and_then(|report| report.worst()) {
    ///     println!("{} of {} verdicts flip when {}", worst.flips.flips, worst.flips.n, worst.probe.when());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The suite has no records or several judges of which none is named, an embedded model is not on this machine, a
    /// model cannot be reached or loaded at all, or a file cannot be written. A probing that breaks off, at a budget
    /// for example, is no error: it has no report.
    pub async fn probe(
        self,
        options: ProbeOptions,
        mut on_event: impl FnMut(ProbeEvent<'_>),
    ) -> Result<Probed> {
        let prober = Prober::new(self.config, self.suite, options)?;
        all_here(&prober.missing().await?, self.config)?;
        let mut listener = |event: ProbeEvent<'_>| {
            on_event(event);
            Ok(())
        };
        prober.probe(&mut listener).await
    }

    /// Judges the records that have a label, or takes an earlier run, and compares the judge with the labels:
    /// `evenhand calibrate SUITE`.
    ///
    /// # Errors
    /// No record has a label, the suite is not of one judge alone, or what [`run`](Self::run) says.
    pub async fn calibrate(
        mut self,
        options: CalibrateOptions,
        mut on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<CalibrateEnd<'p>> {
        self.suite.change(&options.run, self.config)?;
        let calibrator = Calibrator::new(self.config, self.suite, options)?;
        all_here(&calibrator.missing().await?, self.config)?;
        let mut listener = |event: RunEvent<'_>| {
            on_event(event);
            Ok(())
        };
        calibrator.calibrate(&mut listener).await
    }

    /// Asks every stage of a cascade about the records that have a label, and looks for thresholds that keep the
    /// promise: `evenhand calibrate SUITE --cascade`. `judge` names the cascade where the suite has several.
    ///
    /// # Errors
    /// The suite has no cascade of that name, α or δ is not between 0 and 1, no record has a label, or what
    /// [`run`](Self::run) says.
    pub async fn calibrate_cascade(
        self,
        judge: Option<&str>,
        promise: Promise,
        options: CalibrateOptions,
        mut on_event: impl FnMut(RunEvent<'_>),
    ) -> Result<CascadeEnd<'p>> {
        let calibrator = CascadeCalibrator::new(self.config, self.suite, judge, promise, options)?;
        all_here(&calibrator.missing().await?, self.config)?;
        let mut listener = |event: RunEvent<'_>| {
            on_event(event);
            Ok(())
        };
        calibrator.calibrate(&mut listener).await
    }

    /// Exactly what the suite's judges would be sent about a record, the first one where none is named: `evenhand
    /// prompt SUITE`. An output that a command makes is made for it; no model is asked.
    ///
    /// # Errors
    /// There is no such record, or a field that a judge needs is not there.
    pub async fn requests(&self, record_id: Option<&str>) -> Result<Vec<Question>> {
        let mut asking = Asking::new(&self.suite, self.config, None, None)?;
        let inputs = asking.inputs(&self.suite, self.config, record_id).await?;
        asking.questions(&inputs)
    }
}
