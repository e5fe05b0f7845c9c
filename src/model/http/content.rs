//! What a model wrote, in whichever form a server hands it on: a text, parts, an object, tool calls, thoughts.
//!
//! Servers put the same answer into different fields, whole or in fragments. All of it is gathered here; nothing
//! that the model wrote is lost, and what is not its text stays apart from it.

use serde_json::{Map, Value};

use super::calls::Calls;
use super::json::is_blank;
use crate::model::{Passage, PassageKind, Response};

/// What came so far.
#[derive(Debug, Default)]
pub(in crate::model) struct Content {
    text: String,
    refusal: String,
    thoughts: String,
    thoughts_place: String,
    calls: Calls,
    /// Objects in a list of parts that are no parts.
    objects: Vec<Value>,
    /// Parts that hold no text.
    other: Vec<Value>,
    is_from_object: bool,
}

/// The fields in which servers tell what the model thinks, the usual one first.
const THOUGHTS: [&str; 5] = ["reasoning_content", "reasoning", "thinking", "thought", "reasoning_details"];

impl Content {
    /// Takes in a message, or a piece of a streamed one.
    pub(in crate::model) fn add_message(&mut self, message: &Value) {
        if let Some(text) = message.as_str() {
            self.text.push_str(text);
        }
        let field = |name: &str| message.get(name).filter(|value| !value.is_null());
        if let Some(content) = field("content") {
            self.add_content(content);
        }
        if let Some(parsed) = field("parsed").filter(|parsed| parsed.is_object()) {
            self.objects.push(parsed.clone());
        }
        if let Some(refusal) = field("refusal").and_then(Value::as_str) {
            self.refusal.push_str(refusal);
        }
        let thoughts = THOUGHTS.iter().find_map(|name| Some((name, field(name)?)));
        if let Some((name, thoughts)) = thoughts.filter(|(_, thoughts)| !is_blank(thoughts)) {
            self.think(name, thoughts);
        }
        if let Some(calls) = field("tool_calls") {
            self.calls.add_all("tool_calls", calls);
        }
        if let Some(call) = field("function_call") {
            self.calls.add_all("function_call", call);
        }
    }

    /// Takes in a message's content.
    pub(in crate::model) fn add_content(&mut self, content: &Value) {
        match content {
            Value::Null => {}
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.add_part(part)),
            Value::Object(object) => match object.get("parts") {
                Some(parts @ Value::Array(_)) => self.add_content(parts),
                _ if is_part(object) => self.add_part(content),
                _ => self.add_object(content),
            },
            other => self.text.push_str(&other.to_string()),
        }
    }

    /// An answer that somebody on the way has parsed already.
    fn add_object(&mut self, object: &Value) {
        self.is_from_object = true;
        self.text.push_str(&object.to_string());
    }

    /// Takes in one part, or block, of a content.
    pub(in crate::model) fn add_part(&mut self, part: &Value) {
        let Some(fields) = part.as_object() else {
            return self.text.push_str(part.as_str().unwrap_or_default());
        };
        if fields.get("thought") == Some(&Value::Bool(true)) {
            return self.think("content", part);
        }
        match kind(fields) {
            ContentKind::Text => self.text.push_str(text_of(part)),
            ContentKind::Thoughts => self.think("content", part),
            ContentKind::Refusal => self.refusal.push_str(part.get("refusal").map_or("", text_of)),
            ContentKind::Call => self.calls.add("content", part),
            ContentKind::Json => {
                let json = ["json", "output", "data"].into_iter().find_map(|name| part.get(name));
                if let Some(json) = json {
                    self.add_object(json);
                }
            }
            ContentKind::Object => self.objects.push(part.clone()),
            ContentKind::Other => self.other.push(part.clone()),
        }
    }

    /// A further fragment of the last tool call's input.
    pub(in crate::model) fn extend_call(&mut self, fragment: &str) {
        self.calls.extend_last(fragment);
    }

    fn think(&mut self, place: &str, thoughts: &Value) {
        if self.thoughts_place.is_empty() {
            place.clone_into(&mut self.thoughts_place);
        }
        gather(thoughts, &mut self.thoughts);
    }

    /// How much of an answer has come: the first token of one makes it more than nothing.
    pub(in crate::model) fn length(&self) -> usize {
        self.text.len() + self.calls.length()
    }

    /// Whether there is nothing at all in it.
    pub(in crate::model) fn is_empty(&self) -> bool {
        self.length() + self.thoughts.len() + self.refusal.len() + self.objects.len() + self.other.len() == 0
    }

    /// The words with which the model itself refused.
    pub(in crate::model) fn refusal(&self) -> Option<&str> {
        Some(self.refusal.trim()).filter(|refusal| !refusal.is_empty())
    }

    /// The tool that was asked for has the answer; text beside it is small talk.
    pub(in crate::model) fn prefer_calls(&mut self) {
        let calls = self.calls.take();
        let says_something = calls.iter().any(|call| call.text.trim() != "{}");
        if !calls.is_empty() && (says_something || self.text.trim().is_empty()) {
            self.text = joined(&calls);
        }
    }

    /// Writes what came into the reply. The text is the answer; where there is none, the arguments of a tool call
    /// are. Thoughts are kept where there is no text, and are never read as the answer.
    pub(in crate::model) fn settle(mut self, response: &mut Response) {
        if self.text.trim().is_empty() {
            for object in std::mem::take(&mut self.objects) {
                self.add_object(&object);
            }
        }
        if self.is_from_object {
            response.notes.push("the content came as an object, not as text; it was read as JSON".to_owned());
        }
        let mut beside = self.calls.take();
        if self.text.trim().is_empty() && !beside.is_empty() {
            self.text = joined(&beside);
            let places: Vec<&str> = beside.iter().map(|call| call.place.as_str()).collect();
            response.notes.push(format!("the answer was read from {}", places.join(" and ")));
            beside.clear();
        }
        if self.text.trim().is_empty() {
            beside.extend(passage(PassageKind::Thoughts, self.thoughts_place, self.thoughts));
            let other = (!self.other.is_empty()).then(|| Value::Array(self.other).to_string());
            beside.extend(passage(PassageKind::Other, "content".to_owned(), other.unwrap_or_default()));
        }
        response.text = self.text;
        response.beside = beside;
    }
}

