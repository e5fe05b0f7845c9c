//! A reply that comes piece by piece.

use serde_json::Value;

use crate::model::Response;
use crate::model::http::{Events, Incoming, Meaning, Rejection, decode, meanings};

use super::reply::Assembly;

/// Reads a stream of events to its end.
pub(super) async fn streamed(incoming: &mut Incoming<'_>) -> Result<Response, Rejection> {
    let mut assembly = Assembly::default();
    let mut events = Events::default();
    'stream: while let Some(data) = incoming.event(&mut events).await? {
        for meaning in meanings(&data) {
            match meaning {
                Meaning::Nothing => {}
                Meaning::Done => {
                    assembly.done();
                    break 'stream;
                }
                Meaning::Piece(piece) => {
                    let piece: Value = decode(incoming.peer(), incoming.address(), piece)?;
                    assembly.add(&piece, Some(incoming.elapsed_ms()), incoming)?;
                }
            }
        }
    }
    let response = assembly.end(incoming)?;
    incoming.drain().await;
    Ok(response)
}
