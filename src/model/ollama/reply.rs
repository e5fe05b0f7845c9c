//! The reply on the wire, in one piece or in many.
//!
//! Only the answer is needed. Every other field may be missing or of any type, and then it is left out.

use serde_json::Value;

use crate::model::http::{
    Assembly as _, Content, Counts, Incoming, Opening, Rejection, add_events, add_logprobs, decode,
    documents, millis,
};
use crate::model::{Failure, Finish, Response, Timing, Usage, http};

/// Reads a reply as it comes: in one piece, as lines, or as events, whatever was asked for.
pub(super) async fn read(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    match incoming.opening().await? {
        Opening::Events => add_events(incoming, &mut assembly).await?,
        Opening::Document => lines(incoming, &mut assembly).await?,
    }
    let response = assembly.end(incoming)?;
    incoming.drain().await;
    Ok(response)
}

/// Lines with a piece each, read as they come. What begins otherwise is one document.
async fn lines(incoming: &mut Incoming<'_>, assembly: &mut Assembly) -> Result<(), Rejection> {
    while !assembly.is_done {
        let Some(line) = incoming.line().await? else { break };
        if line.trim().is_empty() {
            continue;
        }
        if assembly.has_begun || serde_json::from_str::<Value>(&line).is_ok_and(|piece| piece.is_object()) {
            let piece = decode(incoming.peer(), incoming.address(), &line)?;
            assembly.add(&piece, Some(incoming.elapsed_ms()), incoming)?;
            continue;
        }
        let text = format!("{line}\n{}", incoming.text().await?);
        for piece in documents(incoming.peer(), incoming.address(), &text)? {
            assembly.add(&piece, None, incoming)?;
        }
        break;
    }
    if !assembly.has_begun {
        return Err(incoming.unusable("the reply is empty").into());
    }
    Ok(())
}

/// Reads the reply to a request that only loads.
pub(super) async fn loaded(incoming: &mut Incoming<'_>) -> Result<(), Rejection> {
    let text = incoming.text().await?;
    let piece: Value = decode(incoming.peer(), incoming.address(), &text)?;
    refuse_error(&piece, incoming)
}

/// An error within a stream came after the status had been sent as a success.
fn refuse_error(piece: &Value, incoming: &Incoming<'_>) -> Result<(), Rejection> {
    http::refuse_error(piece, incoming)?;
    // Some versions have the message as the field's name: `{"error parsing tool call": "..."}`.
    let fields = piece.as_object().into_iter().flatten();
    match fields.into_iter().find(|(name, _)| name.starts_with("error ")) {
        Some((name, text)) => {
            let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
            Err(incoming.disguised(&Value::from(format!("{name}: {text}"))))
        }
        None => Ok(()),
    }
}

#[derive(Default)]
struct Assembly {
    response: Response,
    content: Content,
    has_begun: bool,
    is_done: bool,
    done_reason: Option<String>,
}

impl http::Assembly for Assembly {
    fn add(&mut self, piece: &Value, now_ms: Option<f64>, incoming: &Incoming<'_>) -> Result<(), Rejection> {
        refuse_error(piece, incoming)?;
        self.has_begun = true;
        let response = &mut self.response;
        fill(piece, &mut response.timing);
        let before = self.content.length();
        if let Some(message) = piece.get("message") {
            self.content.add_message(message);
        }
        // A reply in one piece has no first token.
        let is_one = is_set(piece.get("done")) && before == 0;
        if self.content.length() > before && !is_one && response.timing.first_token_ms.is_none() {
            response.timing.first_token_ms = now_ms;
        }
        add_logprobs(piece.get("logprobs"), response);
        if let Some(model) = piece.get("model").and_then(Value::as_str) {
            response.model = Some(model.to_owned());
        }
        if is_set(piece.get("done")) {
            self.is_done = true;
            self.done_reason = piece.get("done_reason").and_then(Value::as_str).map(str::to_owned);
            let mut counts = Counts::new("", piece, &mut response.notes);
            response.usage = Usage {
                prompt_tokens: counts.read(&["/prompt_eval_count"]),
                cached_tokens: None,
                completion_tokens: counts.read(&["/eval_count"]),
            };
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.is_done
    }

    fn end(mut self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        if !self.is_done {
            return Err(incoming.unusable("the reply ended before the answer did"));
        }
        self.response.finish = match self.done_reason.as_deref() {
            Some("length") => Finish::Length,
            Some("content_filter") => Finish::Filtered,
            Some("load" | "unload") => {
                return Err(incoming.unusable("the server loaded the model and gave no answer"));
            }
            _ => Finish::Stop,
        };
        self.response.timing.total_ms = incoming.elapsed_ms();
        self.content.settle(&mut self.response);
        Ok(self.response)
    }
}

fn is_set(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(is_set)) => *is_set,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// Durations are nanoseconds.
fn fill(piece: &Value, timing: &mut Timing) {
    let times = [
        (&mut timing.load_ms, "load_duration"),
        (&mut timing.prompt_ms, "prompt_eval_duration"),
        (&mut timing.decode_ms, "eval_duration"),
    ];
    for (known, name) in times {
        *known = millis(piece.get(name)).map(|ns| ns / 1e6).or(*known);
    }
}
