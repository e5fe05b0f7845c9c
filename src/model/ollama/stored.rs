//! Models on a server's disk: fetched with `/api/pull`, removed with `/api/delete`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::http::{Address, Http, Rejection, decode, refuse_error};
use crate::model::served::{PullListener, PullProgress};

/// Has the server fetch a model, and tells how far it is.
pub(super) async fn pull(
    http: &Http,
    root: &Address,
    model: &str,
    told: &mut PullListener<'_>,
) -> Result<(), Rejection> {
    let body = json!({"model": model, "stream": true});
    let mut incoming = http.post(root.at("/api/pull"), &body).await?.accepted().await?;
    let mut layers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut is_done = false;
    while let Some(line) = incoming.line().await? {
        if line.trim().is_empty() {
            continue;
        }
        let piece: Value = decode(incoming.peer(), incoming.address(), &line)?;
        refuse_error(&piece, &incoming)?;
        let status = piece.get("status").and_then(Value::as_str).unwrap_or_default();
        is_done |= status == "success";
        let number = |key: &str| piece.get(key).and_then(Value::as_u64);
        if let (Some(digest), Some(total)) = (piece.get("digest").and_then(Value::as_str), number("total")) {
            layers.insert(digest.to_owned(), (number("completed").unwrap_or(0), total));
        }
        let received = layers.values().map(|(received, _)| received).sum();
        let total = layers.values().map(|(_, total)| total).sum();
        told(&PullProgress { status: status.to_owned(), received, total });
    }
    if is_done {
        Ok(())
    } else {
        Err(incoming.unusable("the server ended before the model was there").into())
    }
}

/// Removes a model from the server's disk.
pub(super) async fn delete(http: &Http, root: &Address, model: &str) -> Result<(), Rejection> {
    http.delete(root.at("/api/delete"), &json!({"model": model})).await?.accepted().await?;
    Ok(())
}
