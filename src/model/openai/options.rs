//! What can be chosen.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::http::Address;
use crate::model::{Delivery, Secret, Timeouts};

/// How to reach a model through chat completions.
#[derive(Clone)]
pub struct OpenAiOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server's address, up to and including `/v1`.
    pub base_url: String,
    /// The key, if the server wants one.
    pub api_key: Option<Secret>,
    /// The environment variable that the key is from: messages name it.
    pub api_key_env: Option<String>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How the reply is to come.
    pub delivery: Delivery,
    /// How the answer is held to its schema.
    pub structured: Structured,
    /// Asks for log-probabilities, with so many of the likeliest tokens, in `0..=20`.
    /// For 0, llama.cpp's server gives none at all.
    pub logprobs: Option<u8>,
    /// More fields for the request's body. They win over karat's own.
    pub extra: Map<String, Value>,
    /// More headers. Their values are treated as secrets.
    pub headers: Vec<(String, Secret)>,
}

impl OpenAiOptions {
    /// A model at OpenAI, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            base_url: "https://api.openai.com/v1".to_owned(),
            api_key: None,
            api_key_env: Some("OPENAI_API_KEY".to_owned()),
            timeouts: Timeouts::default(),
            delivery: Delivery::default(),
            structured: Structured::default(),
            logprobs: None,
            extra: Map::new(),
            headers: Vec::new(),
        }
    }
}

impl fmt::Debug for OpenAiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiOptions")
            .field("model", &self.model)
            .field("base_url", &Address::shown_of(&self.base_url))
            .field("api_key", &self.api_key)
            .field("delivery", &self.delivery)
            .field("structured", &self.structured)
            .finish_non_exhaustive()
    }
}

/// How an answer is held to its schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Structured {
    /// The strictest way that the server takes, which is found out by trying:
    /// `json_schema`, then `json_object`, then plain text. A reply that came in
    /// another way than the strictest has a note about it.
    #[default]
    Auto,
    /// `response_format` `json_schema` with `strict`, or a failure.
    JsonSchema,
    /// `response_format` `json_object`: any JSON. The prompt has to say which.
    JsonObject,
    /// No `response_format`.
    Plain,
}
