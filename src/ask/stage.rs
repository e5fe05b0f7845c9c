//! A call whose answer is no verdict: it comes before one, or chooses among several.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Asked, Attempt, Purpose, Question, Reason, Replied, Unscored, ask_request};
use crate::answer::Contract;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Format, Model, Request};
use crate::prompt::{Message, Role};

/// What a call asks for besides the verdict, and the form of its answer.
#[derive(Debug)]
pub(crate) struct Stage {
    name: String,
    question: Question,
    /// The form of the answer, where it is not the question's own.
    format: Option<Format>,
}

impl Stage {
    /// A call about the same record as a question, with an answer of its own: an object with these properties, which
    /// are all required.
    ///
    /// # Errors
    /// The properties are no schema.
    pub(crate) fn beside(of: &Question, name: &str, properties: &Value) -> Result<Self> {
        let required: Vec<&String> = properties.as_object().into_iter().flat_map(|all| all.keys()).collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        let contract = Contract::new(&schema).map_err(|fault| {
            Error::new(ErrorKind::Internal, format!("the answer's schema of `{name}` is unusable: {fault}"))
        })?;
        let format = Format { name: name.replace(' ', "_"), schema: Arc::new(schema) };
        let question = named(of, name).answered_by(contract.shortening_all_but(""));
        Ok(Self { name: name.to_owned(), question, format: Some(format) })
    }

    /// A call that is a question of its own.
    pub(crate) fn alone(name: &str, question: &Question) -> Self {
        Self { name: name.to_owned(), question: named(question, name), format: None }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn question(&self) -> &Question {
        &self.question
    }

    /// The request for the verdict with this asked for in its place, after the record.
    pub(crate) fn request(&self, verdict: &Request, text: &str) -> Request {
        after_record(self.form(verdict.clone()), text)
    }

    /// A request that asks for this in the form of its answer.
    pub(crate) fn form(&self, request: Request) -> Request {
        Request { format: self.format.clone(), weigh: None, ..request }
    }

    /// Asks, again while the answer is invalid.
    pub(crate) async fn ask(&self, model: &Model, retries: u32, request: Request) -> Staged {
        let Asked { result, attempts } =
            ask_request(model, &self.question, request, Purpose::Verdict, retries).await;
        let result = match result {
            Ok(Replied::Answer(answer)) => Ok(answer.value),
            Ok(Replied::Weights(_)) => {
                Err(Unscored::new(Reason::InvalidAnswer, "a distribution came where none was asked for"))
            }
            Err(unscored) => Err(unscored),
        };
        let named = |unscored: Unscored| Unscored {
            detail: format!("{}: {}", self.name, unscored.detail),
            ..unscored
        };
        Staged { result: result.map_err(named), attempts }
    }
}

/// What came of such a call.
pub(crate) struct Staged {
    pub(crate) result: Result<Value, Unscored>,
    pub(crate) attempts: Vec<Attempt>,
}

/// The question under the name of one of its calls, beside the criterion's.
pub(crate) fn named(question: &Question, call: &str) -> Question {
    let mut named = question.clone();
    named.part =
        Some(question.part.as_ref().map_or_else(|| call.to_owned(), |part| format!("{part}, {call}")));
    named
}

/// The request with a text after what stands in its last message.
pub(crate) fn after_record(mut request: Request, text: &str) -> Request {
    if let Some(last) = request.messages.pop() {
        request.messages.push(Message::new(last.role, format!("{}\n\n{text}", last.content)));
    }
    request
}

/// The request with an answer and what is asked for then.
pub(crate) fn after_answer(mut request: Request, answer: &str, text: &str) -> Request {
    request.messages.push(Message::new(Role::Assistant, answer));
    request.messages.push(Message::new(Role::User, text));
    request
}

/// Judgments in a list, one a line, each numbered from 1: a text in JSON cannot pass for a line of the list.
pub(crate) fn listed<'a>(answers: impl IntoIterator<Item = &'a str>) -> String {
    let line = |(number, answer): (usize, &str)| {
        let answer = serde_json::from_str(answer).unwrap_or_else(|_| Value::from(answer));
        format!("{number}. {answer}")
    };
    (1..).zip(answers).map(line).collect::<Vec<_>>().join("\n")
}
