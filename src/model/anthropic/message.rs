//! A message on the wire, and its parts.
//!
//! Only the answer is needed. Every other field may be missing or of any type, and then it is left out.

use serde_json::Value;

use crate::model::http::{Content, Counts, Incoming, Rejection, is_blank};
use crate::model::{Finish, Response, Usage};

/// Why the model stopped.
#[derive(Default)]
pub(super) struct Stop {
    reason: Option<String>,
    /// What is said about a refusal.
    why: Option<String>,
}

/// Tokens. In a stream each count is the latest that came.
#[derive(Clone, Copy, Default)]
pub(super) struct Tokens {
    input: Option<u64>,
    written: Option<u64>,
    cached: Option<u64>,
    output: Option<u64>,
}

impl Tokens {
    /// Takes in the counts of a message, or of a piece of one.
    pub(super) fn add(&mut self, usage: Option<&Value>, notes: &mut Vec<String>) {
        let Some(usage) = usage else { return };
        let mut counts = Counts::new("usage", usage, notes);
        self.input = counts.read(&["/input_tokens", "/prompt_tokens"]).or(self.input);
        self.written = counts.read(&["/cache_creation_input_tokens"]).or(self.written);
        self.cached = counts.read(&["/cache_read_input_tokens"]).or(self.cached);
        self.output = counts.read(&["/output_tokens", "/completion_tokens"]).or(self.output);
    }

    /// Anthropic counts what was written to its cache and what was read from it apart.
    pub(super) fn usage(self) -> Usage {
        let cached: u64 = [self.written, self.cached].into_iter().flatten().sum();
        Usage {
            prompt_tokens: self.input.map(|tokens| tokens + cached),
            cached_tokens: self.cached,
            completion_tokens: self.output,
        }
    }
}

impl Stop {
    /// Reads why the model stopped from a message, or from the last piece of one.
    pub(super) fn read(message: &Value) -> Self {
        let text = |path: &str| message.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Self {
            reason: text("/stop_reason"),
            why: text("/stop_details/explanation").or_else(|| text("/stop_details/category")),
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.reason.is_some()
    }

    pub(super) fn finish(&self) -> Finish {
        match self.reason.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") => Finish::Length,
            Some("refusal" | "content_filtered" | "guardrail_intervened") => Finish::Filtered,
            _ => Finish::Stop,
        }
    }

    /// Why the server's filter stopped the answer, where it says so.
    pub(super) fn notes(&self, incoming: &Incoming<'_>) -> Vec<String> {
        let why = self.why.as_ref().map(|why| incoming.peer().presentable(why));
        why.map(|why| format!("the server refused the answer: {why}")).into_iter().collect()
    }
}

/// Reads a whole message.
pub(super) fn message_of(message: &Value, incoming: &Incoming<'_>) -> Result<Response, Rejection> {
    refuse_error(message, incoming)?;
    let stop = Stop::read(message);
    let mut content = Content::default();
    content.add_message(message);
    if content.is_empty() && message.get("content").is_none_or(Value::is_null) && !stop.is_known() {
        let words = ["message", "detail", "errors", "title", "msg"];
        if words.iter().any(|name| message.get(*name).is_some_and(|words| !is_blank(words))) {
            return Err(incoming.disguised(message));
        }
        return Err(incoming.unusable("the reply has no content").into());
    }
    let mut response = Response { finish: stop.finish(), notes: stop.notes(incoming), ..Response::default() };
    let mut tokens = Tokens::default();
    tokens.add(message.get("usage"), &mut response.notes);
    response.usage = tokens.usage();
    response.model = message.get("model").and_then(Value::as_str).map(str::to_owned);
    content.prefer_calls();
    content.settle(&mut response);
    Ok(response)
}

/// An error after the status had been sent as a success; its type tells the true status.
pub(super) fn refuse_error(value: &Value, incoming: &Incoming<'_>) -> Result<(), Rejection> {
    match value.get("error").filter(|error| !is_blank(error)) {
        Some(Value::Bool(_) | Value::Number(_)) => Err(incoming.disguised(value)),
        Some(error) => Err(incoming.disguised(error)),
        None => Ok(()),
    }
}
