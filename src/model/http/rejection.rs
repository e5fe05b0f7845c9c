//! From a status and a body to a failure, with what the status alone does not tell.

use std::time::SystemTime;

use reqwest::header::{HeaderMap, LOCATION};

use super::error_body::{ErrorBody, may_give_way};
use super::peer::{Address, Peer};
use super::too_many::names_room;
use crate::model::{Failure, FailureKind, Request, Response, Timing};

/// What the words of an error tell beyond its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A limit on money, which no waiting lifts; it comes as 429 too.
    Credit,
    /// A filter for what may be asked.
    Filter,
    /// More tokens than the model's context holds.
    Length,
    /// More tokens of an answer than the server gives.
    Room,
}

impl Trouble {
    /// Reads it from the words, if they tell anything.
    pub(super) fn of(status: u16, error_body: &ErrorBody) -> Option<Self> {
        let words = error_body.words();
        let is_named = |names: &[&str]| names.iter().any(|name| words.contains(name));
        match status {
            402 => Some(Self::Credit),
            _ if is_named(&SPENT) => Some(Self::Credit),
            400 | 403 if is_named(&["content_filter", "content_policy"]) => Some(Self::Filter),
            400 | 413 | 422 | 500 if is_named(&TOO_LONG) => Some(Self::Length),
            400 | 422 if names_room(error_body) => Some(Self::Room),
            _ => None,
        }
    }
}

/// How OpenAI and Anthropic say that the money is spent.
const SPENT: [&str; 5] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "credit balance is too low",
    "api usage limits",
    "enforced_spend_limit_reached",
];

/// How the servers say that a request does not fit.
const TOO_LONG: [&str; 17] = [
    "context_length",
    "context length",
    "context size",
    "context limit",
    "exceed_context",
    "exceed context",
    "context window",
    "maximum model length",
    "max_model_len",
    "maximum sequence length",
    "prompt is too long",
    "prompt too long",
    "prompt is longer than",
    "input is too long",
    "input token count",
    "`inputs` must have less than",
    "`inputs` tokens",
];

/// A call without a reply, with the server's own words where it had some.
#[derive(Debug)]
pub(in crate::model) struct Rejection {
    pub(in crate::model) failure: Failure,
    pub(in crate::model) error_body: Box<ErrorBody>,
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self { failure, error_body: Box::default() }
    }
}

impl Rejection {
    /// Whether it is about log-probabilities, as such or for how many were asked for, of a request that cannot do
    /// without.
    pub(in crate::model) fn refuses_weighing(&self, request: &Request) -> bool {
        let may = request.weigh.is_some() && may_give_way(self.failure.status);
        may && self.error_body.words().contains("logprobs")
    }

    /// The answer that the server refused, to be read like any other.
    ///
    /// # Errors
    /// The rejection is about something else.
    pub(in crate::model) fn into_sample(
        mut self,
        peer: &Peer,
        request: &Request,
        total_ms: f64,
    ) -> Result<Response, Self> {
        let Some(text) = self.error_body.sample.take() else { return Err(self) };
        let unweighed =
            request.weigh.as_ref().map(|_| "the server's own validation refused the answer".to_owned());
        Ok(Response {
            text,
            unweighed,
            rejected: Some(peer.presentable(&self.error_body.message)),
            timing: Timing { total_ms, ..Timing::default() },
            ..Response::default()
        })
    }
}

/// A status that is no success, told as a failure.
pub(in crate::model) fn rejection(
    peer: &Peer,
    address: &Address,
    status: u16,
    headers: &HeaderMap,
    error_body: ErrorBody,
) -> Rejection {
    let trouble = Trouble::of(status, &error_body);
    let kind = kind_of(status, trouble);
    let mut failure = address.failure(kind, detail(peer, status, trouble, headers, &error_body));
    failure.status = Some(status);
    failure.remedy = remedy(peer, status, trouble);
    if kind.is_retryable() {
        failure.retry_after_ms = super::rate_limit::retry_after_ms(headers, SystemTime::now());
    }
    Rejection { failure, error_body: Box::new(error_body) }
}

