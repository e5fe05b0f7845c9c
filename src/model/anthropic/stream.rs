//! A reply that comes piece by piece.

use serde_json::Value;

use crate::model::http::{Content, Events, Incoming, Meaning, Rejection, decode, meanings};
use crate::model::{Failure, Response};

use super::message::{Stop, Tokens, message_of, refuse_error};

/// A reply on its way.
#[derive(Default)]
pub(super) struct Assembly {
    response: Response,
    content: Content,
    has_message: bool,
    stop: Stop,
    tokens: Tokens,
    is_done: bool,
    /// The one event that came was the whole message.
    is_whole: bool,
}

/// Reads a stream to its end.
pub(super) async fn streamed(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    let mut events = Events::default();
    while !assembly.is_done {
        let Some(data) = incoming.event(&mut events).await? else { break };
        for meaning in meanings(&data) {
            match meaning {
                Meaning::Nothing => {}
                Meaning::Done => assembly.is_done = true,
                Meaning::Piece(piece) => {
                    let event: Value = decode(incoming.peer(), incoming.address(), piece)?;
                    assembly.add(&event, Some(incoming.elapsed_ms()), incoming)?;
                }
            }
        }
    }
    let response = assembly.end(incoming)?;
    incoming.drain().await;
    Ok(response)
}

impl Assembly {
    /// Takes in an event. New kinds may come, and mean nothing to evenhand.
    pub(super) fn add(
        &mut self,
        event: &Value,
        now_ms: Option<f64>,
        incoming: &Incoming<'_>,
    ) -> Result<(), Rejection> {
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

    pub(super) fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
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
}

/// A delta as a part; one that names no type is told by its fields. Signatures of thoughts and the like are none.
fn as_part(delta: &Value) -> Value {
    let told = ["thinking", "text"].into_iter().find_map(|name| Some((name, delta.get(name)?)));
    told.map_or(Value::Null, |(name, text)| serde_json::json!({"type": name, name: text}))
}
