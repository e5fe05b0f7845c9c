//! The reply on the wire: a message and its parts, piece by piece or whole.
//!
//! Only the answer is needed. Every other field may be missing or of any type, and then it is left out.

use serde_json::Value;

use crate::model::http::{Content, Counts, Incoming, Rejection, refuse_error, without_answer};
use crate::model::{Failure, Finish, Response, Usage, http};

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
        return Err(without_answer(message, "the reply has no content", incoming));
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

/// A reply on its way.
#[derive(Default)]
pub(super) struct MessageAssembly {
    response: Response,
    content: Content,
    has_message: bool,
    stop: Stop,
    tokens: Tokens,
    is_done: bool,
    /// The one event that came was the whole message.
    is_whole: bool,
}

impl http::Assembly for MessageAssembly {
    /// Takes in an event. New kinds may come, and mean nothing to evenhand.
    fn add(&mut self, event: &Value, now_ms: Option<f64>, incoming: &Incoming<'_>) -> Result<(), Rejection> {
        refuse_error(event, incoming)?;
        let part = |name: &str| event.get(name).filter(|part| part.is_object());
        let before = self.content.length();
        match event.get("type").and_then(Value::as_str).unwrap_or_default() {
            "message_start" => self.start(part("message").unwrap_or(&Value::Null)),
            "content_block_start" => part("content_block").into_iter().for_each(|block| self.begin(block)),
            "content_block_delta" => part("delta").into_iter().for_each(|delta| self.extend(delta)),
            "message_delta" => {
                self.stop = part("delta").map(Stop::read).unwrap_or_default();
                self.tokens.add(event.get("usage"), &mut self.response.notes);
            }
            "message_stop" => self.is_done = true,
            "message" => {
                self.response = message_of(event, incoming)?;
                (self.has_message, self.is_done, self.is_whole) = (true, true, true);
            }
            "error" => return Err(incoming.disguised(event)),
            _ => {}
        }
        if self.content.length() > before && self.response.timing.first_token_ms.is_none() {
            self.response.timing.first_token_ms = now_ms;
        }
        Ok(())
    }

    fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        if !self.has_message {
            return Err(incoming.unusable("the stream has no message"));
        }
        if !self.is_done && !self.stop.is_known() {
            return Err(incoming.unusable("the stream ended before the answer did"));
        }
        self.response.timing.total_ms = incoming.elapsed_ms();
        if self.is_whole {
            return Ok(self.response);
        }
        self.response.finish = self.stop.finish();
        self.response.notes.extend(self.stop.notes(incoming));
        self.response.usage = self.tokens.usage();
        self.content.prefer_calls();
        self.content.settle(&mut self.response);
        Ok(self.response)
    }

    fn done(&mut self) {
        self.is_done = true;
    }

    fn is_over(&self) -> bool {
        self.is_done
    }

    fn whole(document: &Value, incoming: &Incoming<'_>) -> Result<Response, Rejection> {
        message_of(document, incoming)
    }
}

impl MessageAssembly {
    fn start(&mut self, message: &Value) {
        self.has_message = true;
        self.response.model = message.get("model").and_then(Value::as_str).map(str::to_owned);
        self.tokens.add(message.get("usage"), &mut self.response.notes);
    }

    /// A tool's input begins as an empty object, and comes in pieces of JSON.
    fn begin(&mut self, block: &Value) {
        let mut block = block.clone();
        if let Some(fields) = block.as_object_mut()
            && fields.get("input").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
        {
            fields.shift_remove("input");
        }
        self.content.add_part(&block);
    }

    fn extend(&mut self, delta: &Value) {
        match delta.get("partial_json").and_then(Value::as_str) {
            Some(input) => self.content.extend_call(input),
            None => self.content.add_part(&as_part(delta)),
        }
    }
}

/// A delta as a part; one that names no type is told by its fields. Signatures of thoughts and the like are none.
fn as_part(delta: &Value) -> Value {
    let told = ["thinking", "text"].into_iter().find_map(|name| Some((name, delta.get(name)?)));
    told.map_or(Value::Null, |(name, text)| serde_json::json!({"type": name, name: text}))
}
