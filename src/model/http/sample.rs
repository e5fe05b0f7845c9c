//! Answers that a server's own validation refused.
//!
//! Some servers check what their model wrote and answer with an error instead of it. That is an invalid answer to
//! one record. It says nothing about the request, and the next answer may be valid.

use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use super::super::error_body::ErrorBody;

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
}
