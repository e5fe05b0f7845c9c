//! What can be chosen.

use crate::model::Connection;

/// How to reach a model through Anthropic's messages.
#[derive(Clone, Debug)]
pub struct AnthropicOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server; its address is what stands before `/v1/messages`.
    pub connection: Connection,
    /// How the answer is held to its schema.
    pub form: AnthropicForm,
}

impl AnthropicOptions {
    /// A model at Anthropic, with nothing else chosen.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            connection: Connection {
                api_key_env: Some("ANTHROPIC_API_KEY".to_owned()),
                ..Connection::new("https://api.anthropic.com")
            },
            form: AnthropicForm::default(),
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
pub enum AnthropicForm {
    /// The strictest way that the model takes, which is found out by trying:
    /// the schema, then a tool, then plain text. A reply that came in another
    /// way than the strictest has a note about it.
    #[default]
    Auto,
    /// The schema in `output_config`, or a failure.
    JsonSchema,
    /// A tool that the model has to use: its input is the answer.
    Tool,
    /// Nothing but the prompt.
    Plain,
}
