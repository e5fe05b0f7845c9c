//! A reply that comes piece by piece.

use serde::Deserialize;
use serde_json::Value;

use crate::model::http::{Events, Incoming, Rejection, decode};
use crate::model::{Failure, Response, Usage};

use super::reply::{Block, Stop, WireMessage, WireUsage, failed};

/// An event. New kinds may come, and mean nothing to karat.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: WireMessage,
    },
    ContentBlockStart {
        content_block: Block,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: Stop,
        usage: Option<WireUsage>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

/// A piece of text, or of a tool's input. Thoughts have neither.
#[derive(Deserialize)]
struct Delta {
    text: Option<String>,
    partial_json: Option<String>,
}

/// A reply on its way.
#[derive(Default)]
struct Assembly {
    response: Response,
    has_message: bool,
    tools: usize,
    input: String,
    stop: Stop,
    usage: WireUsage,
    is_done: bool,
}

/// Reads a stream to its end.
pub(super) async fn streamed(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    let mut events = Events::default();
    while !assembly.is_done {
        let Some(data) = incoming.event(&mut events).await? else { break };
        if !data.trim().is_empty() {
            let event = decode(incoming.peer(), incoming.address(), &data)?;
            assembly.add(event, incoming)?;
        }
    }
    let response = assembly.end(incoming)?;
    incoming.drain().await;
    Ok(response)
}

impl Assembly {
    fn add(&mut self, event: Event, incoming: &Incoming<'_>) -> Result<(), Rejection> {
        match event {
            Event::MessageStart { message } => {
                self.has_message = true;
                self.response.model = message.model;
                self.usage = self.usage.then(message.usage.unwrap_or_default());
            }
            Event::ContentBlockStart { content_block } => {
                self.tools += usize::from(content_block.is_tool());
                self.response.text.push_str(content_block.text().unwrap_or_default());
            }
            Event::ContentBlockDelta { delta } => self.extend(&delta, incoming.elapsed_ms()),
            Event::MessageDelta { delta, usage } => {
                self.stop = delta;
                self.usage = self.usage.then(usage.unwrap_or_default());
            }
            Event::MessageStop => self.is_done = true,
            Event::Error { error } => return Err(failed(incoming, &error)),
            Event::Other => {}
        }
        Ok(())
    }

    /// Of several tools' inputs the first is the answer.
    fn extend(&mut self, delta: &Delta, now_ms: f64) {
        let text = delta.text.as_deref().unwrap_or_default();
        let input = delta.partial_json.as_deref().filter(|_| self.tools == 1).unwrap_or_default();
        if !text.is_empty() || !input.is_empty() {
            self.response.timing.first_token_ms.get_or_insert(now_ms);
        }
        self.response.text.push_str(text);
        self.input.push_str(input);
    }

    fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        if !self.has_message {
            return Err(incoming.unusable("the stream has no message"));
        }
        if !self.is_done && self.stop.stop_reason.is_none() {
            return Err(incoming.unusable("the stream ended before the answer did"));
        }
        if self.tools > 0 {
            self.response.text = self.input;
        }
        self.response.finish = self.stop.finish();
        self.response.notes = self.stop.notes(incoming);
        self.response.usage = Usage::from(self.usage);
        self.response.timing.total_ms = incoming.elapsed_ms();
        Ok(self.response)
    }
}
