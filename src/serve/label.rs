//! The page on which a person labels, served to this machine alone.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::http::{is_json, names_this_machine, reply};
use crate::data::parse_json;
use crate::error::Result;
use crate::report::label_html;
use crate::suite::label::{Given, LabelWork, Mode, Refused};

/// A label with its remark is no longer than this.
const MOST_BYTES: usize = 256 * 1024;

/// What is served: the page, and the work behind it, one request after another.
struct Desk {
    page: String,
    work: Mutex<LabelWork>,
}

/// The routes of the page.
///
/// # Errors
/// The page cannot be made.
pub(crate) fn label_router(work: LabelWork) -> Result<Router> {
    let mode = match work.mode() {
        Mode::Label => "label",
        Mode::Adjudicate => "adjudicate",
    };
    let data = json!({"suite": work.suite(), "person": work.person(), "mode": mode, "rubric": work.rubric()});
    let desk = Desk { page: label_html(work.suite(), &data)?, work: Mutex::new(work) };
    Ok(Router::new()
        .route("/", get(page))
        .route("/next", get(next))
        .route("/label", post(label))
        .route("/undo", post(undo))
        .with_state(Arc::new(desk)))
}

impl Desk {
    fn with<T>(&self, work: impl FnOnce(&mut LabelWork) -> T) -> T {
        work(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn trouble(status: StatusCode, what: impl Into<String>) -> Response {
    reply(status, &json!({"error": what.into()}))
}

/// What is shown, or why that cannot be told.
fn shown(result: Result<Value>) -> Response {
    match result {
        Ok(shown) => reply(StatusCode::OK, &shown),
        Err(error) => trouble(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn elsewhere() -> Response {
    trouble(StatusCode::FORBIDDEN, "only this machine is answered, by its own name: localhost")
}

async fn page(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    if !names_this_machine(&headers) {
        return elsewhere();
    }
    let mut response = Response::new(Body::from(desk.page.clone()));
    let kind = header::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn next(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    if names_this_machine(&headers) { shown(desk.with(|work| work.shown(None))) } else { elsewhere() }
}

async fn label(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let given = match body(request).await {
        Ok(body) => given(&body),
        Err(refused) => return refused,
    };
    let Some(given) = given else {
        return trouble(StatusCode::BAD_REQUEST, "a label is {\"id\": ..., \"label\": a text or null}");
    };
    desk.with(|work| match work.give(given) {
        Err(error) => trouble(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Ok(Err(Refused::Unknown(what))) => trouble(StatusCode::UNPROCESSABLE_ENTITY, what),
        Ok(Err(Refused::Labelled)) => match work.shown(None) {
            Err(error) => trouble(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            Ok(mut next) => {
                if let Value::Object(fields) = &mut next {
                    let why = "This record has a label already, from another window. It was left as it is.";
                    fields.insert("error".to_owned(), why.into());
                }
                reply(StatusCode::CONFLICT, &next)
            }
        },
        Ok(Ok(())) => shown(work.shown(None)),
    })
}

async fn undo(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    if let Err(refused) = body(request).await {
        return refused;
    }
    desk.with(|work| shown(work.undo().and_then(|id| work.shown(id.as_deref()))))
}

/// A body that is JSON: another site's page cannot send such a one unasked.
async fn body(request: Request) -> std::result::Result<Value, Response> {
    if !names_this_machine(request.headers()) {
        return Err(elsewhere());
    }
    if !is_json(request.headers()) {
        return Err(trouble(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be JSON"));
    }
    let bytes = to_bytes(request.into_body(), MOST_BYTES).await;
    let bytes =
        bytes.map_err(|_| trouble(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large, or ended early"))?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    parse_json(text).map_err(|fault| trouble(StatusCode::BAD_REQUEST, format!("the body {fault}")))
}

fn given(body: &Value) -> Option<Given> {
    let label = match &body["label"] {
        Value::Null => None,
        Value::String(label) => Some(label.clone()),
        _ => return None,
    };
    let remark = body["remark"].as_str().map(str::to_owned);
    // Without a word about the label nothing is meant.
    let id = body["id"].as_str().filter(|_| body.get("label").is_some())?;
    Some(Given { id: id.to_owned(), label, remark })
}
