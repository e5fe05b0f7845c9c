//! The calls for one output: who is asked, under which number, and every attempt.

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde_json::Value;

use crate::ask::stage::{Stage, Staged, named};
use crate::ask::{Asked, Attempt, Purpose, Question, Reason, Replied, Unscored, ask_request};
use crate::model::{Model, Request};

/// A valid answer that is not empty.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) answer: Value,
    /// As the model wrote it.
    pub(super) text: String,
}

/// How many of several draws must be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// At least half.
    Half,
    /// One.
    One,
}

/// Who is asked for an output, and the calls so far.
pub(in crate::subject) struct Asking<'a> {
    pub(in crate::subject) question: &'a Question,
    pub(in crate::subject) model: Model,
    pub(in crate::subject) retries: u32,
    /// Which of the record's repeats it is, from 0.
    pub(in crate::subject) repeat: u32,
    /// The question as it is put.
    pub(in crate::subject) request: Request,
    pub(in crate::subject) attempts: Vec<Attempt>,
}

impl Asking<'_> {
    /// The question as the draw of this number, of so many: each repeat has as many of its own.
    pub(super) fn numbered(&self, draws: u32, number: u32) -> Request {
        let repeat = self.repeat.saturating_mul(draws).saturating_add(number);
        Request { repeat, ..self.request.clone() }
    }

    /// Asks, again while the answer is invalid. An empty answer is none.
    pub(super) async fn put(&mut self, part: &str, request: Request) -> Result<Sample, Unscored> {
        let (result, attempts) = ask(&self.model, named(self.question, part), request, self.retries).await;
        self.attempts.extend(attempts);
        result
    }

    /// A call whose answer is no output.
    pub(super) async fn beside(&mut self, stage: &Stage, request: Request) -> Result<Value, Unscored> {
        let Staged { result, attempts } = stage.ask(&self.model, self.retries, request).await;
        self.attempts.extend(attempts);
        result
    }

    /// Draws answers, side by side where the model takes several calls at a time. A draw that is invalid or empty is
    /// not asked for again, which would be another question; one without a reply leaves no output.
    pub(super) async fn draw(
        &mut self,
        draws: Vec<(String, Request)>,
        needed: Needed,
    ) -> Result<Vec<Sample>, Unscored> {
        let number = draws.len();
        let asks = draws
            .into_iter()
            .map(|(part, request)| ask(&self.model, named(self.question, &part), request, 0).boxed());
        let mut came = Vec::new();
        if self.model.is_asked_in_turn() {
            for ask in asks {
                came.push(ask.await);
                if came.last().is_some_and(|(result, _)| is_failure(result)) {
                    break;
                }
            }
        } else {
            came = join_all(asks).await;
        }
        let (mut valid, mut invalid, mut failed) = (Vec::new(), None, None);
        for (result, attempts) in came {
            self.attempts.extend(attempts);
            match result {
                Ok(sample) => valid.push(sample),
                Err(unscored) if unscored.reason == Reason::InvalidAnswer => invalid = Some(unscored),
                Err(unscored) => failed = failed.or(Some(unscored)),
            }
        }
        let enough = if needed == Needed::One { 1 } else { number.div_ceil(2) };
        match (failed, invalid) {
            (Some(failed), _) => Err(failed),
            (None, Some(last)) if valid.len() < enough => Err(too_few(valid.len(), number, enough, &last)),
            _ => Ok(valid),
        }
    }
}

fn is_failure(result: &Result<Sample, Unscored>) -> bool {
    result.as_ref().is_err_and(|unscored| unscored.reason != Reason::InvalidAnswer)
}

fn too_few(valid: usize, number: usize, enough: usize, last: &Unscored) -> Unscored {
    let detail = format!(
        "{valid} of {number} draws were valid answers that are not empty, and {enough} must be; the last: {}",
        last.detail
    );
    Unscored::new(Reason::InvalidAnswer, detail)
}

async fn ask(
    model: &Model,
    question: Question,
    request: Request,
    retries: u32,
) -> (Result<Sample, Unscored>, Vec<Attempt>) {
    let Asked { result, attempts } = ask_request(model, &question, request, Purpose::Verdict, retries).await;
    let reply = attempts.last().and_then(|attempt| attempt.response.as_ref());
    let text = reply.map(|reply| reply.text.clone()).unwrap_or_default();
    let sample = match result {
        Ok(Replied::Answer(answer)) if is_empty(&answer.value) => {
            Err(Unscored::new(Reason::InvalidAnswer, "the answer is empty"))
        }
        Ok(Replied::Answer(answer)) => Ok(Sample { answer: answer.value, text }),
        Ok(Replied::Weights(_)) => Err(Unscored::new(Reason::InvalidAnswer, "a distribution is no output")),
        Err(unscored) => Err(unscored),
    };
    (sample, attempts)
}

/// Whether nothing stands in any field of an answer.
fn is_empty(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
