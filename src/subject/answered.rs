//! Outputs by a model with a signature: then the model's upgrades are what the suite watches.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::production::{Production, Shelf, Trace, written_down};
use super::strategy::{Asking, OutputStrategy, Prepared};
use crate::ask::{
    Asked, Attempt, Mapping, Purpose, Question, Reading, Reason, Replied, Unscored, ask_request,
};
use crate::data::Record;
use crate::error;
use crate::model::{Model, Parameters, Request};
use crate::signature::Spec;

/// A model that answers for each record. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ModelSubject {
    inner: Arc<AnsweredInner>,
    /// Where its outputs are written down.
    shelves: Vec<Arc<Shelf>>,
}

#[derive(Debug)]
struct AnsweredInner {
    question: Question,
    model: Model,
    mapping: Mapping,
    retries: u32,
    strategy: Prepared,
    slots: Semaphore,
}

impl ModelSubject {
    /// A model and what it is asked; `mapping` says which of a record's fields
    /// becomes which input. At most `concurrency` records are asked about at the same time.
    ///
    /// # Errors
    /// The spec cannot be compiled, or the strategy's options do not fit it.
    pub(crate) fn new(
        spec: Spec,
        model: Model,
        mapping: Mapping,
        parameters: Parameters,
        retries: u32,
        strategy: OutputStrategy,
        concurrency: usize,
    ) -> error::Result<Self> {
        let question = Question::new(spec, Reading::Text, parameters)?;
        let strategy = Prepared::new(strategy, &question)?;
        let slots = Semaphore::new(concurrency.max(1));
        let inner = AnsweredInner { question, model, mapping, retries, strategy, slots };
        Ok(Self { inner: Arc::new(inner), shelves: Vec::new() })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.inner.model
    }

    /// The same, which writes its outputs down on these shelves.
    pub(crate) fn recorded(self, shelves: Vec<Arc<Shelf>>) -> Self {
        Self { shelves, ..self }
    }

    /// How many calls an output takes at least and at most.
    #[must_use]
    pub fn calls(&self) -> RangeInclusive<u64> {
        self.inner.strategy.calls()
    }

    /// Whether outputs for the same record may differ, whatever the model's temperature.
    pub(crate) fn draws(&self) -> bool {
        self.inner.strategy.strategy().draws()
    }

    /// A hash of everything but the record that decides an output, 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.inner.model.name().as_bytes());
        hasher.update(self.inner.question.fingerprint().as_bytes());
        let given = &self.inner.mapping.given;
        if !given.is_empty() {
            hasher.update(json!(given).to_string().as_bytes());
        }
        hasher.update(self.inner.strategy.mark().as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// What is wrong with a record, before anything is asked about it.
    ///
    /// # Errors
    /// It lacks an input.
    pub fn check(&self, record: &Record) -> Result<(), String> {
        self.inner.mapping.inputs(record, self.inner.question.spec()).map(|_| ())
    }

    /// The model's answer for a record: of a signature with one output, that
    /// output; of one with several, the whole object. Each `repeat`, from 0, is asked for anew.
    pub async fn produce(&self, record: &Record, repeat: u32) -> Production {
        let inner = &self.inner;
        let slot = inner.slots.acquire().await;
        let started = Instant::now();
        let asked = match inner.mapping.inputs(record, inner.question.spec()) {
            Ok(inputs) => inner.answer(record, &inputs, repeat).await,
            Err(problem) => unasked(problem),
        };
        drop(slot);
        let trace = trace(asked.attempts, started.elapsed().as_secs_f64() * 1000.0);
        let output = match asked.result {
            Ok(answer) => written_down(
                &self.shelves,
                (&self.fingerprint(), &record.id, repeat),
                single(answer, inner.question.spec()),
                trace.took_ms,
            ),
            Err(unscored) => Err(of_the_subject(unscored)),
        };
        Production { output, trace }
    }
}

impl AnsweredInner {
    async fn answer(&self, record: &Record, inputs: &Map<String, Value>, repeat: u32) -> Answered {
        let request = match self.question.request(inputs) {
            Ok(request) => request,
            Err(fault) => return unasked(fault.to_string()),
        };
        let model = self.model.about(&record.id);
        let mut asked = if self.strategy.strategy() == &OutputStrategy::default() {
            self.once(&model, Request { repeat, ..request }).await
        } else {
            let Self { question, retries, .. } = self;
            let mut asking =
                Asking { question, model, retries: *retries, repeat, request, attempts: Vec::new() };
            let result = self.strategy.answer(&mut asking).await;
            Answered { result, attempts: asking.attempts }
        };
        asked.attempts.iter_mut().for_each(|attempt| attempt.repeat = repeat);
        asked
    }

    async fn once(&self, model: &Model, request: Request) -> Answered {
        let Asked { result, attempts } =
            ask_request(model, &self.question, request, Purpose::Verdict, self.retries).await;
        let result = match result {
            Ok(Replied::Answer(answer)) => Ok(answer.value),
            Ok(Replied::Weights(_)) => Err(Unscored::new(Reason::Subject, "a distribution is no output")),
            Err(unscored) => Err(unscored),
        };
        Answered { result, attempts }
    }
}

/// The answer that becomes an output, and every call for it.
struct Answered {
    result: Result<Value, Unscored>,
    attempts: Vec<Attempt>,
}

fn unasked(problem: String) -> Answered {
    Answered { result: Err(Unscored::new(Reason::Subject, problem)), attempts: Vec::new() }
}

/// How an answer came about. One that is from the cache alone was kept, and took as long as it did then.
pub(super) fn trace(attempts: Vec<Attempt>, elapsed_ms: f64) -> Trace {
    let cached = |attempt: &Attempt| attempt.response.as_ref().is_some_and(|response| response.cached);
    let kept = !attempts.is_empty() && attempts.iter().all(cached);
    let then_ms =
        || attempts.iter().filter_map(|attempt| Some(attempt.response.as_ref()?.timing.total_ms)).sum();
    let took_ms = if kept { then_ms() } else { elapsed_ms };
    Trace { took_ms, kept, attempts, ..Trace::default() }
}

fn single(answer: Value, spec: &Spec) -> Value {
    match (spec.outputs.as_slice(), &answer) {
        ([only], Value::Object(fields)) => fields.get(&only.name).cloned().unwrap_or(answer),
        _ => answer,
    }
}

/// What kept the subject from answering is the subject's failure, not the
/// judge's; but a budget or an interruption is nobody's.
pub(super) fn of_the_subject(unscored: Unscored) -> Unscored {
    if matches!(unscored.reason, Reason::Budget | Reason::Cancelled) {
        return unscored;
    }
    let detail = format!("{}: {}", unscored.reason, unscored.detail);
    Unscored { reason: Reason::Subject, detail, ..unscored }
}
