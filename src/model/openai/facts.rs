//! What is true of the provider `openai`, and what can be chosen.

use crate::model::facts::{AnswerForm, KeyHeader, ModelsKind, ProviderFacts, ServerFacts};
use crate::model::http::{Connection, whole_address};

pub(crate) const FACTS: ProviderFacts =
    ProviderFacts { name: "openai", models: ModelsKind::Server(&SERVER), is_weighted: false };

/// The variables that may name another address.
pub(in crate::model) const ADDRESS_VARIABLES: &[&str] = &["OPENAI_BASE_URL", "OPENAI_API_BASE"];

/// The variable that holds the key.
pub(in crate::model) const KEY_VARIABLE: &str = "OPENAI_API_KEY";

pub(crate) static SERVER: ServerFacts = ServerFacts {
    base_url: "https://api.openai.com/v1",
    address_variables: ADDRESS_VARIABLES,
    read_address: whole_address,
    address_example: "http://127.0.0.1:8080/v1",
    key_variable: Some(KEY_VARIABLE),
    key_header: KeyHeader::Bearer,
    headers: &[],
    example: "gpt-6-luna",
    forms: &[AnswerForm::Auto, AnswerForm::JsonSchema, AnswerForm::JsonObject, AnswerForm::Plain],
    loads_models: false,
    start: None,
    decision: None,
    when_missing: |model| {
        format!(
            "model not found? check the name `{model}`, and that base_url ends where the server's manual says (often `/v1`)"
        )
    },
};

/// How to reach a model through chat completions.
#[derive(Clone, Debug)]
pub struct OpenAiOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server; its address up to and including `/v1`.
    pub connection: Connection,
    /// How the answer is held to its schema; not [`AnswerForm::Tool`].
    pub form: AnswerForm,
    /// Asks for log-probabilities, with so many of the likeliest tokens, in `0..=20`.
    /// For 0, llama.cpp's server gives none at all.
    pub logprobs: Option<u8>,
}

impl OpenAiOptions {
    /// A model at OpenAI, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            connection: Connection::usual(&SERVER),
            form: AnswerForm::default(),
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
