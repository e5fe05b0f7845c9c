//! The room that a server gives answers, as far as its refusals tell.

use super::error_body::ErrorBody;
use super::too_many::Refusal;
use crate::model::Request;

/// What is known of the room for answers, and what one request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// The most tokens that this request may ask for.
    limit: Option<u32>,
    /// The most tokens of any answer.
    most: Option<u32>,
    window: Option<Window>,
}

/// A context that prompt and answer share, with the prompt it was seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    tokens: u32,
    prompt: u32,
    prompt_bytes: usize,
}

/// With less room than this no answer is worth asking for.
const LEAST: u32 = 16;

/// Without a number the room is halved, down to this.
const LEAST_GUESSED: u32 = 256;

impl Room {
    /// The same for a request, whose prompt is estimated by what the server counted for another.
    pub(super) fn sized(self, request: &Request) -> Self {
        let beside = self.window.and_then(|window| window.beside(bytes(request)));
        Self { limit: self.most.into_iter().chain(beside).min(), ..self }
    }

    /// The most tokens to ask for.
    pub(super) fn max_tokens(self, request: &Request) -> u32 {
        let asked = request.parameters.max_tokens;
        self.limit.map_or(asked, |limit| limit.min(asked))
    }

    /// The room after a refusal that is about it, if that leaves any to ask for.
    pub(super) fn after(self, error_body: &ErrorBody, request: &Request) -> Option<Self> {
        let asked = self.max_tokens(request);
        let next = match Refusal::read(error_body, asked)? {
            Refusal::Most(most) => Self { limit: Some(most), most: Some(most), ..self },
            Refusal::Window { window, prompt } => {
                let window = Window { tokens: window, prompt, prompt_bytes: bytes(request) };
                Self { limit: window.tokens.checked_sub(prompt), window: Some(window), ..self }
            }
            Refusal::TooMany => {
                let half = Some(asked / 2).filter(|half| *half >= LEAST_GUESSED);
                Self { limit: half, most: half, ..self }
            }
        };
        next.limit.is_some_and(|limit| (LEAST..asked).contains(&limit)).then_some(next)
    }

    /// What two calls have learned.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            limit: None,
            most: self.most.into_iter().chain(other.most).min(),
            window: other.window.or(self.window),
        }
    }
}

impl Window {
    /// What is left beside a prompt of so many bytes, on the safe side; `None` where that is next to
    /// nothing: then the server has to say it.
    fn beside(self, bytes: usize) -> Option<u32> {
        let tokens = u64::from(self.prompt) * bytes as u64 / self.prompt_bytes.max(1) as u64;
        let prompt = u32::try_from(tokens + tokens / 20 + 16).ok()?;
        self.tokens.checked_sub(prompt).filter(|left| *left >= LEAST)
    }
}

/// The bytes of a prompt's texts.
fn bytes(request: &Request) -> usize {
    request.messages.iter().map(|message| message.content.len()).sum()
}
