//! The reply on the wire, in one piece or in many.

use serde::Deserialize;

use crate::model::http::{Incoming, Rejection, Said, WireLogprob, broken_off, decode};
use crate::model::{Failure, Finish, Response, Timing, Usage};

/// A reply, or one piece of it. Durations are nanoseconds.
#[derive(Deserialize)]
pub(super) struct Piece {
    model: Option<String>,
    message: Option<WireMessage>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    load_duration: Option<u64>,
    prompt_eval_count: Option<u64>,
    prompt_eval_duration: Option<u64>,
    eval_count: Option<u64>,
    eval_duration: Option<u64>,
    logprobs: Option<Vec<WireLogprob>>,
    error: Option<String>,
}

/// What a model thinks is in a field of its own, and is not read.
#[derive(Deserialize)]
struct WireMessage {
    content: Option<String>,
}

/// Reads a reply that comes in one piece.
pub(super) async fn whole(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let text = incoming.text().await?;
    let mut assembly = Assembly::default();
    assembly.add(parse(incoming, &text)?, None);
    Ok(assembly.end(incoming)?)
}

/// Reads a stream of lines, one piece each, to its end.
pub(super) async fn streamed(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    while !assembly.is_done {
        let Some(line) = incoming.line().await? else { break };
        if !line.trim().is_empty() {
            assembly.add(parse(incoming, &line)?, Some(incoming.elapsed_ms()));
        }
    }
    let response = assembly.end(incoming)?;
    incoming.drain().await;
    Ok(response)
}

/// Reads the reply to a request that only loads.
pub(super) async fn loaded(incoming: &mut Incoming<'_>) -> Result<Timing, Rejection> {
    let text = incoming.text().await?;
    let piece = parse(incoming, &text)?;
    let mut timing = Timing { total_ms: incoming.elapsed_ms(), ..Timing::default() };
    piece.fill(&mut timing);
    Ok(timing)
}

/// An error within a stream came after the status had been sent as a success.
fn parse(incoming: &Incoming<'_>, text: &str) -> Result<Piece, Rejection> {
    let piece: Piece = decode(incoming.peer(), incoming.address(), text)?;
    match piece.error {
        Some(message) => {
            let said = Said { message, ..Said::default() };
            Err(broken_off(incoming.peer(), incoming.address(), said))
        }
        None => Ok(piece),
    }
}

#[derive(Default)]
struct Assembly {
    response: Response,
    is_done: bool,
    done_reason: Option<String>,
}

impl Assembly {
    fn add(&mut self, piece: Piece, now_ms: Option<f64>) {
        let response = &mut self.response;
        piece.fill(&mut response.timing);
        let content = piece.message.and_then(|message| message.content).unwrap_or_default();
        if let Some(now_ms) = now_ms.filter(|_| !content.is_empty()) {
            response.timing.first_token_ms.get_or_insert(now_ms);
        }
        response.text.push_str(&content);
        response.logprobs.extend(piece.logprobs.into_iter().flatten().map(Into::into));
        response.model = piece.model.or(response.model.take());
        if piece.done {
            self.is_done = true;
            self.done_reason = piece.done_reason;
            response.usage = Usage {
                prompt_tokens: piece.prompt_eval_count,
                cached_tokens: None,
                completion_tokens: piece.eval_count,
            };
        }
    }

    fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        if !self.is_done {
            return Err(incoming.unusable("the reply ended before the answer did"));
        }
        self.response.finish = match self.done_reason.as_deref() {
            Some("length") => Finish::Length,
            Some("load" | "unload") => {
                return Err(incoming.unusable("the server loaded the model and gave no answer"));
            }
            _ => Finish::Stop,
        };
        self.response.timing.total_ms = incoming.elapsed_ms();
        Ok(self.response)
    }
}

impl Piece {
    fn fill(&self, timing: &mut Timing) {
        let times = [
            (&mut timing.load_ms, self.load_duration),
            (&mut timing.prompt_ms, self.prompt_eval_duration),
            (&mut timing.decode_ms, self.eval_duration),
        ];
        for (known, ns) in times {
            *known = ns.map(millis).or(*known);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration of 104 days still fits")]
fn millis(ns: u64) -> f64 {
    ns as f64 / 1e6
}
