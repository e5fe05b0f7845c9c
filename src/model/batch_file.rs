//! Requests and results of a batch, as files: for servers that answer later, at half the price.
//!
//! OpenAI's form is one request a line, and one result a line; vLLM's `run-batch` reads and writes the same.
//! Anthropic's is one object with all requests, and one result a line. A request's key is its `custom_id`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::request::Key;
use crate::error::{Error, ErrorKind, Result};

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchForm {
    /// `{"custom_id": ..., "method": "POST", "url": "/v1/chat/completions", "body": ...}`, one a line.
    OpenAi,
    /// `{"requests": [{"custom_id": ..., "params": ...}]}`.
    Anthropic,
}

/// A request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BatchRequest {
    pub(crate) key: Key,
    /// The request as the server takes it by itself, but that it does not stream.
    pub(crate) body: Value,
}

impl BatchForm {
    /// The file's text.
    pub(crate) fn text(self, requests: &[BatchRequest]) -> String {
        match self {
            Self::OpenAi => {
                let line = |BatchRequest { key, body }: &BatchRequest| {
                    let line = json!({
                        "custom_id": key.0, "method": "POST", "url": "/v1/chat/completions", "body": body,
                    });
                    format!("{line}\n")
                };
                requests.iter().map(line).collect()
            }
            Self::Anthropic => {
                let one = |BatchRequest { key, body }: &BatchRequest| {
                    json!({"custom_id": key.0, "params": body}).to_string()
                };
                let all: Vec<String> = requests.iter().map(one).collect();
                format!("{{\"requests\": [\n{}\n]}}\n", all.join(",\n"))
            }
        }
    }
}

/// The body without what makes a server stream, which no batch does.
pub(super) fn whole_body(body: &str) -> Option<Value> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    let fields = body.as_object_mut()?;
    fields.shift_remove("stream");
    fields.shift_remove("stream_options");
    Some(body)
}

/// The results of a batch.
#[derive(Debug, Default)]
pub struct BatchResults {
    replies: HashMap<Key, Value>,
    /// Why a request has no reply, where its line says so.
    failed: HashMap<Key, String>,
    /// Lines with a key that stood before.
    twice: u64,
    /// Lines that are no result: the last one of a file that was cut off is none either.
    unreadable: u64,
    /// The replies that were used.
    used: Mutex<HashSet<Key>>,
}

/// What a line says.
enum Line {
    Reply(Value),
    Failed(String),
}

impl BatchResults {
    /// Reads files of results: servers write successes and errors to separate ones. Of two lines with one key a reply
    /// counts before a failure, and else the later one.
    ///
    /// # Errors
    /// A file cannot be read, or holds no result at all.
    pub(crate) fn open<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self> {
        let mut results = Self::default();
        for path in paths {
            let text = fs::read(path).map_err(|source| {
                let detail = format!("cannot open the batch's results {}: {source}", path.display());
                Error::new(ErrorKind::Model, detail)
            })?;
            let before = results.replies.len() + results.failed.len() + usize::from(results.twice > 0);
            for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                results.add(line);
            }
            let after = results.replies.len() + results.failed.len() + usize::from(results.twice > 0);
            if before == after && !text.trim_ascii().is_empty() {
                let detail = format!("{} holds no results of a batch", path.display());
                return Err(Error::new(ErrorKind::Model, detail)
                    .help("one result a line: an object with `custom_id`, and `response` or `result`"));
            }
        }
        Ok(results)
    }

    fn add(&mut self, line: &[u8]) {
        let parsed = serde_json::from_slice::<Value>(line).ok();
        let Some((key, line)) =
            parsed.and_then(|line| Some((Key(line.get("custom_id")?.as_str()?.to_owned()), said(&line))))
        else {
            self.unreadable += 1;
            return;
        };
        self.twice += u64::from(self.replies.contains_key(&key) || self.failed.contains_key(&key));
        match line {
            Line::Reply(body) => {
                self.failed.remove(&key);
                self.replies.insert(key, body);
            }
            Line::Failed(why) if !self.replies.contains_key(&key) => {
                self.failed.insert(key, why);
            }
            Line::Failed(_) => {}
        }
    }

    /// The reply to a request, as its server writes it.
    pub(super) fn find(&self, key: &Key) -> Option<&Value> {
        self.replies.get(key)
    }

    /// Notes that a reply was used.
    pub(super) fn used(&self, key: &Key) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
    }

    /// Why there is no reply to a request.
    pub(super) fn why_not(&self, key: &Key) -> String {
        match self.failed.get(key) {
            Some(why) => format!("the batch gave no reply: {why}"),
            None => "the batch's results do not have it".to_owned(),
        }
    }

    /// What came of the results, in words: told when the run is over.
    pub(crate) fn in_words(&self) -> String {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).len();
        let mut words = format!("batch: {used} of {} replies used", self.replies.len());
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for why in self.failed.values() {
            *kinds.entry(why.split(':').next().unwrap_or(why)).or_default() += 1;
        }
        for (why, number) in kinds {
            words += &format!("; {number} {why}");
        }
        let others = [(self.twice, "twice"), (self.unreadable, "no result")];
        for (number, what) in others.into_iter().filter(|(number, _)| *number > 0) {
            words += &format!("; {number} {} {what}", if number == 1 { "line" } else { "lines" });
        }
        words
    }
}

