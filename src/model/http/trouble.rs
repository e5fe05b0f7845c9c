//! What a status alone does not tell.

use super::error_body::ErrorBody;
use super::too_many::names_room;

/// What the words of an error tell beyond its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A limit on money, which no waiting lifts; it comes as 429 too.
    Credit,
    /// A filter for what may be asked.
    Filter,
    /// More tokens than the model's context holds.
    Length,
    /// More tokens of an answer than the server gives.
    Room,
}

impl Trouble {
    /// Reads it from the words, if they tell anything.
    pub(super) fn of(status: u16, error_body: &ErrorBody) -> Option<Self> {
        let words = error_body.words();
        let is_named = |names: &[&str]| names.iter().any(|name| words.contains(name));
        match status {
            402 => Some(Self::Credit),
            _ if is_named(&SPENT) => Some(Self::Credit),
            400 | 403 if is_named(&["content_filter", "content_policy"]) => Some(Self::Filter),
            400 | 413 | 422 | 500 if is_named(&TOO_LONG) => Some(Self::Length),
            400 | 422 if names_room(error_body) => Some(Self::Room),
            _ => None,
        }
    }
}

/// How OpenAI and Anthropic say that the money is spent.
const SPENT: [&str; 5] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "credit balance is too low",
    "api usage limits",
    "enforced_spend_limit_reached",
];

/// How the servers say that a request does not fit.
const TOO_LONG: [&str; 17] = [
    "context_length",
    "context length",
    "context size",
    "context limit",
    "exceed_context",
    "exceed context",
    "context window",
    "maximum model length",
    "max_model_len",
    "maximum sequence length",
    "prompt is too long",
    "prompt too long",
    "prompt is longer than",
    "input is too long",
    "input token count",
    "`inputs` must have less than",
    "`inputs` tokens",
];
