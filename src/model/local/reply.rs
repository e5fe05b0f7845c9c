//! What the engine gives back.

use std::time::Instant;

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
