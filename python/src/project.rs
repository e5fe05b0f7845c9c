//! A project's suites: run, checked, locked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use evenhand::eval::{Ended, Outcome, Stop};
use evenhand::judge::{Reading, StrategyChoice};
use evenhand::report::Detail;
use evenhand::suite::{
    CacheUse, CheckedSuite, Environment, GoldenWrites, Project, Resume, Run, RunEvent, RunOptions, Spending,
};
use pyo3::prelude::*;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::engine::begin;
use crate::error::{raised, refused, unreadable};

/// An environment of these variables, whose messages go to Python's logging.
pub(crate) fn environment(variables: BTreeMap<String, String>) -> Environment {
    Environment::of(variables).with_messages(|message| {
        Python::attach(|py| {
            let said = || {
                let logger = py.import("logging")?.call_method1("getLogger", ("evenhand",))?;
                logger.call_method1("info", ("%s", message))
            };
            if let Err(problem) = said() {
                problem.write_unraisable(py, None);
            }
        });
    })
}

/// How a suite is run, as Python says it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    model: Option<String>,
    judge_models: BTreeMap<String, String>,
    reading: Option<Reading>,
    #[serde(deserialize_with = "strategy")]
    strategy: Option<StrategyChoice>,
    concurrency: Option<usize>,
    outputs: Option<PathBuf>,
    limit: Option<u64>,
    filters: Vec<String>,
    max_cost_usd: Option<f64>,
    max_calls: Option<u64>,
    max_tokens: Option<u64>,
    max_minutes: Option<f64>,
    samples: Option<u32>,
    repeats: Option<u32>,
    explain: Option<usize>,
    cache: CacheWish,
    resume: ResumeWish,
    record: Option<PathBuf>,
    replies: Option<PathBuf>,
    uncalibrated: bool,
    write_in_ci: bool,
}

