//! Replies that were paid for once, for every run and command after it. An [`Identity`] says who would
//! reply: what has to be the same for a kept reply to be as good as a new one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;

use super::recording::Recorded;
use super::request::{Key, Request, part};
use super::response::Response;
use crate::error::Error;
use crate::store::{Entry, Kind, Store, StoreKey, StoredEntry};

/// A model at a place: with the request, everything that decides a reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Identity {
    /// The server's address, without credentials and query; none in this process.
    pub server: Option<String>,
    /// The provider and its model: `openai/gpt-6-luna`.
    pub model: String,
    /// What tells the model's files apart, where that is known: a digest, a size and time.
    pub digest: Option<String>,
    /// Further options that change replies.
    pub options: Value,
}

impl Identity {
    /// A model that has nothing but a name.
    pub(crate) fn named(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// A short hash of each part, by the part's name.
    #[must_use]
    pub(crate) fn parts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("server", part(&self.server)),
            ("model", part(&self.model)),
            ("model's files", part(&self.digest)),
            ("model's options", part(&self.options)),
        ]
    }

    /// The key under which this model's reply to a request is kept: BLAKE3 of
    /// the identity's JSON followed by the request's key.
    #[must_use]
    pub(crate) fn key(&self, request: &Key) -> StoreKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&serde_json::to_vec(self).unwrap_or_default());
        hasher.update(request.0.as_bytes());
        StoreKey(*hasher.finalize().as_bytes())
    }
}

/// The cache of replies. It never ends a run: what it cannot read is asked of
/// the model, and what it cannot write is kept by the run alone; the first
/// trouble is told by [`Cache::trouble`], and then it stays out of the way.
#[derive(Debug)]
pub struct Cache {
    store: Store,
    reuse: Reuse,
    is_off: AtomicBool,
    trouble: Mutex<Option<Error>>,
    /// The calls that are under way, each with those that wait for its reply.
    under_way: Mutex<HashMap<StoreKey, Weak<tokio::sync::Mutex<()>>>>,
}

/// Which kept replies are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// All.
    #[default]
    All,
    /// None: everything is asked anew, and the new replies take the old ones' places.
    None,
}

impl Cache {
    /// A cache in a store.
    #[must_use]
    pub fn new(store: Store, reuse: Reuse) -> Self {
        Self {
            store,
            reuse,
            is_off: AtomicBool::new(false),
            trouble: Mutex::default(),
            under_way: Mutex::default(),
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The first thing that went wrong, once: it is taken.
    pub fn trouble(&self) -> Option<Error> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The reply under a key, marked as cached. One that an older version kept and that is not
    /// [reusable](Response::is_reusable) is asked for again.
    pub(super) fn find(&self, key: &StoreKey) -> Option<Response> {
        if self.reuse == Reuse::None || self.is_off.load(Ordering::Relaxed) {
            return None;
        }
        let body = match self.store.get(key) {
            Ok(body) => body?,
            Err(error) => {
                self.stop(error);
                return None;
            }
        };
        // A reply that cannot be read is from another version: it is asked for again and replaced.
        let response: Response = serde_json::from_slice(&body).ok()?;
        response.is_reusable().then_some(Response { cached: true, ..response })
    }

    /// Waits until no other task looks for the same reply or asks for it: two records with the same text are paid
    /// for once, also when they are judged at the same time. Nobody waits where no kept reply is used.
    pub(super) async fn turn(&self, key: &StoreKey) -> Option<Turn<'_>> {
        if self.reuse == Reuse::None || self.is_off.load(Ordering::Relaxed) {
            return None;
        }
        let lock = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            let known = under_way.get(key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::new(tokio::sync::Mutex::new(()));
                under_way.insert(*key, Arc::downgrade(&lock));
                lock
            })
        };
        let held = lock.lock_owned().await;
        Some(Turn { cache: self, key: *key, held: Some(held) })
    }

    /// Keeps a reply, unless it was filtered or is empty. It is in the file when this returns.
    pub(super) async fn keep(&self, reply: Reply<'_>) {
        if self.is_off.load(Ordering::Relaxed) || !reply.response.is_reusable() {
            return;
        }
        let Ok(body) = serde_json::to_vec(reply.response) else { return };
        let parts = reply.parts.iter().cloned().chain(reply.identity.parts());
        let mut parts: Vec<(String, String)> = parts.map(|(name, hash)| (name.to_owned(), hash)).collect();
        parts.push((REQUEST.to_owned(), reply.request_key.0.clone()));
        let entry = Entry {
            key: reply.key,
            kind: Kind::Reply,
            source: reply.identity.model.clone(),
            record: reply.record.map(str::to_owned),
            parts,
            body,
        };
        if let Err(error) = self.store.put(entry).await {
            self.stop(error);
        }
    }

    fn stop(&self, error: Error) {
        self.is_off.store(true, Ordering::Relaxed);
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// The right to look for a reply and to ask for it; others that want the same one wait until it is dropped.
pub(super) struct Turn<'a> {
    cache: &'a Cache,
    key: StoreKey,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut under_way = self.cache.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.held.take());
        if under_way.get(&self.key).is_some_and(|lock| lock.strong_count() == 0) {
            under_way.remove(&self.key);
        }
    }
}

