//! A request to the embedded engine: what a caller asks, what the engine gives back, and the job that takes
//! it to the thread that owns the model.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::oneshot;

use super::fault::EngineFault;

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

/// Tokens of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u32,
    /// Tokens of the prompt that an earlier request had already evaluated.
    pub cached_tokens: u32,
    /// Tokens written; when weighing, tokens of all candidates.
    pub completion_tokens: u32,
}

/// Wall-clock times of one request, in milliseconds, without the time it waited for a slot. Requests in
/// flight together share each batch's time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Rendering, tokenizing and evaluating the prompt.
    pub prompt_ms: f64,
    /// From the start to the choice of the first token; when weighing, to the first candidate's first token.
    pub first_token_ms: f64,
    /// From the start to the end.
    pub total_ms: f64,
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model ended its turn, or the grammar was complete.
    Stop,
    /// The limit of tokens was reached first.
    Length,
}

/// A written answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The text.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens read and written.
    pub counts: Counts,
    /// Where the time went.
    pub timing: Timing,
}

/// How likely each candidate is as the next text.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// One per candidate: natural log of the probability that the answer goes on with its text; not
    /// normalized over the candidates.
    pub log_probabilities: Vec<f64>,
    /// Tokens read.
    pub counts: Counts,
    /// Where the time went.
    pub timing: Timing,
}

/// A number of tokens.
pub(super) fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Milliseconds since then.
pub(super) fn elapsed_ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Where an answer goes; closed when the caller no longer waits.
pub(super) type Reply<T> = oneshot::Sender<Result<T, EngineFault>>;

/// A request.
pub(super) enum Job {
    /// Write the assistant's next turn.
    Generate {
        /// The conversation.
        turns: Vec<Turn>,
        /// The JSON Schema of the answer, if any.
        schema: Option<Arc<Value>>,
        /// How tokens are chosen.
        sampling: Sampling,
        /// Where the answer goes.
        reply: Reply<Generated>,
    },
    /// Weigh given answers.
    Weigh {
        /// The conversation.
        turns: Vec<Turn>,
        /// The beginning of the assistant's answer.
        opening: String,
        /// What may follow it.
        candidates: Vec<String>,
        /// Where the answer goes.
        reply: Reply<Weighed>,
    },
}

impl Job {
    /// Whether its caller has gone.
    pub(super) fn is_cancelled(&self) -> bool {
        match self {
            Self::Generate { reply, .. } => reply.is_closed(),
            Self::Weigh { reply, .. } => reply.is_closed(),
        }
    }
}