/// A strategy as the command line takes it, `NAME:option=value`, or as evenhand.toml does.
pub(crate) fn strategy<'de, D: Deserializer<'de>>(given: D) -> Result<Option<StrategyChoice>, D::Error> {
    let parsed = match Value::deserialize(given)? {
        Value::String(text) => text.parse::<StrategyChoice>().map_err(|error| error.to_string()),
        other => serde_json::from_value(other).map_err(|problem| problem.to_string()),
    };
    parsed.map(Some).map_err(serde::de::Error::custom)
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CacheWish {
    #[default]
    Use,
    Refresh,
    Ignore,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResumeWish {
    #[default]
    No,
    Last,
    RetryUnscored,
}

impl Options {
    fn run(self, stop: &Stop) -> RunOptions {
        RunOptions {
            model: self.model,
            judge_models: self.judge_models,
            reading: self.reading,
            strategy: self.strategy,
            concurrency: self.concurrency,
            outputs: self.outputs,
            limit: self.limit,
            filters: self.filters,
            budget: Spending {
                cost_usd: self.max_cost_usd,
                calls: self.max_calls,
                tokens: self.max_tokens,
                minutes: self.max_minutes,
            },
            samples: self.samples,
            repeats: self.repeats,
            explain: self.explain,
            cache: match self.cache {
                CacheWish::Use => CacheUse::Use,
                CacheWish::Refresh => CacheUse::Refresh,
                CacheWish::Ignore => CacheUse::Ignore,
            },
            resume: match self.resume {
                ResumeWish::No => Resume::No,
                ResumeWish::Last => Resume::Last,
                ResumeWish::RetryUnscored => Resume::RetryUnscored,
            },
            record: self.record,
            replies: self.replies,
            uncalibrated: self.uncalibrated,
            golden_writes: if self.write_in_ci { GoldenWrites::InCiToo } else { GoldenWrites::NotInCi },
            stop: stop.clone(),
            ..RunOptions::default()
        }
    }
}

/// An evenhand.toml that was read.
#[pyclass(frozen)]
pub(crate) struct OpenedProject {
    project: Arc<Project>,
}

#[pymethods]
impl OpenedProject {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, variables: BTreeMap<String, String>) -> PyResult<Self> {
        let opened = py.detach(|| Project::open(path, environment(variables)));
        Ok(Self { project: Arc::new(opened.map_err(|error| raised(py, &error))?) })
    }

    /// The names of its suites, sorted.
    fn suites(&self) -> Vec<String> {
        self.project.suites().map(str::to_owned).collect()
    }

    /// Whether there is a suite of this name whose files can be read; an error says what is wrong.
    fn open(&self, py: Python<'_>, suite: &str) -> PyResult<()> {
        py.detach(|| self.project.suite(suite).map(|_| ())).map_err(|error| raised(py, &error))
    }

    /// Judges a suite.
    fn run(&self, py: Python<'_>, suite: String, options: &str) -> PyResult<OpenedRun> {
        self.each(py, suite, options, async |project, suite, options| {
            project.suite(&suite)?.run(options, |_: RunEvent<'_>| {}).await
        })
        .map(|run| OpenedRun { run })
    }

    /// Judges a suite, and compares it with its golden file and its gates.
    fn check(&self, py: Python<'_>, suite: String, options: &str) -> PyResult<CheckedRun> {
        self.each(py, suite, options, async |project, suite, options| {
            project.suite(&suite)?.check(options, |_: RunEvent<'_>| {}).await
        })
        .map(|checked| CheckedRun { checked })
    }

    /// Judges a suite, and locks its scores. Gives the golden file, where one was written.
    fn lock(&self, py: Python<'_>, suite: String, options: &str) -> PyResult<(OpenedRun, Option<PathBuf>)> {
        let locked = self.each(py, suite, options, async |project, suite, options| {
            project.suite(&suite)?.lock(options, |_: RunEvent<'_>| {}).await
        })?;
        let file = locked.file().map(ToOwned::to_owned);
        Ok((OpenedRun { run: locked.run().clone() }, file))
    }

    /// The page of runs that are over, by their folders.
    fn html(&self, py: Python<'_>, folders: Vec<PathBuf>) -> PyResult<String> {
        let page = py.detach(|| self.project.report(folders)?.html());
        page.map_err(|error| raised(py, &error))
    }
}

impl OpenedProject {
    fn each<T, W>(&self, py: Python<'_>, suite: String, options: &str, work: W) -> PyResult<T>
    where
        T: Send + 'static,
        W: AsyncFnOnce(Arc<Project>, String, RunOptions) -> evenhand::Result<T> + Send + 'static,
    {
        let options: Options =
            serde_json::from_str(options).map_err(|problem| refused(py, "an option of the run", &problem))?;
        let stop = Stop::default();
        let options = options.run(&stop);
        let project = Arc::clone(&self.project);
        let begun = begin(move || work(project, suite, options))?;
        begun.wait(py, &stop)?.map_err(|error| raised(py, &error))
    }
}

/// A run that ended.
#[pyclass(frozen)]
pub(crate) struct OpenedRun {
    run: Run,
}

#[pymethods]
impl OpenedRun {
    #[getter]
    fn suite(&self) -> &str {
        self.run.suite()
    }

    #[getter]
    fn folder(&self) -> PathBuf {
        self.run.folder().to_owned()
    }

    /// `complete`, `interrupted`, or `stopped_early` with why.
    #[getter]
    fn ended(&self) -> (&'static str, Option<String>) {
        match self.run.ended() {
            Ended::Complete => ("complete", None),
            Ended::Interrupted => ("interrupted", None),
            Ended::StoppedEarly(why) => ("stopped_early", Some(why.clone())),
        }
    }

    /// The exit code of the command.
    #[getter]
    fn exit(&self) -> u8 {
        self.run.exit() as u8
    }

    /// Its numbers, as JSON.
    fn summary(&self) -> PyResult<String> {
        serde_json::to_string(self.run.summary()).map_err(|problem| unreadable("summary", &problem))
    }

    /// Its outcomes in the order of the dataset, as a list in JSON.
    fn outcomes(&self, py: Python<'_>) -> PyResult<String> {
        let read = py.detach(|| {
            let mut outcomes: Vec<Outcome> = self.run.outcomes()?;
            outcomes.sort_by_key(|outcome| outcome.index);
            Ok(serde_json::to_string(&outcomes))
        });
        read.map_err(|error| raised(py, &error))?.map_err(|problem| unreadable("outcomes", &problem))
    }
}

/// A suite that was checked.
#[pyclass(frozen)]
pub(crate) struct CheckedRun {
    checked: CheckedSuite,
}

#[pymethods]
impl CheckedRun {
    #[getter]
    fn run(&self) -> OpenedRun {
        OpenedRun { run: self.checked.run().clone() }
    }

    /// The exit code of the command.
    #[getter]
    fn exit(&self) -> u8 {
        self.checked.exit() as u8
    }

    /// All that was found, as JSON; `None` where the run was not finished.
    fn found(&self) -> PyResult<Option<String>> {
        let found = self.checked.checked().map(serde_json::to_string).transpose();
        found.map_err(|problem| unreadable("what a check found", &problem))
    }

    /// The report of the command.
    fn text(&self) -> Option<String> {
        self.checked.checked().map(|checked| checked.text(Detail::Figures))
    }
}

/// The numbers of a run that was judged in parts, as JSON.
#[pyfunction]
pub(crate) fn sum_up(
    py: Python<'_>,
    folder: PathBuf,
    project: Option<PathBuf>,
    variables: BTreeMap<String, String>,
) -> PyResult<String> {
    let summed =
        py.detach(move || evenhand::internal::suite::sum_up(&folder, project, environment(variables)));
    let summary = summed.map_err(|error| raised(py, &error))?;
    serde_json::to_string(&summary).map_err(|problem| unreadable("summary", &problem))
}
