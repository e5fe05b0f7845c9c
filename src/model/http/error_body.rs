//! What a server says about an error, and the status that an error's name within a success stands for.
//!
//! Some servers check what their model wrote and answer with an error instead of it. That is an invalid
//! answer to one record; the next answer may be valid.

use serde_json::{Map, Value};

use super::json::{is_blank, is_page};

/// The status that an error of this name has when it comes first.
pub(super) fn status_named(name: &str) -> Option<u16> {
    let status = match name.to_ascii_lowercase().as_str() {
        "invalid_request_error"
        | "badrequesterror"
        | "invalid_argument"
        | "context_length_exceeded"
        | "content_filter" => 400,
        "authentication_error" | "authenticationerror" | "invalid_api_key" | "unauthenticated" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "notfounderror" | "model_not_found" | "not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "ratelimiterror"
        | "resource_exhausted"
        | "insufficient_quota"
        | "too_many_requests" => 429,
        "api_error" | "server_error" | "internal_server_error" | "internalservererror" | "internal" => 500,
        "unavailable" | "service_unavailable" => 503,
        "timeout_error" | "deadline_exceeded" => 504,
        "overloaded_error" | "overloaded" => 529,
        _ => return None,
    };
    Some(status)
}

/// The codes of such an error.
const CODES: [&str; 4] =
    ["json_validate_failed", "tool_use_failed", "output_parse_failed", "json_generation_failed"];

/// How servers say it: Groq, Ollama, llama.cpp's server, and gateways before them.
const WORDS: [&str; 11] = [
    "failed_generation",
    "failed to generate json",
    "failed to validate json",
    "failed to parse generated json",
    "generated json does not match",
    "failed to call a function",
    "model generated output that could not be parsed",
    "error parsing tool call",
    "failed to parse input at pos",
    "model produced output that does not match",
    "tool call validation failed",
];

/// What the model wrote, if the error is about that; empty where the server does not tell it.
pub(super) fn sample(error: &Value, message: &str, words: &str) -> Option<String> {
    let told = error.get("failed_generation");
    let is_one = told.is_some_and(|told| !told.is_null())
        || CODES.iter().any(|code| words.contains(code))
        || WORDS.iter().any(|known| words.contains(known));
    is_one.then(|| match told {
        Some(Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => quoted(message).or_else(|| within(message)).unwrap_or_default(),
    })
}

/// `error parsing tool call: raw='...', err=...`, as Ollama writes it.
fn quoted(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("raw='")?;
    let end = rest.rfind("', err=")?;
    rest.get(..end).map(str::to_owned)
}

/// The error of a server behind a gateway, as JSON in the middle of the gateway's message.
fn within(message: &str) -> Option<String> {
    let start = message.find('{')?;
    let mut values = serde_json::Deserializer::from_str(message.get(start..)?).into_iter::<Value>();
    let inner = values.next()?.ok()?;
    let error = inner.get("error").unwrap_or(&inner);
    match error.get("failed_generation")? {
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

/// A server's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct ErrorBody {
    pub(in crate::model) message: String,
    pub(in crate::model) code: Option<String>,
    /// The kind of error in the server's own terms (`type`).
    pub(in crate::model) kind: Option<String>,
    /// The parameter that the server names.
    pub(in crate::model) parameter: Option<String>,
    /// What the model wrote, where the server checks that itself and refused it.
    pub(in crate::model) sample: Option<String>,
    /// An HTTP status that stands in the body.
    pub(in crate::model) inner_status: Option<u16>,
}

impl ErrorBody {
    /// Reads an error's body, in whichever of the usual forms it has.
    pub(super) fn read(body: &str) -> Self {
        match serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}')) {
            Ok(value) => Self::of(&value),
            Err(_) if is_page(body) => Self { message: page(body), ..Self::default() },
            Err(_) => Self { message: body.trim().to_owned(), ..Self::default() }.with_sample(&Value::Null),
        }
    }

    /// Reads an error's JSON: `{"error": {..}}`, `{"error": ".."}`, `{"message": ..}`,
    /// `{"detail": ..}`, `{"title": ..}`, or any of them in a list.
    pub(in crate::model) fn of(value: &Value) -> Self {
        let value = value.get(0).unwrap_or(value);
        let error = ["error", "errors"].into_iter().find_map(|name| value.get(name));
        let error = error.filter(|error| !is_blank(error) && !error.is_boolean() && !error.is_number());
        let error = error.unwrap_or(value);
        let error = if error.get("loc").is_none() { error.get(0).unwrap_or(error) } else { error };
        let word = |key: &str| match error.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let message = text_in(error).or_else(|| text_in(value)).or_else(|| {
            let shown = [error, value].into_iter().find(|shown| !is_blank(shown));
            shown.map(Value::to_string)
        });
        let error_body = Self {
            message: message.unwrap_or_default(),
            code: word("code").or_else(|| error.pointer("/details/error_code")?.as_str().map(str::to_owned)),
            kind: word("type"),
            parameter: word("param"),
            sample: None,
            inner_status: status_in(error).or_else(|| status_in(value)),
        };
        error_body.within(error).with_sample(error)
    }

    /// A gateway hands on the words of the server behind it as they came.
    fn within(mut self, error: &Value) -> Self {
        let raw = error.pointer("/metadata/raw").filter(|raw| !is_blank(raw));
        let inner = match raw {
            Some(Value::String(text)) => Self::read(text),
            Some(raw) => Self::of(raw),
            None => return self,
        };
        if !inner.message.is_empty() && inner.message != self.message {
            self.message = format!("{}: {}", self.message, inner.message);
        }
        self.kind = self.kind.or(inner.code).or(inner.kind);
        self.sample = inner.sample;
        self
    }

    fn with_sample(mut self, error: &Value) -> Self {
        self.sample = self.sample.take().or_else(|| sample(error, &self.message, &self.words()));
        self
    }

    /// The status that an error within a success stands for.
    pub(super) fn status(&self) -> Option<u16> {
        let names = [self.code.as_deref(), self.kind.as_deref()];
        self.inner_status.or_else(|| names.into_iter().flatten().find_map(status_named))
    }

    /// Whether a parameter is refused as such, and not for its value: a limit on
    /// `max_tokens` names it too.
    pub(in crate::model) fn refuses(&self, parameter: &str) -> bool {
        let words = self.words();
        let is_named = self.parameter.as_deref() == Some(parameter) || words.contains(parameter);
        is_named && REFUSING_WORDS.iter().any(|word| words.contains(word))
    }

    /// Everything at once in lower case, to look for words in.
    pub(in crate::model) fn words(&self) -> String {
        let parts = [Some(&self.message), self.code.as_ref(), self.kind.as_ref(), self.parameter.as_ref()];
        parts.into_iter().flatten().map(|part| part.to_lowercase()).collect::<Vec<_>>().join(" ")
    }
}

