//! A model ready for work: everything one thread needs.

use std::sync::Arc;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use serde_json::Value;

use super::fault::EngineFault;
use super::grammar::{Grammars, Guide};
use super::request::EngineOptions;
use super::session::Session;
use super::template::ChatTemplate;
use super::tokens::Tokenizer;

/// A loaded model with its context.
pub(super) struct Loaded<'model> {
    model: &'model LlamaModel,
    grammars: Option<Grammars>,
    /// The vocabulary.
    pub(super) tokenizer: Tokenizer<'model>,
    /// The chat template.
    pub(super) template: ChatTemplate,
    /// The context.
    pub(super) session: Session<'model>,
}

impl<'model> Loaded<'model> {
    /// Prepares a model for work.
    ///
    /// # Errors
    /// [`EngineFault::Template`] when the file has no usable chat template, [`EngineFault::Load`] when
    /// there is no memory for the context.
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'model LlamaModel,
        options: &EngineOptions,
        threads: i32,
    ) -> Result<Self, EngineFault> {
        Ok(Self {
            model,
            grammars: None,
            tokenizer: Tokenizer::new(model),
            template: chat_template(model)?,
            session: Session::new(backend, model, options, threads)?,
        })
    }

    /// A guide for one answer under a schema. The model's grammars are made at the first need.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when llguidance refuses the vocabulary or the schema.
    pub(super) fn guide(&mut self, schema: &Arc<Value>, max_tokens: u32) -> Result<Guide, EngineFault> {
        let grammars = match self.grammars.take() {
            Some(grammars) => grammars,
            None => Grammars::new(self.model)?,
        };
        self.grammars.insert(grammars).guide(schema, max_tokens, &self.tokenizer)
    }
}

fn chat_template(model: &LlamaModel) -> Result<ChatTemplate, EngineFault> {
    let source =
        model.chat_template(None).ok().and_then(|template| template.to_string().ok()).ok_or_else(|| {
            EngineFault::Template { detail: "the file has none: choose an instruction-tuned model".into() }
        })?;
    let vocab = model.vocab();
    let text = |token: llama_cpp_2::token::LlamaToken| {
        if token.0 < 0 {
            return String::new();
        }
        String::from_utf8_lossy(&vocab.token_to_piece(token, true, None)).into_owned()
    };
    ChatTemplate::new(source, text(vocab.bos()), text(vocab.eos()))
}
