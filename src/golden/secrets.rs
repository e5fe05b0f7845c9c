//! What looks like a secret in an output: no golden file keeps it.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::error::{Error, ErrorKind};

/// What looks like a secret, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The record.
    pub record: String,
    /// The JSON pointer of the text in the record's output; empty for the output itself.
    pub pointer: String,
    /// What it looks like.
    pub kind: &'static str,
}

/// What a secret's known forms are called, and how they begin. The rest of a key must look drawn by chance: words
/// behind `sk-` are no key.
static FORMS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let forms = [
        ("an API key (sk-...)", r"\bsk-([A-Za-z0-9_-]{16,})"),
        ("an AWS access key (AKIA...)", r"\b(?:AKIA|ASIA)([A-Z0-9]{16})\b"),
        ("a GitHub token (ghp_...)", r"\b(?:gh[pousr]_|github_pat_)([A-Za-z0-9_]{20,})"),
        ("a Slack token (xoxb-...)", r"\bxox[abeoprs]-([A-Za-z0-9-]{10,})"),
        ("a bearer token", r"(?i)\bbearer\s+([A-Za-z0-9._~+/-]{16,}=*)"),
        ("a private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"),
    ];
    forms.into_iter().filter_map(|(kind, form)| Some((kind, Regex::new(form).ok()?))).collect()
});

/// The least bits a character of a key has. Words have less than 4 too, but no digits.
const LEAST_BITS: f64 = 2.5;

/// What looks like a secret in a record's output, in the order of the places.
#[must_use]
pub fn secrets(record: &str, output: &Value) -> Vec<Secret> {
    let mut found = Vec::new();
    look(output, &mut String::new(), &mut |pointer, kind| {
        found.push(Secret { record: record.to_owned(), pointer: pointer.to_owned(), kind });
    });
    found
}

/// The error of outputs that hold secrets and are not kept for it.
pub(crate) fn refused(secrets: &[Secret]) -> Option<Error> {
    const MOST: usize = 5;
    if secrets.is_empty() {
        return None;
    }
    let places: Vec<String> = secrets.iter().take(MOST).map(worded).collect();
    let more = match secrets.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let detail =
        format!("outputs are not kept, because they seem to hold secrets: {}{more}", places.join("; "));
    Some(Error::new(ErrorKind::Golden, detail).help(
        "nothing is written. Take the secret out of what makes the outputs, and revoke it if it is real; or leave out \
         `keep_outputs`",
    ))
}

fn worded(secret: &Secret) -> String {
    let at = if secret.pointer.is_empty() { String::new() } else { format!(" at {}", secret.pointer) };
    format!("record {}{at}: {}", secret.record, secret.kind)
}

fn look(value: &Value, pointer: &mut String, found: &mut impl FnMut(&str, &'static str)) {
    let length = pointer.len();
    match value {
        Value::String(text) => in_text(text, pointer, found),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{at}"));
                look(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
                // A key that is a secret itself is not told.
                let mut in_key = None;
                in_text(key, "", &mut |_, kind| in_key = Some(kind));
                if let Some(kind) = in_key {
                    pointer.truncate(length);
                    found(pointer, kind);
                }
                look(member, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn in_text(text: &str, pointer: &str, found: &mut impl FnMut(&str, &'static str)) {
    for (kind, form) in FORMS.iter() {
        let is_key = |key: regex::Captures<'_>| key.get(1).is_none_or(|drawn| is_drawn(drawn.as_str()));
        if form.captures_iter(text).any(is_key) {
            found(pointer, kind);
        }
    }
}

/// Whether a text looks drawn by chance: it has digits and letters, and many different ones.
fn is_drawn(text: &str) -> bool {
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    letters && digits && bits(text) >= LEAST_BITS
}

/// The bits of a character, by how often each occurs (Shannon).
fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let all: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    shares.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(output: &Value) -> Vec<(String, &'static str)> {
        secrets("r1", output).into_iter().map(|secret| (secret.pointer, secret.kind)).collect()
    }

    #[test]
    fn every_known_form_is_found_with_its_place() {
        let made = |parts: [&str; 2]| parts.concat();
        let key = made(["sk-", "proj-4f9Qz81LkTw0aaVbX2"]);
        let aws = made(["AKIA", "Q3EGRJ7K2L5M9N1P"]);
        let github = made(["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"]);
        let output = json!({
            "answer": format!("your key is {key}."),
            "steps": [{"a/b": aws}, github],
            "slack": made(["xox", "b-17653672481-19874698323-pdFZKVeTuE8sk7oOHBrzbqgy"]),
            "pem": made(["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE"]),
            "header": made(["Authorization: Bearer ", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0"]),
        });
        let found = places(&output);
        let at: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(at, ["/answer", "/steps/0/a~1b", "/steps/1", "/slack", "/pem", "/header"], "{found:?}");
        assert_eq!(places(&json!(key)), [(String::new(), "an API key (sk-...)")]);
        assert_eq!(places(&json!({ key: 1 })).len(), 1, "in a key too");
    }

    #[test]
    fn words_and_prices_are_no_secrets() {
        let fine = json!([
            "put your key here: sk-your-secret-key-goes-here",
            "the task-1234567890123456 of 12 risks",
            "The bearer of this letter is internationally known",
            "Bearer <token>",
            "-----BEGIN CERTIFICATE-----",
            "a1b2c3d4e5f60718293a4b5c6d7e8f90",
        ]);
        assert_eq!(places(&fine), []);
    }
}
