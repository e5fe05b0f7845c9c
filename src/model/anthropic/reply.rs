//! The reply on the wire.

use serde::Deserialize;
use serde_json::Value;

use crate::model::http::{Incoming, Rejection, Said, broken_off, decode, rejection};
use crate::model::{Finish, Response, Timing, Usage};

/// A message. A streamed one begins without content.
#[derive(Deserialize)]
pub(super) struct WireMessage {
    pub(super) model: Option<String>,
    content: Option<Vec<Block>>,
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
    pub(super) usage: Option<WireUsage>,
    error: Option<Value>,
}

/// A block of content. What a model thinks is in blocks of its own, and is not read.
#[derive(Deserialize)]
pub(super) struct Block {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    input: Option<Value>,
}

/// Why the model stopped.
#[derive(Default, Deserialize)]
pub(super) struct Stop {
    pub(super) stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
}

/// What is said about a refusal.
#[derive(Deserialize)]
struct StopDetails {
    category: Option<String>,
    explanation: Option<String>,
}

/// Tokens. In a stream each count is the latest that came.
#[derive(Clone, Copy, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are named as on the wire")]
pub(super) struct WireUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl Block {
    pub(super) fn is_tool(&self) -> bool {
        self.kind == "tool_use"
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref().filter(|_| self.kind == "text")
    }
}

impl WireUsage {
    pub(super) fn then(self, later: Self) -> Self {
        Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            cache_creation_input_tokens: later
                .cache_creation_input_tokens
                .or(self.cache_creation_input_tokens),
            cache_read_input_tokens: later.cache_read_input_tokens.or(self.cache_read_input_tokens),
            output_tokens: later.output_tokens.or(self.output_tokens),
        }
    }
}

impl From<WireUsage> for Usage {
    /// Anthropic counts what was written to its cache and what was read from it apart.
    fn from(wire: WireUsage) -> Self {
        let cached = [wire.cache_creation_input_tokens, wire.cache_read_input_tokens];
        let cached: u64 = cached.into_iter().flatten().sum();
        Self {
            prompt_tokens: wire.input_tokens.map(|tokens| tokens + cached),
            cached_tokens: wire.cache_read_input_tokens,
            completion_tokens: wire.output_tokens,
        }
    }
}

impl Stop {
    pub(super) fn finish(&self) -> Finish {
        match self.stop_reason.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") => Finish::Length,
            Some("refusal") => Finish::Filtered,
            _ => Finish::Stop,
        }
    }

    /// Why the server's filter stopped the answer, where it says so.
    pub(super) fn notes(&self, incoming: &Incoming<'_>) -> Vec<String> {
        let details = self.stop_details.as_ref();
        let why = details.and_then(|details| details.explanation.as_ref().or(details.category.as_ref()));
        let why = why.map(|why| incoming.peer().presentable(why));
        why.map(|why| format!("the server refused the answer: {why}")).into_iter().collect()
    }
}

/// Reads a reply that comes in one piece.
pub(super) async fn whole(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let text = incoming.text().await?;
    let total_ms = incoming.elapsed_ms();
    let message: WireMessage = decode(incoming.peer(), incoming.address(), &text)?;
    if let Some(error) = message.error.filter(|error| !error.is_null()) {
        return Err(failed(incoming, &error));
    }
    let stop = Stop { stop_reason: message.stop_reason, stop_details: message.stop_details };
    let blocks = message.content.ok_or_else(|| incoming.unusable("the reply has no content"))?;
    Ok(Response {
        text: text_of(&blocks),
        finish: stop.finish(),
        usage: message.usage.map(Usage::from).unwrap_or_default(),
        timing: Timing { total_ms, ..Timing::default() },
        model: message.model,
        notes: stop.notes(incoming),
        ..Response::default()
    })
}

/// What the tool was given, or else the text of all blocks.
fn text_of(blocks: &[Block]) -> String {
    match blocks.iter().find(|block| block.is_tool()) {
        Some(tool) => tool.input.as_ref().map(Value::to_string).unwrap_or_default(),
        None => blocks.iter().filter_map(Block::text).collect(),
    }
}

/// An error after the status had been sent as a success; its type tells the true status.
pub(super) fn failed(incoming: &Incoming<'_>, error: &Value) -> Rejection {
    let said = Said::of(error);
    match said.kind.as_deref().and_then(status) {
        Some(status) => rejection(incoming.peer(), incoming.address(), status, incoming.headers(), said),
        None => broken_off(incoming.peer(), incoming.address(), said),
    }
}

/// The status that an error of this type has when it comes first.
fn status(kind: &str) -> Option<u16> {
    let status = match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    };
    Some(status)
}
