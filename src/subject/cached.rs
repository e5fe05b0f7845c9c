//! Outputs of commands in the store that every run shares.

use std::sync::Arc;

use super::shelf::Kept;
use crate::store::{Entry, Kind, Store, StoreKey};

/// The shared store, as a command uses it.
#[derive(Clone, Debug)]
pub struct OutputCache {
    /// The store.
    pub store: Arc<Store>,
    /// Whether what is in it is used; new outputs are kept either way.
    pub reads: bool,
}

impl OutputCache {
    /// The output of a key. A store that cannot be read has none: the command is run.
    pub(super) fn find(&self, key: &str) -> Option<Kept> {
        if !self.reads {
            return None;
        }
        let bytes = self.store.get(&store_key(key)).ok().flatten()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps an output for later runs. Where that fails nothing is lost: the
    /// run's own file has it.
    pub(super) async fn keep(&self, output: &Kept, source: &str) {
        let Ok(body) = serde_json::to_vec(output) else {
            return;
        };
        let entry = Entry {
            key: store_key(&output.key),
            kind: Kind::Output,
            source: source.to_owned(),
            record: Some(output.id.clone()),
            parts: Vec::new(),
            body,
        };
        let _ = self.store.put(entry).await;
    }
}

/// An output's key, apart from the keys of replies.
fn store_key(key: &str) -> StoreKey {
    StoreKey(*blake3::hash(format!("output {key}").as_bytes()).as_bytes())
}