fn passage(kind: PassageKind, place: String, text: String) -> Option<Passage> {
    (!text.trim().is_empty()).then_some(Passage { kind, place, text })
}

/// Several calls stand one after the other: which of several answers counts is not decided here.
fn joined(calls: &[Passage]) -> String {
    calls.iter().map(|call| call.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// What a part is.
enum ContentKind {
    Text,
    Thoughts,
    Refusal,
    Call,
    /// An answer that was parsed already, in an envelope.
    Json,
    /// No part: an answer that was parsed already.
    Object,
    Other,
}

fn kind(fields: &Map<String, Value>) -> ContentKind {
    let Some(name) = fields.get("type").and_then(Value::as_str) else {
        return if is_part(fields) { ContentKind::Text } else { ContentKind::Object };
    };
    match name {
        "text" | "output_text" | "input_text" | "text_delta" => ContentKind::Text,
        "thinking" | "thinking_delta" | "thought" | "reasoning" | "reasoning.text" | "reasoning_text"
        | "reasoning_content" | "summary_text" => ContentKind::Thoughts,
        "refusal" => ContentKind::Refusal,
        "tool_use" | "tool_call" | "function" | "function_call" | "custom" | "custom_tool_call" => {
            ContentKind::Call
        }
        "json" | "output_json" | "json_object" => ContentKind::Json,
        _ => ContentKind::Other,
    }
}

/// Whether an object is a part with text: it has a type that says so, or a text and nothing else that matters.
fn is_part(fields: &Map<String, Value>) -> bool {
    if let Some(Value::String(name)) = fields.get("type") {
        return !matches!(kind(fields), ContentKind::Other) || fields.contains_key(name.as_str());
    }
    let beside = ["text", "type", "annotations", "index", "thought", "logprobs"];
    let has_text = fields.get("text").is_some_and(|text| text.is_string() || text.is_null());
    has_text && fields.keys().all(|name| beside.contains(&name.as_str()))
}

/// A part's text: as it is, or in an object of its own.
fn text_of(part: &Value) -> &str {
    let text = part.get("text").unwrap_or(part);
    text.as_str().or_else(|| text.get("value")?.as_str()).unwrap_or_default()
}

/// Everything that is text in thoughts, in its order.
fn gather(thoughts: &Value, into: &mut String) {
    match thoughts {
        Value::String(text) => into.push_str(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(fields) => {
            let names = ["thinking", "text", "summary", "content", "reasoning", "value", "reasoning_content"];
            let told = names.iter().filter_map(|name| fields.get(*name));
            told.for_each(|inner| gather(inner, into));
        }
        _ => {}
    }
}
