//! A reply that nobody streams.

use crate::model::http::{Incoming, Rejection, documents};
use crate::model::{Response, Timing};

use super::message::message_of;
use super::stream::Assembly;

/// Reads a reply that came in one piece, or in pieces that nobody asked for.
pub(super) async fn whole(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let text = incoming.text().await?;
    let total_ms = incoming.elapsed_ms();
    let documents = documents(incoming.peer(), incoming.address(), &text)?;
    let mut response = match &*documents {
        [message] => message_of(message, incoming)?,
        events => {
            let mut assembly = Assembly::default();
            for event in events {
                assembly.add(event, None, incoming)?;
            }
            assembly.end(incoming)?
        }
    };
    response.timing = Timing { total_ms, ..Timing::default() };
    Ok(response)
}
