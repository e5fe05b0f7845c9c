//! What a caller asks of the engine.

/// How a model is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Tokens of prompt and answer together, of all requests in flight. One request has at most the model's
    /// training context.
    pub context_tokens: u32,
    /// Threads of llama.cpp; `None` chooses by the machine's load when the model is loaded.
    pub threads: Option<u32>,
    /// Tokens of a prompt evaluated at once, at least 32, in steps of 16; a request can only be cancelled
    /// between such batches. More than 64 wins little on a CPU.
    pub batch_tokens: u32,
    /// The most requests in flight, 1 to 32; a recurrent model takes one at a time. With 1 an answer does
    /// not depend on what was asked before; with more its last digits depend on what is evaluated beside it.
    pub parallel: u32,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { context_tokens: 8192, threads: None, batch_tokens: 64, parallel: 1 }
    }
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// `system`, `user` or `assistant`; written into the template as it is.
    pub role: String,
    /// The message. It never becomes a special token, whatever it spells.
    pub content: String,
}

impl Turn {
    /// A message of this role.
    #[must_use]
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }
}

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 always takes the likeliest token.
    pub temperature: f64,
    /// Keep the likeliest tokens that together have this probability, 0 to 1; `None` keeps all.
    pub top_p: Option<f64>,
    /// Start of the random numbers; each request starts from it anew.
    pub seed: u64,
    /// The most tokens the answer may have.
    pub max_tokens: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: None, seed: 0, max_tokens: 512 }
    }
}
