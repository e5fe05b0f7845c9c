//! Who would reply: what has to be the same for a kept reply to be as good as a new one.

use serde::Serialize;
use serde_json::Value;

use super::request::{Key, part};
use crate::store::StoreKey;

/// A model at a place: with the request, everything that decides a reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Identity {
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
    pub fn named(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    /// A short hash of each part, by the part's name.
    #[must_use]
    pub fn parts(&self) -> Vec<(&'static str, String)> {
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
    pub fn key(&self, request: &Key) -> StoreKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&serde_json::to_vec(self).unwrap_or_default());
        hasher.update(request.0.as_bytes());
        StoreKey(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
