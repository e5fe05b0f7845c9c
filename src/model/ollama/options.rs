//! What can be chosen.

use serde_json::{Map, Value};

use crate::model::Connection;

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
            connection: Connection::new("http://127.0.0.1:11434"),
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