const REFUSING_WORDS: [&str; 13] = [
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "extra inputs",
    "extra fields",
    "not permitted",
    "not allowed",
    "unavailable",
    "deprecated",
    "cannot both",
    "when thinking",
];

/// Whether a request that was refused with this status may do better with less in it.
pub(in crate::model) fn may_give_way(status: Option<u16>) -> bool {
    matches!(status, Some(400 | 422 | 501))
}

/// An HTTP status of an error in one of the fields that servers use for it.
fn status_in(error: &Value) -> Option<u16> {
    let names = ["code", "status", "status_code", "statusCode", "http_status"];
    names.into_iter().find_map(|name| {
        let status = match error.get(name)? {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        status.filter(|status| (400..600).contains(status))
    })
}

/// Where servers put their words, the usual place first.
const MESSAGES: [&str; 14] = [
    "message",
    "msg",
    "Message",
    "detail",
    "error_message",
    "errorMessage",
    "error_description",
    "description",
    "title",
    "reason",
    "error",
    "errors",
    "details",
    "errorCode",
];

/// The words in a value, wherever they stand.
fn text_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().filter_map(text_in).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
        Value::Object(fields) => in_fields(fields),
        _ => None,
    }
}

fn in_fields(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(text_in);
    // As RFC 9457 has it.
    if let (Some(title), Some(detail)) = (text("title"), text("detail")) {
        return Some(format!("{title}: {detail}"));
    }
    let message = MESSAGES.into_iter().find_map(text)?;
    match fields.get("loc").and_then(Value::as_array) {
        Some(place) => Some(format!("{}: {message}", path(place))),
        None => Some(message),
    }
}

/// A place as web frameworks write it: `body.messages.0`.
fn path(place: &[Value]) -> String {
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    place.iter().map(step).collect::<Vec<_>>().join(".")
}

