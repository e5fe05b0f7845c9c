//! A judge, opened in each process that asks it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use evenhand::eval::Stop;
use evenhand::internal::eval::Reasons;
use evenhand::internal::suite::{JudgeSetup, JudgedRecord, OpenJudge, SignatureSource};
use evenhand::judge::{Aggregation, AnswerLabels, AnswerOrders, JudgeOptions, Reading, StrategyChoice};
use evenhand::suite::Spending;
use evenhand::testing::JudgedBy;
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::engine::{begin, spawn};
use crate::error::{raised, refused, unreadable};
use crate::project::{environment, strategy};

/// A judge's settings, as Python says them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// A name or a file.
    signature: Option<String>,
    /// A signature's text and the name that stands for its file.
    text: Option<(String, String)>,
    project: Option<PathBuf>,
    model: Option<String>,
    /// `[models.judge]`.
    config: Map<String, Value>,
    reading: Option<Reading>,
    #[serde(deserialize_with = "strategy")]
    strategy: Option<StrategyChoice>,
    aggregation: Aggregation,
    samples: Option<u32>,
    retries: Option<u32>,
    parallel: Option<usize>,
    reasons: bool,
    cache: Option<PathBuf>,
    recording: Option<PathBuf>,
    replies: Option<PathBuf>,
    workers: Option<u32>,
    orders: Option<AnswerOrders>,
    answer_labels: Option<AnswerLabels>,
    label: Option<String>,
    fields: BTreeMap<String, String>,
    max_cost_usd: Option<f64>,
    max_calls: Option<u64>,
    max_tokens: Option<u64>,
    max_minutes: Option<f64>,
}

impl Settings {
    fn setup(self, variables: BTreeMap<String, String>) -> PyResult<JudgeSetup> {
        let config = if self.config.is_empty() {
            String::new()
        } else {
            let config = json!({"default_model": "judge", "models": {"judge": self.config}});
            toml::to_string(&config).map_err(|problem| unreadable("a judge's settings", &problem))?
        };
        let signature = match self.text {
            Some((text, name)) => SignatureSource::Text { text, name },
            None => SignatureSource::Named(self.signature.unwrap_or_default()),
        };
        let usual = JudgeOptions::default();
        Ok(JudgeSetup {
            signature,
            project: self.project,
            config,
            model: self.model,
            reading: self.reading,
            strategy: self.strategy.unwrap_or_default(),
            aggregation: self.aggregation,
            samples: self.samples,
            retries: self.retries,
            parallel: self.parallel,
            reasons: if self.reasons { Reasons::Always } else { Reasons::Never },
            cache: self.cache,
            recording: self.recording,
            replies: self.replies,
            workers: self.workers.unwrap_or(1),
            orders: self.orders.unwrap_or(usual.orders),
            answer_labels: self.answer_labels.unwrap_or(usual.answer_labels),
            fields: self.fields,
            label: self.label,
            budget: Spending {
                cost_usd: self.max_cost_usd,
                calls: self.max_calls,
                tokens: self.max_tokens,
                minutes: self.max_minutes,
            },
            environment: environment(variables),
        })
    }
}

/// A judge that was opened, in the process that opened it. A fork leaves it to its parent: the child opens its own.
#[pyclass(frozen)]
pub(crate) struct OpenedJudge {
    judge: Arc<OpenJudge>,
}

#[pymethods]
impl OpenedJudge {
    #[new]
    fn new(py: Python<'_>, settings: &str, variables: BTreeMap<String, String>) -> PyResult<Self> {
        let settings: Settings =
            serde_json::from_str(settings).map_err(|problem| refused(py, "a judge's setting", &problem))?;
        let setup = settings.setup(variables)?;
        let opened = begin(move || OpenJudge::open(setup))?.wait(py, &Stop::default())?;
        Ok(Self { judge: Arc::new(opened.map_err(|error| raised(py, &error))?) })
    }

    /// The model's name.
    #[getter]
    fn model(&self) -> &str {
        self.judge.model()
    }

    /// The signature's name and fingerprint, and the judge's own.
    #[getter]
    fn fingerprints(&self) -> Option<(String, String, String)> {
        let judge = self.judge.judge()?;
        Some((judge.spec().name.clone(), judge.spec().fingerprint(), judge.fingerprint()))
    }

    /// The names of the signature's inputs.
    #[getter]
    fn inputs(&self) -> Vec<String> {
        let spec = self.judge.judge().map(evenhand::judge::Judge::spec);
        spec.into_iter().flat_map(|spec| &spec.inputs).map(|field| field.name.clone()).collect()
    }

    /// Judges records, a list in JSON. Gives a list in JSON: for each its outcome and its answer.
    fn judge(&self, py: Python<'_>, records: &str) -> PyResult<String> {
        let records = read(records)?;
        let (judge, stop) = (Arc::clone(&self.judge), Stop::default());
        let wish = stop.clone();
        let begun = begin(move || async move { judge.judge_all(records, &wish, || {}).await })?;
        let judged = begun.wait(py, &stop)?.map_err(|error| raised(py, &error))?;
        py.detach(|| written(&judged))
    }

    /// The same without waiting: `done(text, error)` is called, on another thread, when it is there. What is given ends
    /// it when its `cancel` is called.
    fn begin(&self, records: &str, done: Py<PyAny>) -> PyResult<Asked> {
        let records = read(records)?;
        let judge = Arc::clone(&self.judge);
        let work = move || async move { judge.judge_all(records, &Stop::default(), || {}).await };
        let abort = spawn(work, move |judged: evenhand::Result<Vec<JudgedRecord>>| {
            Python::attach(|py| {
                let told =
                    match judged.map_err(|error| raised(py, &error)).and_then(|judged| written(&judged)) {
                        Ok(text) => done.call1(py, (text, py.None())),
                        Err(error) => done.call1(py, (py.None(), error.into_value(py))),
                    };
                if let Err(problem) = told {
                    problem.write_unraisable(py, None);
                }
            });
        })?;
        Ok(Asked { abort: Some(abort) })
    }
}

impl OpenedJudge {
    /// Who judged, for golden files.
    pub(crate) fn judged_by(&self) -> Option<JudgedBy> {
        Some(JudgedBy::from(self.judge.judge()?).named(self.judge.model()))
    }
}

/// Records that are being judged.
#[pyclass]
pub(crate) struct Asked {
    abort: Option<oneshot::Sender<()>>,
}

#[pymethods]
impl Asked {
    /// Ends it: calls in flight are given up.
    fn cancel(&mut self) {
        if let Some(abort) = self.abort.take() {
            // It may have ended by itself.
            let _ = abort.send(());
        }
    }
}

fn read(records: &str) -> PyResult<Vec<Map<String, Value>>> {
    serde_json::from_str(records).map_err(|problem| unreadable("records", &problem))
}

fn written(judged: &[JudgedRecord]) -> PyResult<String> {
    let each: Vec<_> = judged.iter().map(|one| (&one.outcome, &one.answer)).collect();
    serde_json::to_string(&each).map_err(|problem| unreadable("outcomes", &problem))
}