/// A reply with everything that is kept about it.
pub(super) struct Reply<'a> {
    pub(super) key: StoreKey,
    pub(super) request_key: &'a Key,
    pub(super) identity: &'a Identity,
    pub(super) record: Option<&'a str>,
    /// The hashes of the request's parts.
    pub(super) parts: &'a [(&'static str, String)],
    pub(super) response: &'a Response,
}

/// The name under which the request's own key stands among the parts.
const REQUEST: &str = "request";

/// The parts in which a kept reply's request differs from this one, by name.
#[must_use]
pub(crate) fn differing_parts(
    kept: &StoredEntry,
    identity: &Identity,
    request: &Request,
) -> Vec<&'static str> {
    let now = request.parts().into_iter().chain(identity.parts());
    now.filter(|(name, hash)| !kept.parts.iter().any(|(kept, of)| kept == name && of == hash))
        .map(|(name, _)| name)
        .collect()
}

/// A kept reply as the line of a recording; `None` if it is not a reply.
#[must_use]
pub(crate) fn recorded(kept: &StoredEntry) -> Option<Recorded> {
    let response: Response = serde_json::from_slice(&kept.body).ok()?;
    let mut parts: std::collections::BTreeMap<String, String> = kept.parts.iter().cloned().collect();
    let key = Key(parts.remove(REQUEST)?);
    // A replay is for any model: its requests know nothing of one.
    Identity::default().parts().iter().for_each(|(name, _)| drop(parts.remove(*name)));
    Some(Recorded { key, model: kept.source.clone(), parts, weighed: response.weights.is_some(), response })
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::store::StoreOptions;

    #[test]
    fn the_key_hangs_on_who_replies_and_on_what_is_asked() {
        let mut identity = Identity::named("openai/m");
        let (one, other) = (Key("1".into()), Key("2".into()));
        let key = identity.key(&one);
        assert_eq!(key, identity.key(&one));
        assert_ne!(key, identity.key(&other));
        identity.server = Some("http://host/v1".into());
        assert_ne!(key, identity.key(&one));
    }

    #[tokio::test]
    async fn one_task_at_a_time_asks_for_a_reply() {
        let folder = tempfile::TempDir::new().unwrap();
        let cache = Cache::new(
            Store::open(&folder.path().join("cache.sqlite"), StoreOptions::default()).unwrap(),
            Reuse::All,
        );
        let (one, other) = (StoreKey([1; 32]), StoreKey([2; 32]));
        let first = cache.turn(&one).await;
        drop(cache.turn(&other).await);
        let mut second = std::pin::pin!(cache.turn(&one));
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut nobody).is_pending());
        drop(first);
        drop(second.await);
        assert!(cache.under_way.lock().unwrap().is_empty());
    }
}