/// A page or an XML document, by its title or message.
fn page(body: &str) -> String {
    let lower = body.to_ascii_lowercase();
    let inside = |tag: &str| {
        let start = lower.find(&format!("<{tag}"))?;
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        body.get(start..end).map(str::trim).filter(|text| !text.is_empty())
    };
    match inside("message").or_else(|| inside("title")).or_else(|| inside("h1")) {
        Some(text) => format!("a web page came: {text}"),
        None => "a web page came".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_servers_spelling_is_known_and_its_sample_found() {
        let cases = [
            (
                r#"{"error":{"message":"Failed to validate JSON.","code":"json_validate_failed","failed_generation":"{\"a\""}}"#,
                Some("{\"a\""),
            ),
            (
                r#"{"error":{"message":"Failed to call a function.","code":"tool_use_failed","failed_generation":"<f>{}"}}"#,
                Some("<f>{}"),
            ),
            (r#"{"error":{"message":"Parsing failed.","code":"output_parse_failed"}}"#, Some("")),
            (r#"{"error":{"message":"x","failed_generation":{"a":1}}}"#, Some("{\"a\":1}")),
            (
                r#"{"error":"error parsing tool call: raw='{\"a\": 'b'}', err=invalid character"}"#,
                Some("{\"a\": 'b'}"),
            ),
            (r#"{"error":{"code":500,"message":"Failed to parse input at pos 0: <|channel|>"}}"#, Some("")),
            (
                r#"{"error":{"code":500,"message":"The model produced output that does not match the expected format"}}"#,
                Some(""),
            ),
            (
                r#"{"error":{"message":"GroqException - {\"error\":{\"failed_generation\":\"{1\"}} and more","code":"400"}}"#,
                Some("{1"),
            ),
            (
                r#"{"error":{"message":"Invalid schema for response_format","code":"invalid_json_schema"}}"#,
                None,
            ),
            (r#"{"error":{"message":"x","failed_generation":null}}"#, None),
        ];
        for (body, sample) in cases {
            assert_eq!(ErrorBody::read(body).sample.as_deref(), sample, "{body}");
        }
    }

    #[test]
    fn every_usual_form_is_understood() {
        let message = |body: &str| ErrorBody::read(body).message;
        let full =
            r#"{"error":{"message":"No.","type":"invalid_request_error","param":"top_p","code":null}}"#;
        let error_body = ErrorBody::read(full);
        assert_eq!(error_body.words(), "no. invalid_request_error top_p");
        assert_eq!(error_body.parameter.as_deref(), Some("top_p"));
        assert_eq!(message(r#"{"error":"model 'x' not found"}"#), "model 'x' not found");
        assert_eq!(message(r#"{"object":"error","message":"no","code":400}"#), "no");
        assert_eq!(message(r#"[{"error":{"code":400,"message":"in a list"}}]"#), "in a list");
        let fastapi = r#"{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#;
        assert_eq!(message(fastapi), "body.seed: Extra inputs are not permitted");
        assert_eq!(message("upstream connect error\n"), "upstream connect error");
        assert_eq!(message("{}"), "");
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        let cases = [
            (r#"{"detail":"Not enough replicas"}"#, "Not enough replicas"),
            (r#"{"detail":{"message":"no key"}}"#, "no key"),
            (
                r#"{"detail":[{"loc":["body","messages",0],"msg":"bad"},{"msg":"worse"}]}"#,
                "body.messages.0: bad; worse",
            ),
            (r#"{"errors":["first","second"]}"#, "first"),
            (r#"{"errors":[{"message":"in a list"}]}"#, "in a list"),
            (r#"{"error":{"message":{"text":"x","detail":"deep"}}}"#, "deep"),
            (r#"{"error":true,"message":"beside it"}"#, "beside it"),
            (
                r#"{"type":"about:blank","title":"Gone","status":410,"detail":"It was removed."}"#,
                "Gone: It was removed.",
            ),
            (r#"{"msg":"short","code":17}"#, "short"),
            (r#"{"Message":"aws"}"#, "aws"),
            (r#"{"info":"no known key"}"#, r#"{"info":"no known key"}"#),
            ("\"a text\"", "a text"),
            ("<html><head><title>502 Bad Gateway</title></head></html>", "a web page came: 502 Bad Gateway"),
            ("<html><body>502</body></html>", "a web page came"),
            ("<?xml version=\"1.0\"?><Error><Message>Denied</Message></Error>", "a web page came: Denied"),
        ];
        for (body, words) in cases {
            assert_eq!(ErrorBody::read(body).message, words, "{body}");
        }
    }

    #[test]
    fn the_status_within_a_body_is_found() {
        let status = |body: &str| ErrorBody::read(body).status();
        assert_eq!(status(r#"{"error":{"message":"slow down","code":429}}"#), Some(429));
        assert_eq!(status(r#"{"error":{"message":"slow down","code":"429"}}"#), Some(429));
        assert_eq!(
            status(r#"{"error":{"message":"x","code":"rate_limit_exceeded","type":"tokens"}}"#),
            Some(429)
        );
        assert_eq!(
            status(r#"{"error":{"status":"UNAVAILABLE","message":"x","type":"overloaded_error"}}"#),
            Some(529)
        );
        assert_eq!(status(r#"{"title":"Busy","status":503}"#), Some(503));
        assert_eq!(status(r#"{"error":{"message":"x","code":1302}}"#), None);
    }

    #[test]
    fn the_words_of_a_server_behind_a_gateway_are_shown() {
        let raw = r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"too hot\",\"code\":\"json_validate_failed\",\"failed_generation\":\"{\"}}"}}}"#;
        let error_body = ErrorBody::read(raw);
        assert_eq!(error_body.message, "Provider returned error: too hot");
        assert_eq!(error_body.sample.as_deref(), Some("{"));
    }
}
