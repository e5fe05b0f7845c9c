//! What can be chosen.

use crate::model::Connection;

/// How to reach a model through chat completions.
#[derive(Clone, Debug)]
pub struct OpenAiOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server; its address up to and including `/v1`.
    pub connection: Connection,
    /// How the answer is held to its schema.
    pub structured: Structured,
    /// Asks for log-probabilities, with so many of the likeliest tokens, in `0..=20`.
    /// For 0, llama.cpp's server gives none at all.
    pub logprobs: Option<u8>,
}

impl OpenAiOptions {
    /// A model at OpenAI, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            connection: Connection {
                api_key_env: Some("OPENAI_API_KEY".to_owned()),
                ..Connection::new("https://api.openai.com/v1")
            },
            structured: Structured::default(),
            logprobs: None,
        }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(mut self, base_url: impl Into<String>) -> Self {
        self.connection.base_url = base_url.into();
        self
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
