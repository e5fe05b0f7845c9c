//! What is installed.

use serde::Deserialize;

use crate::model::http::{Incoming, decode};
use crate::model::{Failure, FailureKind};

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    models: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    name: Option<String>,
    model: Option<String>,
    digest: String,
}

/// Finds the digest of `model` in the list of what is installed.
pub(super) async fn digest(incoming: &mut Incoming<'_>, model: &str) -> Result<String, Failure> {
    let text = incoming.text().await?;
    let tags: Tags = decode(incoming.peer(), incoming.address(), &text)?;
    let is_wanted = |name: &Option<String>| name.as_deref().is_some_and(|name| is_same(name, model));
    let found = tags.models.into_iter().find(|known| is_wanted(&known.name) || is_wanted(&known.model));
    found.map(|known| known.digest).ok_or_else(|| {
        let detail = format!("the model `{model}` is not installed");
        let peer = incoming.peer();
        incoming.address().failure(FailureKind::Refused, detail).remedy(peer.when_missing())
    })
}

/// Whether two names mean the same model.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    with_tag(one) == with_tag(other)
}

/// The name with its tag, which is `latest` where none is given.
fn with_tag(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') { name.to_owned() } else { format!("{name}:latest") }
}
