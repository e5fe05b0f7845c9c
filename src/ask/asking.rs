//! The one loop: ask, read, and ask again with the faults.

use serde_json::{Map, Value};

use super::attempt::{Attempt, Purpose, Reason, Unscored};
use super::question::Question;
use super::reply;
use crate::answer::{Answer, Fault, Invalid};
use crate::model::{Failure, FailureKind, Finish, Model, Request, Response};
use crate::prompt::{Message, Role};

/// What came of a question: a valid answer or none, and every call made for it.
pub(crate) struct Asked {
    pub(crate) result: Result<Replied, Unscored>,
    pub(crate) attempts: Vec<Attempt>,
}

/// A valid reply.
pub(crate) enum Replied {
    /// A decoded answer.
    Answer(Answer),
    /// A distribution over the possible answers.
    Weights(Vec<f64>),
}

/// Puts a question about a record to a model, and again while the answer is
/// invalid, `retries` times at most. Every call is in the attempts.
pub(crate) async fn ask(
    model: &Model,
    question: &Question,
    inputs: &Map<String, Value>,
    retries: u32,
) -> Asked {
    let request = match question.request(inputs) {
        Ok(request) => request,
        Err(fault) => {
            let result = Err(Unscored::new(Reason::Subject, fault.to_string()));
            return Asked { result, attempts: Vec::new() };
        }
    };
    ask_request(model, question, request, Purpose::Verdict, retries).await
}

pub(crate) async fn ask_request(
    model: &Model,
    question: &Question,
    mut request: Request,
    purpose: Purpose,
    retries: u32,
) -> Asked {
    let mut attempts = Vec::new();
    let mut last: Option<Unusable> = None;
    loop {
        let purpose = if attempts.is_empty() { purpose } else { Purpose::Again };
        let mut attempt = Attempt::new(purpose, question.part.as_deref(), request.key());
        let mut response = match model.complete_under(&attempt.key, &request).await {
            Ok(response) => response,
            Err(failure) => {
                let result = Err(without_reply(&failure, last.as_ref(), attempts.len()));
                attempt.failure = Some(failure);
                attempts.push(attempt);
                return Asked { result, attempts };
            }
        };
        let read = read(&mut response, question, &request);
        match read {
            Ok(replied) => {
                if let Replied::Answer(answer) = &replied {
                    attempt.repairs.clone_from(&answer.repairs);
                }
                attempt.response = Some(response);
                attempts.push(attempt);
                return Asked { result: Ok(replied), attempts };
            }
            Err(invalid) => {
                attempt.repairs.clone_from(&invalid.repairs);
                attempt.faults.clone_from(&invalid.faults);
                let cut = reply::Cut::of(&response, &request);
                let is_last = attempts.len() >= retries as usize
                    || reply::is_hopeless(cut, last.as_ref().and_then(|last| last.cut));
                if !is_last {
                    again(&mut request, &response, &invalid);
                }
                let remedy = reply::remedy(&response);
                attempt.response = Some(response);
                attempts.push(attempt);
                let unusable = Unusable { invalid, cut, remedy };
                if is_last {
                    return Asked { result: Err(unusable.given_up(attempts.len())), attempts };
                }
                last = Some(unusable);
            }
        }
    }
}

fn read(response: &mut Response, question: &Question, request: &Request) -> Result<Replied, Invalid> {
    if response.finish == Finish::Filtered {
        return Err(invalid("the server's filter stopped the answer"));
    }
    let Some(weigh) = &request.weigh else {
        let answer = reply::read(response, &question.contract);
        return answer.map(Replied::Answer).map_err(|invalid| cut_off(invalid, response, request));
    };
    match &response.weights {
        Some(weights) if weights.len() == weigh.candidates.len() && usable(weights) => {
            Ok(Replied::Weights(weights.clone()))
        }
        _ => {
            let problem = response.unweighed.as_deref();
            let problem = problem.unwrap_or("the reply holds no distribution over the answers");
            Err(cut_off(reply::explained(invalid(problem), response), response, request))
        }
    }
}

/// Log-probabilities of which at least one is above zero probability.
fn usable(weights: &[f64]) -> bool {
    weights.iter().all(|weight| *weight < f64::INFINITY) && weights.iter().any(|weight| weight.is_finite())
}

fn invalid(problem: &str) -> Invalid {
    let fault = Fault { pointer: String::new(), problem: problem.to_owned() };
    Invalid { faults: vec![fault], repairs: Vec::new() }
}

fn cut_off(mut invalid: Invalid, response: &Response, request: &Request) -> Invalid {
    if response.finish == Finish::Length {
        let tokens = response.limited_to.unwrap_or(request.parameters.max_tokens);
        let problem = format!("the answer was cut off after {tokens} tokens; be brief");
        invalid.faults.insert(0, Fault { pointer: String::new(), problem });
    }
    invalid
}

/// The longest stretch of an invalid answer that is shown to its author again, in characters.
const LONGEST_ECHO: usize = 2000;

/// Shows the model its answer and what is wrong with it. An answer that was
/// cut off gets twice the room.
fn again(request: &mut Request, response: &Response, invalid: &Invalid) {
    let echo: String = response.text.chars().take(LONGEST_ECHO).collect();
    if !echo.is_empty() {
        request.messages.push(Message::new(Role::Assistant, echo));
    }
    let faults: Vec<String> = invalid.faults.iter().map(|fault| format!("- {fault}")).collect();
    let remark = format!(
        "That answer cannot be used:\n{}\nAnswer again with one JSON object and nothing else, with every field asked for.",
        faults.join("\n")
    );
    request.messages.push(Message::new(Role::User, remark));
    if response.finish == Finish::Length {
        request.parameters.max_tokens = request.parameters.max_tokens.saturating_mul(2);
    }
}

/// A reply that is no valid answer.
struct Unusable {
    invalid: Invalid,
    /// Where it was cut off.
    cut: Option<reply::Cut>,
    /// What to do about a text that stood elsewhere.
    remedy: Option<&'static str>,
}

impl Unusable {
    fn given_up(&self, attempts: usize) -> Unscored {
        let invalid = &self.invalid;
        let detail = match attempts {
            1 => format!("{invalid}"),
            n => format!("{invalid}, after {n} attempts"),
        };
        let other = self.remedy.filter(|_| !self.cut.is_some_and(reply::Cut::is_servers));
        let remedy = other.map(str::to_owned).or_else(|| self.cut.map(reply::Cut::remedy));
        Unscored { remedy, ..Unscored::new(Reason::InvalidAnswer, detail) }
    }
}

/// Why there is no score after a call without a reply. What evenhand itself added when it asked again, the
/// faults and more room, is no fault of the record's: then the invalid answer stays the reason.
fn without_reply(failure: &Failure, last: Option<&Unusable>, attempts: usize) -> Unscored {
    match last {
        Some(unusable) if failure.kind == FailureKind::BadRequest => {
            let unscored = unusable.given_up(attempts);
            let status = failure.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
            let detail = format!("{}; the server refused to be asked again{status}", unscored.detail);
            Unscored { detail, ..unscored }
        }
        _ => Unscored::from(failure),
    }
}
