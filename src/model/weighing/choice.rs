//! The tokens that may stand at one place.

use crate::model::TokenLogprob;

/// A token that may stand at a place.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// What it makes of the text since the place.
    pub(super) text: Vec<u8>,
    /// The token as the server wrote it.
    pub(super) token: String,
    /// Its probability there, in `0..=1`.
    pub(super) probability: f64,
}

/// The decoded token, and the others that were told. Empty ones, which end the
/// answer, are no text.
pub(super) fn choices(token: &TokenLogprob) -> (Choice, Vec<Choice>) {
    let decoded = choice(&token.token, token.logprob);
    // The decoded token stands among the likeliest too, once.
    let again = token.top.iter().position(|(text, _)| *text == token.token);
    let others =
        token.top.iter().enumerate().filter(|(index, (text, _))| Some(*index) != again && !text.is_empty());
    (decoded, others.map(|(_, (text, logprob))| choice(text, *logprob)).collect())
}

fn choice(token: &str, logprob: f64) -> Choice {
    let probability = logprob.exp();
    let probability = if probability.is_nan() { 0.0 } else { probability.min(1.0) };
    Choice { text: bytes(token), token: token.to_owned(), probability }
}

/// A token's bytes. One that is no whole text is written `bytes:\xe2\x9c`, as OpenAI writes it.
pub(super) fn bytes(token: &str) -> Vec<u8> {
    let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
    let escaped = token.strip_prefix("bytes:\\x");
    let decoded: Option<Vec<u8>> = escaped.and_then(|rest| rest.split("\\x").map(byte).collect());
    decoded.unwrap_or_else(|| token.as_bytes().to_owned())
}
