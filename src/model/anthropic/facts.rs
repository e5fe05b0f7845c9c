//! What is true of the provider `anthropic`, and what can be chosen.

use crate::model::facts::{AnswerForm, KeyHeader, ModelsKind, ProviderFacts, ServerFacts};
use crate::model::http::{Connection, whole_address};

pub(crate) const FACTS: ProviderFacts =
    ProviderFacts { name: "anthropic", models: ModelsKind::Server(&SERVER), is_weighted: false };

pub(crate) static SERVER: ServerFacts = ServerFacts {
    base_url: "https://api.anthropic.com",
    address_variables: &["ANTHROPIC_BASE_URL"],
    read_address: whole_address,
    address_example: "http://127.0.0.1:8080/v1",
    key_variable: Some("ANTHROPIC_API_KEY"),
    key_header: KeyHeader::Named("x-api-key"),
    // The version of the messages API that evenhand speaks.
    headers: &[("anthropic-version", "2023-06-01")],
    example: "claude-haiku-5-5",
    forms: &[AnswerForm::Auto, AnswerForm::JsonSchema, AnswerForm::Tool, AnswerForm::Plain],
    loads_models: false,
    start: None,
    decision: None,
    when_missing: |model| {
        format!(
            "model not found? check the name `{model}`, and that base_url is what stands before `/v1/messages`"
        )
    },
};

/// How to reach a model through Anthropic's messages.
#[derive(Clone, Debug)]
pub struct AnthropicOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server; its address is what stands before `/v1/messages`.
    pub connection: Connection,
    /// How the answer is held to its schema; not [`AnswerForm::JsonObject`].
    pub form: AnswerForm,
}

impl AnthropicOptions {
    /// A model at Anthropic, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), connection: Connection::usual(&SERVER), form: AnswerForm::default() }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(mut self, base_url: impl Into<String>) -> Self {
        self.connection.base_url = base_url.into();
        self
    }
}