/// What a line of either form says. Every field but the reply may be missing.
fn said(line: &Value) -> Line {
    if let Some(result) = line.get("result") {
        return match (result.get("type").and_then(Value::as_str), result.get("message")) {
            (Some("succeeded"), Some(message)) => Line::Reply(message.clone()),
            (kind, _) => {
                let kind = kind.unwrap_or("failed");
                let message =
                    result.pointer("/error/error/message").or_else(|| result.pointer("/error/message"));
                Line::Failed(with_message(kind, message))
            }
        };
    }
    let response = line.get("response").filter(|response| !response.is_null());
    // Some servers leave out what stands around the body.
    let body = response.map(|response| response.get("body").unwrap_or(response));
    let status = response.and_then(|response| response.get("status_code")?.as_u64());
    let error = line.get("error").filter(|error| !error.is_null());
    match (body, status.unwrap_or(200), error) {
        (Some(body), 200..=299, None) if body.is_object() => Line::Reply(body.clone()),
        (body, status, error) => {
            let error = error.or_else(|| body?.get("error"));
            let code = error.and_then(|error| error.get("code")?.as_str());
            let kind = match code {
                Some("batch_expired") => "expired".to_owned(),
                Some("batch_cancelled") => "canceled".to_owned(),
                _ if status >= 300 => format!("failed with HTTP {status}"),
                _ => "failed".to_owned(),
            };
            Line::Failed(with_message(&kind, error.and_then(|error| error.get("message"))))
        }
    }
}

fn with_message(kind: &str, message: Option<&Value>) -> String {
    match message.and_then(Value::as_str) {
        Some(message) => format!("{kind}: {message}"),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key(name.to_owned())
    }

    fn read(text: &str) -> Result<BatchResults> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("results.jsonl");
        fs::write(&path, text).unwrap();
        BatchResults::open([path.as_path()])
    }

    #[test]
    fn requests_are_written_as_each_service_takes_them() {
        let body = whole_body(
            r#"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
        );
        let requests = [
            BatchRequest { key: key("k1"), body: body.unwrap() },
            BatchRequest { key: key("k2"), body: json!({}) },
        ];
        insta::assert_snapshot!(BatchForm::OpenAi.text(&requests), @r#"
        {"custom_id":"k1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[]}}
        {"custom_id":"k2","method":"POST","url":"/v1/chat/completions","body":{}}
        "#);
        let whole: Value = serde_json::from_str(&BatchForm::Anthropic.text(&requests)).unwrap();
        assert_eq!(
            whole["requests"][0],
            json!({"custom_id": "k1", "params": {"model": "m", "messages": []}})
        );
    }

    #[test]
    fn results_of_both_forms_are_read_with_what_failed() {
        let results = read(
            r#"{"id":"1","custom_id":"a","response":{"status_code":200,"request_id":"r","body":{"choices":[1]}},"error":null}
{"custom_id":"b","response":{"status_code":400,"body":{"error":{"message":"too long"}}},"error":null}
{"custom_id":"c","response":null,"error":{"code":"batch_expired","message":"not in time"}}
{"custom_id":"d","response":{"choices":[2]}}
{"custom_id":"e","result":{"type":"succeeded","message":{"content":[]}}}
{"custom_id":"f","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request","message":"bad"}}}}
{"custom_id":"g","result":{"type":"expired"}}
{"custom_id":"a","response":null,"error":{"code":"x"}}
{"custom_id":"h","response":{"status_co"#,
        )
        .unwrap();
        assert_eq!(
            results.find(&key("a")),
            Some(&json!({"choices": [1]})),
            "a reply counts before a failure"
        );
        assert_eq!(results.find(&key("d")), Some(&json!({"choices": [2]})));
        assert_eq!(results.find(&key("e")), Some(&json!({"content": []})));
        let why = |name| results.why_not(&key(name));
        assert_eq!(why("b"), "the batch gave no reply: failed with HTTP 400: too long");
        assert_eq!(why("c"), "the batch gave no reply: expired: not in time");
        assert_eq!(why("f"), "the batch gave no reply: errored: bad");
        assert_eq!(why("h"), "the batch's results do not have it");
        results.used(&key("a"));
        assert_eq!(
            results.in_words(),
            "batch: 1 of 3 replies used; 1 errored; 2 expired; 1 failed with HTTP 400; 1 line twice; 1 line no result"
        );
    }

    #[test]
    fn a_file_without_any_result_is_refused_and_an_empty_one_is_not() {
        assert!(read("id,label\nr1,yes\n").unwrap_err().to_string().contains("holds no results"));
        assert_eq!(read("\n").unwrap().in_words(), "batch: 0 of 0 replies used");
    }
}
