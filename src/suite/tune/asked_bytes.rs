//! How long the questions about a record are.

use crate::judge::Judge;
use crate::optimizer::Example;

/// What a message takes besides its text, in bytes: about four tokens of a chat template.
const MESSAGE: f64 = 16.0;

/// Bytes of all questions about a record, as the baseline asks them.
pub(super) fn asked_bytes(judge: &Judge, example: &Example) -> f64 {
    let requests = judge.requests(&example.inputs).unwrap_or_default();
    let messages = requests.iter().flat_map(|request| &request.messages);
    messages.map(|message| MESSAGE + length(message.content.len())).sum()
}

#[expect(clippy::cast_precision_loss, reason = "bytes of prompts are far below 2^53")]
pub(super) fn length(bytes: usize) -> f64 {
    bytes as f64
}
