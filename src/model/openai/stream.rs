//! A reply that comes piece by piece.

use crate::model::http::{Events, Incoming, Rejection};
use crate::model::{Failure, Response, Usage};

use super::reply::{Choice, Completion, finish, parse, refused};

/// A reply on its way.
#[derive(Default)]
struct Assembly {
    response: Response,
    refusal: String,
    finish_reason: Option<String>,
    has_choice: bool,
}

/// Reads a stream to its end.
pub(super) async fn streamed(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    let mut is_done = false;
    let mut events = Events::default();
    while let Some(data) = incoming.event(&mut events).await? {
        match data.trim() {
            "" => {}
            "[DONE]" => {
                is_done = true;
                break;
            }
            data => assembly.add(parse(incoming, data)?, incoming.elapsed_ms()),
        }
    }
    let response = assembly.end(incoming, is_done)?;
    incoming.drain().await;
    Ok(response)
}

impl Assembly {
    fn add(&mut self, piece: Completion, now_ms: f64) {
        for choice in piece.choices.unwrap_or_default().into_iter().filter(|choice| choice.index == 0) {
            self.has_choice = true;
            self.extend(choice, now_ms);
        }
        if let Some(usage) = piece.usage {
            self.response.usage = Usage::from(usage);
        }
        if let Some(timings) = piece.timings {
            timings.fill(&mut self.response.timing);
        }
        self.response.model = piece.model.or(self.response.model.take());
    }

    fn extend(&mut self, choice: Choice, now_ms: f64) {
        if let Some(delta) = choice.delta {
            let text = delta.text();
            if !text.is_empty() {
                self.response.timing.first_token_ms.get_or_insert(now_ms);
            }
            self.response.text.push_str(&text);
            self.refusal.push_str(delta.refusal.as_deref().unwrap_or_default());
        }
        let logprobs = choice.logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default();
        self.response.logprobs.extend(logprobs.into_iter().map(Into::into));
        self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
    }

    fn end(mut self, incoming: &Incoming<'_>, is_done: bool) -> Result<Response, Failure> {
        if !self.has_choice {
            return Err(incoming.unusable("the stream has no choices"));
        }
        if !is_done && self.finish_reason.is_none() {
            return Err(incoming.unusable("the stream ended before the answer did"));
        }
        if !self.refusal.is_empty() {
            return Err(refused(incoming, &self.refusal));
        }
        self.response.timing.total_ms = incoming.elapsed_ms();
        self.response.finish = finish(incoming, self.finish_reason.as_deref())?;
        Ok(self.response)
    }
}
