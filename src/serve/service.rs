//! What is done with a request: let in, read, judged, and answered in its form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::form::{Answered, Form, Wanted};
use super::http::{brings, is_json, names_this_machine, reply};
use super::metrics::Metrics;
use super::problem::Problem;
use super::questions::{Asked, labels, name_of, question_for};
use super::{decisions, inputs, models, systemone};
use crate::data::parse_json;
use crate::judge::{Reason, Unscored};
use crate::model::{Secret, Usage};
use crate::suite::served_judges::{Found, NoVerdict, Probabilities, ServedJudge, ServedSuite};

/// How much is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of a body.
    pub(crate) body: usize,
    /// From a request's first byte to its answer.
    pub(crate) time: Duration,
    /// Requests at the same time.
    pub(crate) at_once: usize,
}

/// Suites that are served.
#[derive(Debug)]
pub(crate) struct Service {
    suites: Vec<ServedSuite>,
    limits: Limits,
    key: Option<Secret>,
    places: Semaphore,
    metrics: Metrics,
    started: u64,
    day: String,
}

impl Service {
    pub(crate) fn new(suites: Vec<ServedSuite>, limits: Limits, key: Option<String>) -> Self {
        let now = jiff::Timestamp::now();
        Self {
            suites,
            limits,
            key: key.map(Secret::new),
            places: Semaphore::new(limits.at_once),
            metrics: Metrics::default(),
            started: u64::try_from(now.as_second()).unwrap_or(0),
            day: now.to_string().chars().take(10).collect(),
        }
    }

