//! A reply put together from what came of it, whole or piece by piece.

use serde_json::Value;

use super::incoming::Incoming;
use super::json::{decode, documents, is_blank};
use super::rejection::Rejection;
use super::sse::{Events, Meaning, Opening, meanings};
use crate::model::{Failure, Response};

/// A reply on its way.
pub(in crate::model) trait Assembly: Default {
    /// Takes in a piece, which came at this time after the request, or with the rest.
    fn add(&mut self, piece: &Value, now_ms: Option<f64>, incoming: &Incoming<'_>) -> Result<(), Rejection>;

    /// The stream says that it is at its end.
    fn done(&mut self) {}

    /// Whether nothing more is to come, though the stream does not say it.
    fn is_over(&self) -> bool {
        false
    }

    /// The reply, if all of it came.
    fn end(self, incoming: &Incoming<'_>) -> Result<Response, Failure>;

    /// The reply in one piece.
    fn whole(document: &Value, incoming: &Incoming<'_>) -> Result<Response, Rejection> {
        let mut assembly = Self::default();
        assembly.add(document, None, incoming)?;
        Ok(assembly.end(incoming)?)
    }
}

/// Reads a reply. What was asked for does not tell what comes: some gateways always stream, and some never.
pub(in crate::model) async fn read<A: Assembly>(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    match incoming.opening().await? {
        Opening::Events => {
            let mut assembly = A::default();
            add_events(incoming, &mut assembly).await?;
            let response = assembly.end(incoming)?;
            incoming.drain().await;
            Ok(response)
        }
        Opening::Document => in_documents::<A>(incoming).await,
    }
}

/// Takes in a stream of events, to its end.
pub(in crate::model) async fn add_events<A: Assembly>(
    incoming: &mut Incoming<'_>,
    assembly: &mut A,
) -> Result<(), Rejection> {
    let mut events = Events::default();
    while !assembly.is_over() {
        let Some(data) = incoming.event(&mut events).await? else { break };
        for meaning in meanings(&data) {
            match meaning {
                Meaning::Nothing => {}
                Meaning::Done => {
                    assembly.done();
                    return Ok(());
                }
                Meaning::Piece(piece) => {
                    let piece = decode(incoming.peer(), incoming.address(), piece)?;
                    assembly.add(&piece, Some(incoming.elapsed_ms()), incoming)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads a reply that came in one piece, or in pieces that nobody asked for.
async fn in_documents<A: Assembly>(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let text = incoming.text().await?;
    let total_ms = incoming.elapsed_ms();
    let mut response = match &*documents(incoming.peer(), incoming.address(), &text)? {
        [document] => A::whole(document, incoming)?,
        pieces => {
            let mut assembly = A::default();
            for piece in pieces {
                assembly.add(piece, None, incoming)?;
            }
            assembly.end(incoming)?
        }
    };
    response.timing.total_ms = total_ms;
    Ok(response)
}

/// An error after the status had been sent as a success: gateways send the true status inside.
pub(in crate::model) fn refuse_error(value: &Value, incoming: &Incoming<'_>) -> Result<(), Rejection> {
    match value.get("error").filter(|error| !is_blank(error)) {
        Some(Value::Bool(_) | Value::Number(_)) => Err(incoming.disguised(value)),
        Some(error) => Err(incoming.disguised(error)),
        None => Ok(()),
    }
}

/// A document without an answer: an error that does not say so, or no reply of a model's.
pub(in crate::model) fn without_answer(document: &Value, why: &str, incoming: &Incoming<'_>) -> Rejection {
    let words = ["message", "detail", "errors", "title", "msg"];
    if words.iter().any(|name| document.get(*name).is_some_and(|words| !is_blank(words))) {
        return incoming.disguised(document);
    }
    incoming.unusable(why).into()
}
