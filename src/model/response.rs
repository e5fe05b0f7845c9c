//! What a model replied, what it took, and what tokens cost.

use serde::{Deserialize, Serialize};

use super::questions::Decided;
use crate::number::real;

/// A reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The raw text, as it came.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// Tokens, where the server counts them.
    #[serde(default)]
    pub usage: Usage,
    /// Times, as far as they are known.
    #[serde(default)]
    pub timing: Timing,
    /// For a weighed request: the natural logarithm of each candidate's
    /// probability, in the order of the candidates, not normalized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<f64>>,
    /// For a weighed request, or typed questions: why the reply holds no weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unweighed: Option<String>,
    /// For typed questions: what came of each, in their order; none where the reply cannot be used.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Vec<Decided>>,
    /// Log-probabilities of the decoded tokens, where they were asked for; for a
    /// weighed request those at the place where the answers were weighed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logprobs: Vec<TokenLogprob>,
    /// What the reply holds beside its text, where the answer may be meant to stand there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Passage>,
    /// The server checks what its model writes, and refused this: its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// The model as the server names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the user should know about how this reply came about:
    /// `json_schema refused, json_object used`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The most tokens that the answer could have, where the server took fewer than the request asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_to: Option<u32>,
    /// How often it was tried before it came, besides the last time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// Whether it is from the cache: nothing was sent and nothing paid, and the
    /// tokens and times are those of the call that was made once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
    /// Whether it is a batch's result, which has its own price.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batched: bool,
}

impl Response {
    /// Whether a later run may use it again. A filtered reply and an empty one are asked for again, and so
    /// is one whose typed answers are refused or cannot be read.
    pub(crate) fn is_reusable(&self) -> bool {
        if let Some(decided) = &self.decided {
            return !decided.is_empty() && !decided.contains(&Decided::Refused);
        }
        let has_answer = self.weights.is_some() || !self.text.trim().is_empty();
        has_answer && self.finish != Finish::Filtered
    }
}

/// Something in a reply that is not its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// What it is.
    pub kind: PassageKind,
    /// The field in which it stands: `reasoning_content`.
    pub place: String,
    /// What stands there, raw.
    pub text: String,
}

/// What a passage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PassageKind {
    /// The arguments of a tool call. An answer may stand there.
    ToolCall,
    /// The model's thoughts. No answer is read from them.
    Thoughts,
    /// Content in a form that is not text.
    Other,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done.
    #[default]
    Stop,
    /// It ran into the most tokens allowed: the text is cut off.
    Length,
    /// A filter of the server's stopped it.
    Filtered,
}

/// Tokens of one call, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the prompt that were not evaluated again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
}

/// Times of one call, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// From the request's first byte to the reply's last.
    pub total_ms: f64,
    /// Until the first token of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    /// Loading the model, where the server tells it: a cold start has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<f64>,
    /// Evaluating the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_ms: Option<f64>,
    /// Decoding the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_ms: Option<f64>,
}

/// One decoded token with the log-probabilities the server gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The token's text. One that is no whole text is written `bytes:\xe2\x9c`, as OpenAI writes it.
    pub token: String,
    /// The natural logarithm of its probability.
    pub logprob: f64,
    /// The likeliest tokens at its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, f64)>,
}

/// What a million tokens cost, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Price {
    /// A million tokens of prompts.
    pub input_per_million: f64,
    /// A million tokens of answers.
    pub output_per_million: f64,
    /// What a token of a batch costs, as a share of these; half by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<f64>,
}

impl Price {
    /// What so many tokens cost, in US dollars.
    #[must_use]
    pub fn of(&self, prompt_tokens: u64, completion_tokens: u64) -> f64 {
        real(prompt_tokens) / 1e6 * self.input_per_million
            + real(completion_tokens) / 1e6 * self.output_per_million
    }

    /// What so many tokens of a batch cost, in US dollars.
    #[must_use]
    pub fn of_batch(&self, prompt_tokens: u64, completion_tokens: u64) -> f64 {
        self.batch.unwrap_or(0.5) * self.of(prompt_tokens, completion_tokens)
    }
}
