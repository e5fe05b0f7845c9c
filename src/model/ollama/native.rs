//! What a server of Ollama's says of itself, of the models installed on it, and of the context it has
//! loaded one with.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::served;
use crate::model::http::{Address, Http, Incoming, decode};
use crate::model::served::{ServedFrom, ServedModel};

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
pub(super) async fn digest(incoming: &mut Incoming<'_>, model: &str) -> Option<String> {
    let text = incoming.text().await.ok()?;
    let tags: Tags = decode(incoming.peer(), incoming.address(), &text).ok()?;
    let is_wanted = |name: &Option<String>| name.as_deref().is_some_and(|name| is_same(name, model));
    let mut models = tags.models.into_iter();
    models.find(|known| is_wanted(&known.name) || is_wanted(&known.model)).map(|known| known.digest)
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

/// What a server says of itself and of a model. Each is unknown where the server does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Facts {
    /// The server's version.
    pub(in crate::model) version: Option<Version>,
    /// The longest context that the model has, in tokens.
    pub(in crate::model) longest: Option<u64>,
    /// The context that the model's own file asks for.
    pub(in crate::model) own: Option<u64>,
    /// The context that the model is loaded with now.
    pub(in crate::model) loaded: Option<u64>,
}

/// Major, minor, patch.
pub(in crate::model) type Version = (u64, u64, u64);

/// From here on a server refuses a prompt that is too long when it is told not to cut it.
const REFUSING: Version = (0, 12, 6);
/// From here on the context is 4096 tokens where nobody sets it, and 2048 before.
const LARGER_DEFAULT: Version = (0, 6, 7);

/// The longest that a question about the server may take: it must not hold up the run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a server's own interface is, and for which model.
#[derive(Clone, Copy)]
pub(in crate::model) struct Native<'a> {
    pub(in crate::model) http: &'a Http,
    pub(in crate::model) root: &'a Address,
    pub(in crate::model) model: &'a str,
}

impl Facts {
    /// Whether the server refuses a prompt that it would otherwise cut.
    pub(in crate::model) fn refuses(&self) -> bool {
        self.version.is_some_and(|version| version >= REFUSING)
    }

    /// The context that a request gets which names none, as far as it can be told.
    pub(in crate::model) fn unasked(&self) -> u64 {
        let is_larger = self.version.is_none_or(|version| version >= LARGER_DEFAULT);
        let default = if is_larger { 4_096 } else { 2_048 };
        let context = self.loaded.or(self.own).unwrap_or(default);
        self.longest.map_or(context, |longest| context.min(longest))
    }
}

impl Native<'_> {
    /// Asks for everything. What does not come is unknown, and no failure.
    pub(in crate::model) async fn facts(self) -> Facts {
        let show = json!({"model": self.model});
        let (version, card, loaded) =
            tokio::join!(self.version(), self.ask("/api/show", Some(&show)), self.loaded());
        let card = card.unwrap_or_default();
        Facts { version, longest: longest(&card), own: own(&card), loaded }
    }

    /// Whether the server is one of Ollama's: only these have a version at this place. One
    /// that was built by hand has none that says anything.
    pub(in crate::model) async fn is_ollama(self) -> bool {
        let answer = self.ask("/api/version", None).await;
        answer.is_some_and(|answer| answer.get("version").is_some_and(Value::is_string))
    }

    async fn version(self) -> Option<Version> {
        let answer = self.ask("/api/version", None).await?;
        version(answer.get("version")?.as_str()?)
    }

    /// The context that the model is loaded with, where the server tells it.
    pub(in crate::model) async fn loaded(self) -> Option<u64> {
        let answer = self.ask("/api/ps", None).await?;
        let Running { models } = Running::deserialize(answer).ok()?;
        let is_this = |name: &Option<String>| name.as_deref().is_some_and(|name| is_same(name, self.model));
        let found = models.into_iter().find(|known| is_this(&known.name) || is_this(&known.model));
        found?.context_length.filter(|length| *length > 0)
    }

    /// The model as it lies on disk or in memory, where the server tells it.
    pub(in crate::model) async fn served(self, from: ServedFrom) -> Option<ServedModel> {
        let all = self.all(from).await?;
        all.into_iter().find(|known| is_same(&known.name, self.model))
    }

    /// All models on disk or in memory, where the server tells it.
    pub(in crate::model) async fn all(self, from: ServedFrom) -> Option<Vec<ServedModel>> {
        let endpoint = match from {
            ServedFrom::Disk => "/api/tags",
            ServedFrom::Memory => "/api/ps",
        };
        Some(served::read(&self.ask(endpoint, None).await?))
    }

    /// An answer, if it comes in time, is a success, and is JSON.
    async fn ask(self, endpoint: &str, body: Option<&Value>) -> Option<Value> {
        let address = self.root.at(endpoint);
        let asking = async {
            let incoming = match body {
                Some(body) => self.http.post(address, body).await,
                None => self.http.get(address).await,
            };
            let text = incoming.ok()?.accepted().await.ok()?.text().await.ok()?;
            serde_json::from_str(&text).ok()
        };
        timeout(PATIENCE, asking).await.ok()?
    }
}

