//! What can be chosen.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::http::Address;
use crate::model::{Delivery, Secret, Timeouts};

/// How to reach a model through Ollama.
#[derive(Clone)]
pub struct OllamaOptions {
    /// The model with its tag: `llama3.2` or `llama3.2:3b`.
    pub model: String,
    /// The server's address.
    pub base_url: String,
    /// The key, if a proxy before the server wants one.
    pub api_key: Option<Secret>,
    /// The environment variable that the key is from: messages name it.
    pub api_key_env: Option<String>,
    /// How long to wait. A cold start loads the model within `total`.
    pub timeouts: Timeouts,
    /// How the reply is to come.
    pub delivery: Delivery,
    /// The length of the context in tokens. Ollama's own default is short, and
    /// a longer prompt loses its beginning there without a word.
    pub num_ctx: Option<u32>,
    /// How long the model stays loaded: `10m`, `-1` for always, `0` for not at all.
    pub keep_alive: Option<String>,
    /// Whether a model that can think does so before it answers.
    pub think: Option<Think>,
    /// Asks for log-probabilities, with so many of the likeliest tokens, in `0..=20`.
    /// Servers before 0.12.11 give none.
    pub logprobs: Option<u8>,
    /// More of the `options`: `num_thread`, `top_k`. They win over karat's own.
    pub options: Map<String, Value>,
    /// More fields for the request's body. They win over karat's own.
    pub extra: Map<String, Value>,
    /// More headers. Their values are treated as secrets.
    pub headers: Vec<(String, Secret)>,
}

impl OllamaOptions {
    /// A model on this machine, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            base_url: "http://127.0.0.1:11434".to_owned(),
            api_key: None,
            api_key_env: None,
            timeouts: Timeouts::default(),
            delivery: Delivery::default(),
            num_ctx: None,
            keep_alive: None,
            think: None,
            logprobs: None,
            options: Map::new(),
            extra: Map::new(),
            headers: Vec::new(),
        }
    }
}

impl fmt::Debug for OllamaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OllamaOptions")
            .field("model", &self.model)
            .field("base_url", &Address::shown_of(&self.base_url))
            .field("delivery", &self.delivery)
            .field("num_ctx", &self.num_ctx)
            .field("think", &self.think)
            .finish_non_exhaustive()
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
