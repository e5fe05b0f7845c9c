//! What can be chosen, and the request on the wire.

use serde_json::{Map, Value, json};

use super::facts::SERVER;
use crate::model::weighing::MOST_TOP;
use crate::model::{Connection, Delivery, Request};
use crate::signature::Dialect;

/// How to reach a model through Ollama.
#[derive(Clone, Debug)]
pub struct OllamaOptions {
    /// The model with its tag: `qwen2.5` or `qwen2.5:7b`.
    pub model: String,
    /// The server.
    pub connection: Connection,
    /// The length of the context in tokens. Without it as much is asked for as the
    /// prompts need, up to the model's own length.
    pub num_ctx: Option<u32>,
    /// How long the model stays loaded: `10m`, `-1` for always, `0` for not at all.
    pub keep_alive: Option<String>,
    /// Whether a model that can think does so before it answers.
    pub think: Option<Think>,
    /// Asks for log-probabilities, with so many of the likeliest tokens, in `0..=20`.
    /// Servers before 0.12.11 give none.
    pub logprobs: Option<u8>,
    /// More of the `options`: `num_thread`, `top_k`. They win over evenhand's own.
    pub options: Map<String, Value>,
}

impl OllamaOptions {
    /// A model on this machine, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            connection: Connection::usual(&SERVER),
            num_ctx: None,
            keep_alive: None,
            think: None,
            logprobs: None,
            options: Map::new(),
        }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(mut self, base_url: impl Into<String>) -> Self {
        self.connection.base_url = base_url.into();
        self
    }
}

/// Whether a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Think {
    /// It answers at once.
    Off,
    /// It thinks.
    On,
    /// It thinks a little.
    Low,
    /// It thinks for a while.
    Medium,
    /// It thinks long.
    High,
}

impl Think {
    /// The value on the wire: a truth value, or a level where the model has levels.
    pub(super) fn wire(self) -> Value {
        match self {
            Self::Off => Value::Bool(false),
            Self::On => Value::Bool(true),
            Self::Low => "low".into(),
            Self::Medium => "medium".into(),
            Self::High => "high".into(),
        }
    }
}

/// The body for a request, with a context of `num_ctx` tokens.
pub(super) fn chat(options: &OllamaOptions, request: &Request, num_ctx: u32, cutting: Cutting) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    body.insert("messages".into(), json!(request.messages));
    body.insert("stream".into(), json!(options.connection.delivery == Delivery::Stream));
    if let Some(format) = &request.format {
        body.insert("format".into(), Dialect::Grammar.speak(&format.schema));
    }
    body.insert("options".into(), Value::Object(decoding(options, request, num_ctx)));
    forbid_cutting(&mut body, cutting);
    insert(&mut body, "keep_alive", keep_alive(options));
    insert(&mut body, "think", options.think.map(super::Think::wire));
    if let Some(top) = request.weigh.as_ref().map(|_| MOST_TOP).or(options.logprobs) {
        body.insert("logprobs".into(), json!(true));
        body.insert("top_logprobs".into(), json!(top));
    }
    extend(&mut body, &options.connection.extra);
    Value::Object(body)
}

/// Whether the request forbids the server to cut the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cutting {
    /// It is to refuse a prompt that is too long. Servers before 0.12.6 do not know the words.
    Forbidden,
    /// The request does not say: the server refused the field.
    Unmentioned,
}

/// `truncate` is about the prompt, `shift` about its beginning while the answer grows.
fn forbid_cutting(body: &mut Map<String, Value>, cutting: Cutting) {
    if cutting == Cutting::Forbidden {
        body.insert("truncate".into(), json!(false));
        body.insert("shift".into(), json!(false));
    }
}

/// The user's own keys win; `options` join evenhand's.
fn extend(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(more)) if key == "options" => own.extend(more.clone()),
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The body that loads the model and asks nothing. It has the same `num_ctx` and `shift`
/// as a request: a model loaded with others would be loaded again.
pub(super) fn load(options: &OllamaOptions, num_ctx: u32) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(options.model));
    body.insert("messages".into(), json!([]));
    body.insert("stream".into(), json!(false));
    let mut runtime = Map::new();
    insert(&mut runtime, "num_ctx", Some(Value::from(num_ctx)));
    runtime.extend(options.options.clone());
    body.insert("options".into(), Value::Object(runtime));
    forbid_cutting(&mut body, Cutting::Forbidden);
    insert(&mut body, "keep_alive", keep_alive(options));
    Value::Object(body)
}

/// The body that takes the model out of memory.
pub(super) fn unload(options: &OllamaOptions) -> Value {
    json!({"model": options.model, "messages": [], "stream": false, "keep_alive": 0})
}

fn decoding(options: &OllamaOptions, request: &Request, num_ctx: u32) -> Map<String, Value> {
    let parameters = &request.parameters;
    let mut decoding = Map::new();
    insert(&mut decoding, "temperature", parameters.temperature.map(Value::from));
    insert(&mut decoding, "top_p", parameters.top_p.map(Value::from));
    // A further draw needs another seed, or it would be the same draw again.
    let seed = parameters.seed.map(|seed| seed.wrapping_add(u64::from(request.repeat)));
    insert(&mut decoding, "seed", seed.map(Value::from));
    insert(&mut decoding, "num_predict", Some(Value::from(parameters.max_tokens)));
    insert(&mut decoding, "num_ctx", Some(Value::from(num_ctx)));
    decoding.extend(options.options.clone());
    decoding
}

/// A bare number has to go as one: as a text it would lack its unit.
fn keep_alive(options: &OllamaOptions) -> Option<Value> {
    let text = options.keep_alive.as_deref()?.trim();
    Some(text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from))
}

fn insert(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}
