//! The reply on the wire, in one piece or in many.
//!
//! Only the answer is needed. Every other field may be missing or of any type, and then it is left out.

use serde_json::Value;

use crate::model::http::{Content, Counts, Incoming, Rejection, add_logprobs, millis, without_answer};
use crate::model::{Failure, FailureKind, Finish, Response, Usage, http};

/// A reply on its way.
#[derive(Default)]
pub(super) struct ChatAssembly {
    response: Response,
    content: Content,
    finish_reason: Option<String>,
    /// The number of the choice that is read.
    index: Option<u64>,
    has_choice: bool,
    is_done: bool,
}

/// A reply that is an error without saying so, or no reply of a model's.
fn without_choices(document: &Value, incoming: &Incoming<'_>) -> Rejection {
    if choices(document).is_some_and(|choices| !choices.is_empty()) {
        return incoming.unusable("the reply's first choice has no message").into();
    }
    without_answer(document, "the reply has no choices", incoming)
}

impl http::Assembly for ChatAssembly {
    /// Takes in a completion, or a piece of one.
    fn add(&mut self, piece: &Value, now_ms: Option<f64>, incoming: &Incoming<'_>) -> Result<(), Rejection> {
        refuse_error(piece, incoming)?;
        for choice in choices(piece).unwrap_or_default() {
            refuse_error(choice, incoming)?;
            self.choose(choice, now_ms);
        }
        if let Some(usage) = piece.get("usage").or_else(|| piece.pointer("/x_groq/usage")) {
            self.count(usage);
        }
        if let Some(timings) = piece.get("timings") {
            let timing = &mut self.response.timing;
            timing.prompt_ms = millis(timings.get("prompt_ms")).or(timing.prompt_ms);
            timing.decode_ms = millis(timings.get("predicted_ms")).or(timing.decode_ms);
        }
        if let Some(model) = piece.get("model").and_then(Value::as_str) {
            self.response.model = Some(model.to_owned());
        }
        Ok(())
    }

    fn done(&mut self) {
        self.is_done = true;
    }

    fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        if !self.has_choice {
            return Err(incoming.unusable("the stream has no choices"));
        }
        if !self.is_done && self.finish_reason.is_none() {
            return Err(incoming.unusable("the stream ended before the answer did"));
        }
        if let Some(refusal) = self.content.refusal() {
            return Err(refused(incoming, refusal));
        }
        self.response.timing.total_ms = incoming.elapsed_ms();
        self.response.finish = finish(incoming, self.finish_reason.as_deref())?;
        self.content.settle(&mut self.response);
        Ok(self.response)
    }

    fn whole(document: &Value, incoming: &Incoming<'_>) -> Result<Response, Rejection> {
        let mut assembly = Self { is_done: true, ..Self::default() };
        assembly.add(document, None, incoming)?;
        if !assembly.has_choice {
            return Err(without_choices(document, incoming));
        }
        Ok(assembly.end(incoming)?)
    }
}

impl ChatAssembly {
    /// Of several choices one is read, the first. Its number may be anything.
    fn choose(&mut self, choice: &Value, now_ms: Option<f64>) {
        let index = choice.get("index").and_then(Value::as_u64);
        if self.has_choice && index.is_some() && self.index.is_some() && index != self.index {
            return;
        }
        let reason = choice.get("finish_reason").and_then(Value::as_str).map(str::to_ascii_lowercase);
        let message = ["message", "delta"].iter().find_map(|name| choice.get(*name).filter(|m| !m.is_null()));
        let text = choice.get("text").filter(|text| text.is_string());
        if message.is_none() && text.is_none() && reason.is_none() {
            return;
        }
        self.has_choice = true;
        self.index = self.index.or(index);
        self.is_done |= choice.get("message").is_some_and(|message| !message.is_null());
        self.finish_reason = reason.or(self.finish_reason.take());
        let before = self.content.length();
        match (message, text) {
            (Some(message), _) => self.content.add_message(message),
            (None, Some(text)) => self.content.add_content(text),
            (None, None) => {}
        }
        if self.content.length() > before && self.response.timing.first_token_ms.is_none() {
            self.response.timing.first_token_ms = now_ms;
        }
        add_logprobs(choice.pointer("/logprobs/content"), &mut self.response);
    }

    fn count(&mut self, usage: &Value) {
        let mut counts = Counts::new("usage", usage, &mut self.response.notes);
        let told = Usage {
            prompt_tokens: counts.read(&["/prompt_tokens", "/input_tokens"]),
            cached_tokens: counts
                .read(&["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"]),
            completion_tokens: counts.read(&["/completion_tokens", "/output_tokens"]),
        };
        self.response.usage = self.response.usage.then(told);
    }
}

/// The choices of a completion: at its top, or in an envelope that a gateway puts around it. One may stand alone.
fn choices(completion: &Value) -> Option<&[Value]> {
    let envelopes = [None, Some("data"), Some("result"), Some("response"), Some("body")];
    envelopes.into_iter().find_map(|envelope| {
        let completion = envelope.map_or(Some(completion), |name| completion.get(name))?;
        match completion.get("choices")? {
            Value::Array(choices) => Some(choices.as_slice()),
            choice @ Value::Object(_) => Some(std::slice::from_ref(choice)),
            _ => None,
        }
    })
}

/// Gateways send an error beside the choices or in one of them.
fn refuse_error(value: &Value, incoming: &Incoming<'_>) -> Result<(), Rejection> {
    if value.get("error").is_some_and(is_success) { Ok(()) } else { http::refuse_error(value, incoming) }
}

/// Some gateways always send an error, and say that it is none.
fn is_success(error: &Value) -> bool {
    let says_so = |word: &Value| {
        let text = word.as_str().map_or_else(|| word.to_string(), str::to_ascii_lowercase);
        matches!(text.trim(), "" | "0" | "200" | "ok" | "success" | "none" | "null" | "false")
    };
    match error {
        Value::Object(fields) => {
            let told = ["code", "message"].map(|name| fields.get(name));
            told.iter().any(Option::is_some) && told.into_iter().flatten().all(says_so)
        }
        word => says_so(word),
    }
}

fn refused(incoming: &Incoming<'_>, refusal: &str) -> Failure {
    let detail = format!("the model refused to answer: {}", incoming.peer().presentable(refusal));
    let remedy = "use another model for such records, or leave them out";
    incoming.address().failure(FailureKind::Refused, detail).remedy(remedy)
}

fn finish(incoming: &Incoming<'_>, reason: Option<&str>) -> Result<Finish, Failure> {
    match reason {
        Some("length" | "max_tokens" | "max_output_tokens" | "model_length") => Ok(Finish::Length),
        Some(
            "content_filter"
            | "content_filtered"
            | "refusal"
            | "safety"
            | "recitation"
            | "blocklist"
            | "prohibited_content"
            | "guardrail_intervened"
            | "sensitive",
        ) => Ok(Finish::Filtered),
        Some("error") => {
            Err(incoming.address().failure(FailureKind::Server, "the server broke off the answer"))
        }
        _ => Ok(Finish::Stop),
    }
}
