//! How many tokens a call may take, before it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::model::request::Request;
use crate::number::{real, to_u64};

/// The most tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Estimate {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
}

impl Estimate {
    /// Both together.
    #[must_use]
    pub(crate) fn tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

/// Tokens that a chat template spends on a message, at most.
const TEMPLATE_TOKENS: u64 = 16;

/// So many counts of the server's, before they are believed.
const ENOUGH: u32 = 8;

/// What is put on top of the most tokens a byte has taken so far.
const MARGIN: f64 = 1.25;

/// Learns how many tokens a model makes of a prompt's bytes.
///
/// No byte is more than one token with the tokenizers in use (byte-level BPE,
/// or pieces that fall back to bytes), so that is the estimate at first; once
/// the server has counted some prompts, it is the most tokens a byte has taken
/// so far and a quarter more.
#[derive(Debug, Default)]
pub(crate) struct PromptSizes {
    seen: Mutex<Seen>,
    /// The schema that was sized last, and its bytes.
    schema: Mutex<Option<(Arc<Value>, usize)>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    counts: u32,
    most_per_byte: f64,
}

impl PromptSizes {
    /// The most tokens a request may take.
    #[must_use]
    pub(crate) fn estimate(&self, request: &Request) -> Estimate {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let per_byte = if seen.counts < ENOUGH { 1.0 } else { (seen.most_per_byte * MARGIN).min(1.0) };
        let tokens = to_u64((real(self.bytes(request)) * per_byte).ceil());
        let completion_tokens = match &request.weigh {
            // One candidate at a time is evaluated; nothing is decoded.
            Some(weigh) => weigh.candidates.iter().map(|candidate| candidate.len() as u64).sum(),
            // A decision model writes nothing.
            None if request.decision.is_some() => 0,
            None => u64::from(request.parameters.max_tokens),
        };
        Estimate { prompt_tokens: tokens + template(request), completion_tokens }
    }

    /// Learns from the server's own count.
    pub(crate) fn learn(&self, request: &Request, prompt_tokens: u64) {
        let bytes = self.bytes(request);
        if bytes == 0 || prompt_tokens == 0 {
            return;
        }
        let per_byte = real(prompt_tokens.saturating_sub(template(request)).max(1)) / real(bytes);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.counts = seen.counts.saturating_add(1);
        seen.most_per_byte = seen.most_per_byte.max(per_byte);
    }
}

impl PromptSizes {
    /// The bytes of the messages, and of the schema: some servers put it into the prompt.
    fn bytes(&self, request: &Request) -> u64 {
        let messages: usize = request.messages.iter().map(|message| message.content.len()).sum();
        let schema = request.format.as_ref().map_or(0, |format| self.schema_bytes(&format.schema));
        let decision = request.decision.as_ref();
        let questions = decision.map_or(0, json_bytes);
        (messages + schema + questions) as u64
    }

    fn schema_bytes(&self, schema: &Arc<Value>) -> usize {
        let mut last = self.schema.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = last.as_ref().filter(|(known, _)| Arc::ptr_eq(known, schema)) {
            return *bytes;
        }
        let bytes = json_bytes(schema.as_ref());
        *last = Some((Arc::clone(schema), bytes));
        bytes
    }
}

fn template(request: &Request) -> u64 {
    TEMPLATE_TOKENS * (request.messages.len() as u64 + 1)
}

/// How many bytes a value takes as JSON.
fn json_bytes(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting never fails.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;
    use crate::prompt::{Message, Role};

    fn request(text: &str) -> Request {
        let parameters = Parameters { max_tokens: 50, ..Parameters::default() };
        Request::new(vec![Message::new(Role::User, text)], 0, None, parameters)
    }

    #[test]
    fn it_is_never_below_a_byte_a_token_until_the_server_has_counted() {
        let sizes = PromptSizes::default();
        let request = request(&"word ".repeat(100));
        let first = sizes.estimate(&request);
        assert_eq!((first.prompt_tokens, first.completion_tokens), (500 + 32, 50));
        (0..ENOUGH).for_each(|_| sizes.learn(&request, 132));
        // 132 tokens less the template's 32 are 0.2 a byte, and a quarter more.
        assert_eq!(sizes.estimate(&request).prompt_tokens, 125 + 32);
        // One prompt that took more raises it for good.
        sizes.learn(&request, 432);
        assert_eq!(sizes.estimate(&request).prompt_tokens, 500 + 32);
    }
}
