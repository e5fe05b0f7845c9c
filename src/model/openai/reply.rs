//! The reply on the wire.

use serde::Deserialize;
use serde_json::Value;

use crate::model::http::{Incoming, Rejection, Said, WireLogprob, broken_off, decode, rejection};
use crate::model::{Failure, FailureKind, Finish, Response, Timing, Usage};

/// A completion, or one piece of a streamed one.
#[derive(Deserialize)]
pub(super) struct Completion {
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) model: Option<String>,
    pub(super) usage: Option<WireUsage>,
    pub(super) timings: Option<WireTimings>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) index: u64,
    pub(super) message: Option<WireMessage>,
    pub(super) delta: Option<WireMessage>,
    pub(super) finish_reason: Option<String>,
    pub(super) logprobs: Option<WireLogprobs>,
}

/// Reasoning and tool calls are in fields of their own, and are not read.
#[derive(Deserialize)]
pub(super) struct WireMessage {
    content: Option<Value>,
    pub(super) refusal: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireLogprobs {
    pub(super) content: Option<Vec<WireLogprob>>,
}

#[derive(Deserialize)]
pub(super) struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

/// What llama.cpp's server adds.
#[derive(Deserialize)]
pub(super) struct WireTimings {
    prompt_ms: Option<f64>,
    predicted_ms: Option<f64>,
}

impl WireMessage {
    /// The text: as it is, or joined from its parts.
    pub(super) fn text(&self) -> String {
        match &self.content {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
            _ => String::new(),
        }
    }
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        Self {
            prompt_tokens: wire.prompt_tokens,
            cached_tokens: wire.prompt_tokens_details.and_then(|details| details.cached_tokens),
            completion_tokens: wire.completion_tokens,
        }
    }
}

impl WireTimings {
    pub(super) fn fill(&self, timing: &mut Timing) {
        timing.prompt_ms = self.prompt_ms;
        timing.decode_ms = self.predicted_ms;
    }
}

/// Reads a reply that comes in one piece.
pub(super) async fn whole(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let text = incoming.text().await?;
    let total_ms = incoming.elapsed_ms();
    let completion = parse(incoming, &text)?;
    let choice = completion.choices.unwrap_or_default().into_iter().next();
    let choice = choice.ok_or_else(|| incoming.unusable("the reply has no choices"))?;
    let message =
        choice.message.ok_or_else(|| incoming.unusable("the reply's first choice has no message"))?;
    if let Some(refusal) = message.refusal.as_deref().filter(|refusal| !refusal.is_empty()) {
        return Err(refused(incoming, refusal).into());
    }
    let mut timing = Timing { total_ms, ..Timing::default() };
    if let Some(timings) = completion.timings {
        timings.fill(&mut timing);
    }
    let logprobs = choice.logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default();
    Ok(Response {
        text: message.text(),
        finish: finish(incoming, choice.finish_reason.as_deref())?,
        usage: completion.usage.map(Usage::from).unwrap_or_default(),
        timing,
        logprobs: logprobs.into_iter().map(Into::into).collect(),
        model: completion.model,
        ..Response::default()
    })
}

/// Decodes a completion; one that is an error in disguise becomes a failure.
pub(super) fn parse(incoming: &Incoming<'_>, text: &str) -> Result<Completion, Rejection> {
    let completion: Completion = decode(incoming.peer(), incoming.address(), text)?;
    match &completion.error {
        Some(error) if !error.is_null() => Err(disguised(incoming, error)),
        _ => Ok(completion),
    }
}

/// Gateways send an error with status 200 and the true status inside.
fn disguised(incoming: &Incoming<'_>, error: &Value) -> Rejection {
    let said = Said::of(error);
    let status = said.code.as_deref().and_then(|code| code.parse().ok());
    match status.filter(|status| (400..600).contains(status)) {
        Some(status) => rejection(incoming.peer(), incoming.address(), status, incoming.headers(), said),
        None => broken_off(incoming.peer(), incoming.address(), said),
    }
}

pub(super) fn refused(incoming: &Incoming<'_>, refusal: &str) -> Failure {
    let detail = format!("the model refused to answer: {}", incoming.peer().presentable(refusal));
    incoming.address().failure(FailureKind::Refused, detail)
}

pub(super) fn finish(incoming: &Incoming<'_>, reason: Option<&str>) -> Result<Finish, Failure> {
    match reason {
        Some("length" | "max_tokens") => Ok(Finish::Length),
        Some("content_filter") => Ok(Finish::Filtered),
        Some("error") => {
            Err(incoming.address().failure(FailureKind::Server, "the server broke off the answer"))
        }
        _ => Ok(Finish::Stop),
    }
}
