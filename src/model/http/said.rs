//! What a server says about an error.

use serde_json::Value;

/// A server's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Said {
    pub(in crate::model) message: String,
    pub(in crate::model) code: Option<String>,
    /// The kind of error in the server's own terms (`type`).
    pub(in crate::model) kind: Option<String>,
    /// The parameter that the server names.
    pub(in crate::model) parameter: Option<String>,
}

impl Said {
    /// Reads an error's body, in whichever of the usual forms it has.
    pub(super) fn read(body: &str) -> Self {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => Self::of(&value),
            Err(_) if body.trim_start().starts_with('<') => Self::default(),
            Err(_) => Self { message: body.trim().to_owned(), ..Self::default() },
        }
    }

    /// Reads an error's JSON: `{"error": {..}}`, `{"error": ".."}`, `{"message": ..}`,
    /// `{"detail": ..}`, or any of them in a list.
    pub(in crate::model) fn of(value: &Value) -> Self {
        let value = value.get(0).unwrap_or(value);
        let error = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        let word = |key: &str| match error.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let message = match error {
            Value::String(text) => Some(text.clone()),
            _ => word("message").or_else(|| error.get("detail").map(detail)),
        };
        Self {
            message: message.unwrap_or_default(),
            code: word("code").or_else(|| error.pointer("/details/error_code")?.as_str().map(str::to_owned)),
            kind: word("type"),
            parameter: word("param"),
        }
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

/// `detail` as web frameworks write it: a text, or a list of places and messages.
fn detail(value: &Value) -> String {
    let Value::Array(faults) = value else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    let faults = faults.iter().map(|fault| {
        let place = fault.get("loc").and_then(Value::as_array).into_iter().flatten();
        let place: Vec<&str> = place.filter_map(Value::as_str).collect();
        let message = fault.get("msg").and_then(Value::as_str).unwrap_or_default();
        format!("{}: {message}", place.join("."))
    });
    faults.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_understood() {
        let message = |body: &str| Said::read(body).message;
        let full =
            r#"{"error":{"message":"No.","type":"invalid_request_error","param":"top_p","code":null}}"#;
        let said = Said::read(full);
        assert_eq!(said.words(), "no. invalid_request_error top_p");
        assert_eq!(said.parameter.as_deref(), Some("top_p"));
        assert_eq!(message(r#"{"error":"model 'x' not found"}"#), "model 'x' not found");
        assert_eq!(message(r#"{"object":"error","message":"no","code":400}"#), "no");
        assert_eq!(message(r#"[{"error":{"code":400,"message":"in a list"}}]"#), "in a list");
        let fastapi = r#"{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#;
        assert_eq!(message(fastapi), "body.seed: Extra inputs are not permitted");
        assert_eq!(message("upstream connect error\n"), "upstream connect error");
        assert_eq!(message("<html><body>502</body></html>"), "");
        assert_eq!(message("{}"), "");
    }
}