/// An error that comes within a reply whose status was a success.
pub(in crate::model) fn broken_off(peer: &Peer, address: &Address, error_body: ErrorBody) -> Rejection {
    let message = peer.presentable(&error_body.message);
    let failure = match Trouble::of(400, &error_body) {
        Some(trouble @ Trouble::Length) => {
            let detail = format!("{}: {message}", meaning(400, Some(trouble)));
            let failure = address.failure(FailureKind::BadRequest, detail);
            Failure { remedy: remedy(peer, 400, Some(trouble)), ..failure }
        }
        _ => address.failure(FailureKind::Server, format!("the server broke off: {message}")),
    };
    Rejection { failure, error_body: Box::new(error_body) }
}

fn kind_of(status: u16, trouble: Option<Trouble>) -> FailureKind {
    match trouble {
        Some(Trouble::Credit) => return FailureKind::NoCredit,
        Some(Trouble::Filter) => return FailureKind::Refused,
        Some(Trouble::Length | Trouble::Room) => return FailureKind::BadRequest,
        None => {}
    }
    match status {
        300..=399 | 401 | 403 | 404 => FailureKind::Refused,
        408 => FailureKind::Timeout,
        429 => FailureKind::RateLimited,
        501 => FailureKind::Unsupported,
        409 | 425 | 500.. => FailureKind::Server,
        _ => FailureKind::BadRequest,
    }
}

fn detail(
    peer: &Peer,
    status: u16,
    trouble: Option<Trouble>,
    headers: &HeaderMap,
    error_body: &ErrorBody,
) -> String {
    if (300..400).contains(&status) {
        return moved(status, headers);
    }
    let error_body = peer.presentable(&error_body.message);
    let what = meaning(status, trouble);
    if error_body.is_empty() {
        format!("{what} (HTTP {status})")
    } else {
        format!("{what} (HTTP {status}): {error_body}")
    }
}

/// A redirect is not followed: it would carry the key and the record elsewhere.
fn moved(status: u16, headers: &HeaderMap) -> String {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let target = target.and_then(|target| Address::parse(target, &[]).ok());
    match target {
        Some(target) => format!("the server sends on to {} (HTTP {status})", target.shown()),
        None => format!("the server sends on elsewhere (HTTP {status})"),
    }
}

fn meaning(status: u16, trouble: Option<Trouble>) -> &'static str {
    match (status, trouble) {
        (_, Some(Trouble::Credit)) => "the account has no credit",
        (_, Some(Trouble::Filter)) => "the server's filter stopped the request",
        (_, Some(Trouble::Length)) => "the request is longer than the model's context",
        (_, Some(Trouble::Room)) => "the server gives no answer of so many tokens",
        (401, _) => "the key was not accepted",
        (403, _) => "access was denied",
        (404, _) => "not found",
        (408, _) => "the server gave up waiting",
        (409, _) => "the server reports a conflict",
        (413, _) => "the request is too large",
        (429, _) => "too many requests",
        (501, _) => "the server cannot do this",
        (503 | 529, _) => "the server is overloaded",
        (500.., _) => "the server failed",
        _ => "the server could not use the request",
    }
}

fn remedy(peer: &Peer, status: u16, trouble: Option<Trouble>) -> Option<String> {
    let remedy = match (status, trouble) {
        (_, Some(Trouble::Credit)) => "check the plan and the billing of this account, or use another model",
        (_, Some(Trouble::Filter)) => "use a model or a server with another filter for such records",
        (_, Some(Trouble::Room)) => "lower `max_tokens` of the model",
        (_, Some(Trouble::Length)) => "shorten the record, or use a model or server with a longer context",
        (300..=399, _) => "set base_url to the address it sends on to, if you trust it",
        (401 | 403, _) => return Some(peer.when_unauthorized()),
        (404, _) => return Some(peer.when_missing()),
        (413, _) => "shorten the record",
        (429, _) => "ask for fewer requests at a time, or set a limit on requests per minute",
        _ => return None,
    };
    Some(remedy.to_owned())
}
