//! What is said of a prompt that did not go through whole.

use super::window::Window;
use crate::model::http::{Address, Rejection};
use crate::model::prompt_tokens::PromptTokens;
use crate::model::{Failure, FailureKind, Usage};

/// Whether a server refused a prompt because it does not fit.
pub(super) fn is_too_long(rejection: &Rejection) -> bool {
    let words = rejection.error_body.words();
    let is_about = ["context length", "context size", "context_size", "context window", "context shift"];
    let is_over = ["exceed", "longer than", "too long", "too large", "disabled"];
    let says = |these: &[&str]| these.iter().any(|these| words.contains(these));
    matches!(rejection.failure.status, Some(400..) | None) && says(&is_about) && says(&is_over)
}

/// The server refused a prompt that is too long for it.
pub(super) fn refused(failure: Failure, size: &PromptTokens, asked: u32, window: &Window) -> Failure {
    let likely = size.likely;
    let detail =
        format!("the prompt has about {likely} tokens, and the context holds {asked}: {}", failure.detail);
    let failure = Failure { kind: FailureKind::BadRequest, retry_after_ms: None, detail, ..failure };
    failure.remedy(remedy(window))
}

/// A prompt that cannot fit: nothing was sent.
pub(super) fn cannot_fit(size: &PromptTokens, limit: u64, window: &Window) -> Failure {
    let least = size.least;
    let detail = format!("the prompt has at least {least} tokens, and the context holds {limit}");
    Failure::new(FailureKind::BadRequest, detail).remedy(remedy(window))
}

/// A reply came to a part of the prompt.
pub(in crate::model) fn was_cut(
    address: &Address,
    size: &PromptTokens,
    context: u64,
    usage: Usage,
    remedy: impl Into<String>,
) -> Failure {
    let counted = usage.prompt_tokens.map_or("none".to_owned(), |tokens| tokens.to_string());
    let detail = if size.likely > context {
        format!(
            "the server cut the prompt: about {} tokens were sent, the context holds {context}, and the server counted {counted}",
            size.likely
        )
    } else {
        format!(
            "the server cut the prompt: its context of {context} tokens was full, with {counted} of the prompt and {} of the answer",
            usage.completion_tokens.unwrap_or(0)
        )
    };
    address.failure(FailureKind::BadRequest, detail).remedy(remedy)
}

/// The server's count alone is no proof: this is a note.
pub(in crate::model) fn doubt(size: &PromptTokens, counted: Option<u64>) -> String {
    let counted = counted.map_or("no".to_owned(), |counted| counted.to_string());
    format!(
        "the server counted {counted} tokens of a prompt that has about {}: it knew the beginning already, or it cut the prompt",
        size.likely
    )
}

pub(super) fn remedy(window: &Window) -> String {
    match window.chosen() {
        Some(_) => "shorten the record, raise `context_tokens`, or leave it out: evenhand then asks for as long a context as the prompt needs",
        None => "shorten the record, or use a model with a longer context",
    }
    .to_owned()
}
