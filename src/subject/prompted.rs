//! Outputs by a model that is asked each record's own prompt, as it is.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::answered::{of_the_subject, trace};
use super::production::{Production, Shelf, written_down};
use crate::ask::{Attempt, Purpose, Reason, Unscored};
use crate::data::Record;
use crate::model::{Finish, Model, Parameters, Request, Response};
use crate::prompt::{Message, Role};

/// A model that answers the prompt that stands in a field of the record. Nothing is added to the prompt, and the text of
/// the reply is the output. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PromptSubject {
    inner: Arc<PromptedInner>,
    /// Where its outputs are written down.
    shelves: Vec<Arc<Shelf>>,
}

#[derive(Debug)]
struct PromptedInner {
    model: Model,
    field: String,
    parameters: Parameters,
    slots: Semaphore,
}

impl PromptSubject {
    /// A model, and the record's field that holds the prompt: a text, or a list of messages with `role` and `content`.
    /// At most `concurrency` records are asked about at the same time.
    pub(crate) fn new(model: Model, field: String, parameters: Parameters, concurrency: usize) -> Self {
        let slots = Semaphore::new(concurrency.max(1));
        Self { inner: Arc::new(PromptedInner { model, field, parameters, slots }), shelves: Vec::new() }
    }

    /// The same, which writes its outputs down on these shelves.
    pub(crate) fn recorded(self, shelves: Vec<Arc<Shelf>>) -> Self {
        Self { shelves, ..self }
    }

    /// A hash of everything but the record that decides an output, 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let inner = &self.inner;
        let all = json!(["prompt", inner.model.name(), inner.field, inner.parameters]);
        blake3::hash(all.to_string().as_bytes()).to_hex().to_string()
    }

    /// What is wrong with a record, before anything is asked about it.
    ///
    /// # Errors
    /// It holds no prompt.
    pub fn check(&self, record: &Record) -> Result<(), String> {
        self.inner.messages(record).map(|_| ())
    }

    /// The model's reply to a record's prompt. Each `repeat`, from 0, is asked for anew.
    pub async fn produce(&self, record: &Record, repeat: u32) -> Production {
        let slot = self.inner.slots.acquire().await;
        let started = Instant::now();
        let mut attempts = Vec::new();
        let answered = match self.inner.messages(record) {
            Ok(messages) => self.inner.answer(record, messages, repeat, &mut attempts).await,
            Err(problem) => Err(Unscored::new(Reason::Subject, problem)),
        };
        drop(slot);
        let trace = trace(attempts, started.elapsed().as_secs_f64() * 1000.0);
        let output = match answered {
            Ok(text) => written_down(
                &self.shelves,
                (&self.fingerprint(), &record.id, repeat),
                Value::String(text),
                trace.took_ms,
            ),
            Err(unscored) => Err(of_the_subject(unscored)),
        };
        Production { output, trace }
    }
}

impl PromptedInner {
    async fn answer(
        &self,
        record: &Record,
        messages: Vec<Message>,
        repeat: u32,
        attempts: &mut Vec<Attempt>,
    ) -> Result<String, Unscored> {
        let request = Request { repeat, ..Request::new(messages, 0, None, self.parameters.clone()) };
        let mut attempt = Attempt::new(Purpose::Verdict, None, request.key());
        attempt.repeat = repeat;
        let model = self.model.about(&record.id);
        let result = match model.complete_under(&attempt.key, &request).await {
            Ok(response) => {
                let text = text_of(&response);
                attempt.response = Some(response);
                text
            }
            Err(failure) => {
                let unscored = Unscored::from(&failure);
                attempt.failure = Some(failure);
                Err(unscored)
            }
        };
        attempts.push(attempt);
        result
    }

    /// The prompt of a record.
    fn messages(&self, record: &Record) -> Result<Vec<Message>, String> {
        let field = &self.field;
        let value = record.get(field).filter(|value| !value.is_null());
        match value.ok_or_else(|| format!("field \"{field}\", which is the prompt, is missing"))? {
            Value::String(text) => Ok(vec![Message::new(Role::User, text.as_str())]),
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .map(|(number, item)| {
                    message(item)
                        .map_err(|fault| format!("field \"{field}\", message {}: {fault}", number + 1))
                })
                .collect(),
            _ => Err(format!("field \"{field}\" is no prompt: neither a text nor a list of messages")),
        }
    }
}

fn message(item: &Value) -> Result<Message, String> {
    let role = match item.get("role").and_then(Value::as_str) {
        Some("system") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some(other) => return Err(format!("the role \"{other}\" is none of system, user, assistant")),
        None => return Err("it has no role".to_owned()),
    };
    let content = item.get("content").and_then(Value::as_str).ok_or("its content is no text")?;
    Ok(Message::new(role, content))
}

/// The text of a reply. One that was cut off is an output too.
fn text_of(response: &Response) -> Result<String, Unscored> {
    if response.finish == Finish::Filtered {
        return Err(Unscored::new(Reason::Subject, "the server's filter stopped the answer"));
    }
    if response.text.is_empty() {
        let beside = response.beside.first().map(|passage| format!("; {} holds something", passage.place));
        let detail = format!("the reply has no text{}", beside.unwrap_or_default());
        return Err(Unscored::new(Reason::Subject, detail));
    }
    Ok(response.text.clone())
}