    /// The routes.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/v1/decisions", post(decide))
            .route("/v1/systemone", post(ask_systemone))
            .route("/v1/models", get(list))
            .route("/health", get(health))
            .route("/metrics", get(metrics))
            .fallback(nothing)
            .with_state(Arc::new(self))
    }

    fn let_in(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match &self.key {
            Some(key) if brings(headers, key.expose()) => Ok(()),
            Some(_) => {
                let message = "a key is needed: send `Authorization: Bearer KEY`";
                Err(Problem::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message))
            }
            None if names_this_machine(headers) => Ok(()),
            None => {
                let message = "without a key only this machine is answered, by its own name: localhost";
                Err(Problem::new(StatusCode::FORBIDDEN, "wrong_host", message))
            }
        }
    }

    async fn answer(&self, form: Form, request: Request, model: &mut String) -> Result<Value, Problem> {
        self.let_in(request.headers())?;
        let _place = self.places.try_acquire().map_err(|_| Problem::busy(self.limits.at_once))?;
        let worked = timeout(self.limits.time, async {
            let wanted = self.read(form, request).await?;
            self.judge(form, wanted, model).await
        });
        let late = |_| {
            let message = format!("there was no answer within {} seconds", self.limits.time.as_secs());
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message)
        };
        worked.await.map_err(late)?
    }

    async fn read(&self, form: Form, request: Request) -> Result<Wanted, Problem> {
        let bad = |message: String| Problem::new(StatusCode::BAD_REQUEST, "invalid_body", message);
        if !is_json(request.headers()) {
            let message = "the body has to be JSON, with `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_content_type", message));
        }
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            let message = "the body is compressed: send it as it is (compression=False in typesafe-sdk)";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "invalid_content_encoding",
                message,
            ));
        }
        let most = self.limits.body;
        let bytes = to_bytes(request.into_body(), most).await.map_err(|error| {
            if error.to_string().contains("length limit") {
                let message = format!("the body has more than {most} bytes");
                return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message);
            }
            bad(format!("the body ended early: {error}"))
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("the body is not UTF-8".to_owned()))?;
        let body = parse_json(text).map_err(|fault| bad(format!("the body {fault}")))?;
        match form {
            Form::Decisions => decisions::read(&body),
            Form::Systemone => systemone::read(&body),
        }
    }

    /// A suite by the request's `model`, and the judge where `model` is SUITE.JUDGE.
    fn suite(&self, model: &str) -> Result<(&ServedSuite, Option<&str>), Problem> {
        if let Some(suite) = self.suites.iter().find(|suite| suite.name == model) {
            return Ok((suite, None));
        }
        let of_judge = self.suites.iter().find_map(|suite| {
            let judge = model.strip_prefix(suite.name.as_str())?.strip_prefix('.')?;
            suite.judges.iter().find(|one| one.name == judge).map(|one| (suite, Some(one.name.as_str())))
        });
        let names: Vec<&str> = self.suites.iter().map(|suite| suite.name.as_str()).collect();
        of_judge.ok_or_else(|| Problem::unknown_model(model, &names))
    }

    async fn judge(&self, form: Form, wanted: Wanted, model: &mut String) -> Result<Value, Problem> {
        let (suite, only) = self.suite(&wanted.model)?;
        model.clone_from(&wanted.model);
        let wrong = |message: String| Problem::field("questions", message);
        let mut asked = Vec::new();
        for question in wanted.questions {
            let (judge, place, own) = question_for(&question, suite, only).map_err(wrong)?;
            let labels = labels(&question, own).map_err(wrong)?;
            asked.push((question, judge.name.as_str(), place, labels));
        }
        // A question that is asked in two forms is asked once, and a judge's questions together.
        let mut verdicts: BTreeMap<(&str, usize), Result<Probabilities, NoVerdict>> = BTreeMap::new();
        let mut usage = Usage::default();
        for judge in &suite.judges {
            let places =
                asked.iter().filter(|(_, name, ..)| *name == judge.name).map(|(_, _, place, _)| *place);
            let places: BTreeSet<usize> = places.collect();
            if places.is_empty() {
                continue;
            }
            let places: Vec<usize> = places.into_iter().collect();
            let found = self.found(form, judge, &places, &wanted.state, model).await?;
            add(&mut usage, found.usage);
            for (place, verdict) in found.verdicts {
                let name = judge.questions.get(place).map_or("", |question| name_of(question, suite));
                if let Err(no_verdict) = &verdict
                    && !may_be_refused(no_verdict, form)
                {
                    return Err(problem(no_verdict, name));
                }
                verdicts.insert((&judge.name, place), verdict);
            }
        }
        if let Some(invalid) = all_invalid(verdicts.values()) {
            return Err(Problem::unscored(invalid));
        }
        let answers: Vec<(Asked, Answered)> = asked
            .into_iter()
            .map(|(question, name, place, labels)| {
                let answered = match verdicts.get(&(name, place)) {
                    Some(Ok(told)) => Answered::Probabilities(in_order(&labels, told)),
                    _ => Answered::Refused,
                };
                (question, answered)
            })
            .collect();
        Ok(match form {
            Form::Decisions => decisions::write(&wanted.model, &answers, usage),
            Form::Systemone => systemone::write(&wanted.model, &answers, usage),
        })
    }

    /// What a judge finds for some of its questions.
    async fn found(
        &self,
        form: Form,
        judge: &ServedJudge,
        places: &[usize],
        state: &Value,
        model: &str,
    ) -> Result<Found, Problem> {
        let field = if form == Form::Decisions { "input" } else { "state" };
        let wrong = |what: String| Problem::field(field, what);
        let names: Vec<&str> = judge.inputs().map(|field| field.name.as_str()).collect();
        let inputs: Map<String, Value> = match state {
            Value::Object(inputs) => inputs.clone(),
            other => inputs::of_text(other.as_str().unwrap_or_default(), &names).map_err(wrong)?,
        };
        let found = judge.ask(&inputs, places).await.map_err(wrong)?;
        self.metrics.judged(model, found.usage, found.calls);
        for verdict in found.verdicts.values() {
            match verdict {
                Ok(_) => {}
                Err(NoVerdict::Undecided(_)) => self.metrics.unscored(model, "undecided"),
                Err(NoVerdict::Unscored(unscored)) => {
                    self.metrics.unscored(model, unscored.reason.description());
                }
            }
        }
        Ok(found)
    }
}

