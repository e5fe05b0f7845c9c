//! Why a request is not answered, in each form's own shape of an error.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::form::Form;
use crate::judge::{Reason, Unscored};

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// The kind, as a program reads it.
    code: &'static str,
    pub(super) message: String,
    /// The field of the body that is wrong.
    field: Option<&'static str>,
    /// Seconds after which the same request may do better.
    pub(super) retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, retry_after: None }
    }

    /// The body is JSON, and says something that cannot be used in this field.
    pub(super) fn field(field: &'static str, message: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", message);
        Self { field: Some(field), ..problem }
    }

    pub(super) fn unknown_model(model: &str, known: &[&str]) -> Self {
        let message = format!("there is no model `{model}`; this server has {}", known.join(", "));
        Self { field: Some("model"), ..Self::new(StatusCode::NOT_FOUND, "model_not_found", message) }
    }

    pub(super) fn busy(at_once: usize) -> Self {
        let message = format!("{at_once} requests are being answered, and no more are taken: send it again");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message);
        Self { retry_after: Some(1), ..problem }
    }

    /// The judge gave no verdict. That is never a probability.
    pub(super) fn unscored(unscored: &Unscored) -> Self {
        let (status, code) = match unscored.reason {
            Reason::Subject => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_value"),
            Reason::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
            Reason::Budget => (StatusCode::PAYMENT_REQUIRED, "insufficient_quota"),
            Reason::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            _ => (StatusCode::BAD_GATEWAY, "unscored"),
        };
        Self::new(status, code, format!("the judge gave no verdict: {unscored}"))
    }

    /// The judge answered, and decided nothing. That is no probability either.
    pub(super) fn undecided(question: &str, verdict: &str) -> Self {
        let message = format!("`{question}`: the judge decided nothing, its verdict is \"{verdict}\"");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "undecided", message)
    }

    /// The error's body.
    pub(super) fn body(&self, form: Form) -> Value {
        let Self { code, message, field, status, .. } = self;
        match form {
            Form::Decisions => {
                let kind = match status.as_u16() {
                    401 | 403 => "authentication_error",
                    429 => "rate_limit_error",
                    402 => "insufficient_quota",
                    400..=499 => "invalid_request_error",
                    _ => "server_error",
                };
                json!({"error": {"message": message, "type": kind, "param": field, "code": code}})
            }
            Form::Systemone => match field {
                Some(field) if status.as_u16() == 422 => {
                    json!({"detail": [{"type": code, "loc": ["body", field], "msg": message}]})
                }
                _ => {
                    let kind = match status.as_u16() {
                        401 | 403 => "authentication_error",
                        400 | 404 | 422 => "api_usage_error",
                        _ => *code,
                    };
                    json!({"detail": {"error_type": kind, "message": message}})
                }
            },
        }
    }
}