#[derive(Deserialize)]
struct Running {
    models: Vec<RunningModel>,
}

#[derive(Deserialize)]
struct RunningModel {
    name: Option<String>,
    model: Option<String>,
    context_length: Option<u64>,
}

/// `0.12.6-rc1` is 0.12.6. A server that was built by hand calls itself 0.0.0: then it is unknown what it does.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.trim().trim_start_matches('v').split(['.', '-', '+']).map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let version = (next()?, next()?, next().unwrap_or(0));
    (version != (0, 0, 0)).then_some(version)
}

/// `qwen2.context_length` of the model's card, by the architecture that it names.
fn longest(card: &Value) -> Option<u64> {
    let info = card.get("model_info")?.as_object()?;
    let named = info.get("general.architecture").and_then(Value::as_str);
    let of_name = named.and_then(|name| info.get(&format!("{name}.context_length")));
    let any = || info.iter().find(|(key, _)| key.ends_with(".context_length")).map(|(_, value)| value);
    of_name.or_else(any).and_then(number).filter(|length| *length > 0)
}

/// `num_ctx` among the parameters of the model's file, one a line.
fn own(card: &Value) -> Option<u64> {
    let lines = card.get("parameters")?.as_str()?.lines();
    let mut values = lines.filter_map(|line| line.trim().strip_prefix("num_ctx"));
    values.find_map(|value| value.trim().parse().ok()).filter(|length| *length > 0)
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_ollama_writes_them() {
        assert_eq!(version("0.12.6"), Some((0, 12, 6)));
        assert_eq!(version("v0.13.0-rc1"), Some((0, 13, 0)));
        assert_eq!(version("1.2"), Some((1, 2, 0)));
        assert_eq!([version("0.0.0"), version(""), version("latest")], [None; 3]);
        let at = |version| Facts { version, ..Facts::default() };
        assert!(at(Some((0, 12, 6))).refuses() && at(Some((1, 0, 0))).refuses());
        assert!(!at(Some((0, 12, 5))).refuses() && !at(None).refuses());
    }

    #[test]
    fn a_card_tells_the_longest_context_and_its_own() {
        let card = json!({
            "parameters": "stop                           \"<|im_end|>\"\nnum_ctx                        8192\n",
            "model_info": {"general.architecture": "qwen2", "clip.context_length": 77, "qwen2.context_length": 32_768},
        });
        assert_eq!((longest(&card), own(&card)), (Some(32_768), Some(8_192)));
        let other = json!({"model_info": {"llama.context_length": "2048"}, "parameters": ""});
        assert_eq!((longest(&other), own(&other)), (Some(2_048), None));
        for odd in [
            json!(null),
            json!([]),
            json!({"model_info": []}),
            json!({"model_info": {"x.context_length": 0}}),
        ] {
            assert_eq!((longest(&odd), own(&odd)), (None, None));
        }
    }

    #[test]
    fn a_request_that_names_no_context_gets_the_nearest_setting() {
        let facts = Facts { version: Some((0, 5, 0)), ..Facts::default() };
        assert_eq!(facts.unasked(), 2_048);
        assert_eq!(Facts { version: Some((0, 9, 0)), ..facts }.unasked(), 4_096);
        assert_eq!(Facts { own: Some(16_384), ..facts }.unasked(), 16_384);
        assert_eq!(Facts { own: Some(16_384), longest: Some(8_192), ..facts }.unasked(), 8_192);
        assert_eq!(Facts { own: Some(16_384), loaded: Some(512), ..facts }.unasked(), 512);
    }
}