/// Whether a question without a verdict can be told of beside others: `OpenAI`'s form has a place for it. What another
/// try may mend, or what every question would meet, is an error of the request.
fn may_be_refused(no_verdict: &NoVerdict, form: Form) -> bool {
    form == Form::Decisions
        && match no_verdict {
            NoVerdict::Undecided(_) => true,
            NoVerdict::Unscored(unscored) => {
                matches!(unscored.reason, Reason::Refused | Reason::InvalidAnswer) && !unscored.lasting
            }
        }
}

fn problem(no_verdict: &NoVerdict, question: &str) -> Problem {
    match no_verdict {
        NoVerdict::Undecided(verdict) => Problem::undecided(question, verdict),
        NoVerdict::Unscored(unscored) => Problem::unscored(unscored),
    }
}

/// The first failure where no question has anything but an invalid answer: that is no refusal.
fn all_invalid<'v>(
    verdicts: impl Iterator<Item = &'v Result<Probabilities, NoVerdict>>,
) -> Option<&'v Unscored> {
    let invalid = |verdict: &'v Result<Probabilities, NoVerdict>| match verdict {
        Err(NoVerdict::Unscored(unscored)) if unscored.reason == Reason::InvalidAnswer => Some(unscored),
        _ => None,
    };
    let all: Option<Vec<&Unscored>> = verdicts.map(invalid).collect();
    all?.into_iter().next()
}

fn in_order(labels: &[String], told: &Probabilities) -> Vec<f64> {
    let share = |label: &String| {
        let share = told.iter().find(|(known, _)| known == label);
        // What a sum of logarithms adds to the last digits is no one's probability.
        share.map_or(0.0, |(_, share)| (share * 1e12).round() / 1e12)
    };
    labels.iter().map(share).collect()
}

fn add(sum: &mut Usage, more: Usage) {
    let add = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    };
    sum.prompt_tokens = add(sum.prompt_tokens, more.prompt_tokens);
    sum.cached_tokens = add(sum.cached_tokens, more.cached_tokens);
    sum.completion_tokens = add(sum.completion_tokens, more.completion_tokens);
}

async fn decide(State(service): State<Arc<Service>>, request: Request) -> Response {
    answered(&service, Form::Decisions, request).await
}

async fn ask_systemone(State(service): State<Arc<Service>>, request: Request) -> Response {
    answered(&service, Form::Systemone, request).await
}

async fn answered(service: &Service, form: Form, request: Request) -> Response {
    let (started, mut model) = (Instant::now(), String::new());
    let answer = service.answer(form, request, &mut model).await;
    let status = answer.as_ref().map_or_else(|problem| problem.status, |_| StatusCode::OK);
    service.metrics.answered(form.name(), &model, status.as_u16(), started.elapsed().as_secs_f64());
    match answer {
        Ok(body) => reply(status, &body),
        Err(problem) => refused(&problem, form),
    }
}

fn refused(problem: &Problem, form: Form) -> Response {
    let mut response = reply(problem.status, &problem.body(form));
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

async fn list(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    match service.let_in(&headers) {
        Ok(()) => reply(StatusCode::OK, &models::list(&service.suites, service.started, &service.day)),
        Err(problem) => refused(&problem, Form::Decisions),
    }
}

/// Says that it runs, to anybody, and nothing else.
async fn health() -> Response {
    reply(StatusCode::OK, &json!({"status": "ok"}))
}

async fn metrics(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    if let Err(problem) = service.let_in(&headers) {
        return refused(&problem, Form::Decisions);
    }
    let in_flight = service.limits.at_once - service.places.available_permits();
    let mut response = Response::new(Body::from(service.metrics.text(in_flight)));
    let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn nothing(request: Request) -> Response {
    let message = format!(
        "there is nothing at {}; ask POST /v1/decisions or /v1/systemone, or GET /v1/models, /health, /metrics",
        request.uri().path()
    );
    let form =
        if request.uri().path().starts_with("/v1/systemone") { Form::Systemone } else { Form::Decisions };
    refused(&Problem::new(StatusCode::NOT_FOUND, "not_found", message), form)
}
