//! What changed since a record's replies were cached.

use super::cache::existing;
use super::config::Config;
use super::judges::Suite;
use super::model_config::ModelConfig;
use super::requests::Asking;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::model::{Identity, Request, differing_parts, recorded};
use crate::store::{Kind, Store, StoredEntry};

/// What was asked.
pub(crate) struct Asked<'a> {
    pub(crate) record: &'a str,
    pub(crate) suite: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) reading: Option<Reading>,
}

/// What the cache has of a question.
pub(crate) enum InCache {
    /// The suite asks no model.
    NoModel,
    /// The replies of this model cannot be told apart: its file is not on this machine.
    NoFile(String),
    /// The replies of this model are not cached.
    NeverCached(String),
    /// The reply.
    Here { made_s: i64, used_s: i64 },
    /// The reply, from a record that asks the same.
    SameQuestion,
    /// Nothing was ever kept about the record.
    Nothing,
    /// A reply to a question that differs in these parts.
    Changed { made_s: i64, source: String, parts: Vec<&'static str> },
}

/// Says of each question about a record, under its name, what the cache has of it.
pub(crate) async fn why(
    config: &Config,
    asked: &Asked<'_>,
    listener: &mut (dyn FnMut(&str, &InCache) -> Result<()> + '_),
) -> Result<()> {
    let store = existing(config)?;
    let names: Vec<&str> = match asked.suite {
        Some(name) => vec![name],
        None => config.file.suites.keys().map(String::as_str).collect(),
    };
    let mut found = false;
    for name in names {
        let suite = Suite::open(name, config)?;
        if !suite.has_judges() {
            if asked.suite.is_some() {
                return listener(name, &InCache::NoModel);
            }
            continue;
        }
        let asking = Asking::new(&suite, config, asked.model, asked.reading)?;
        let inputs = match asking.inputs(&suite, config, Some(asked.record)).await {
            Ok(inputs) => inputs,
            Err(error) if asked.suite.is_some() => return Err(error),
            // Another suite may have it.
            Err(_) => continue,
        };
        found = true;
        let questions = asking.questions(&inputs)?;
        let model_config = &asking.model_config;
        let Some(identity) = identity(model_config, config).await? else {
            let model = model_config.file.model.clone();
            let is_embedded = model_config.in_catalogue().is_some();
            listener(name, &if is_embedded { InCache::NoFile(model) } else { InCache::NeverCached(model) })?;
            continue;
        };
        for question in questions {
            let in_cache = in_cache(&store, asked.record, &identity, &question.request)?;
            listener(&question.name(name), &in_cache)?;
        }
    }
    if found {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("no suite has a record \"{}\"", asked.record)))
}

/// What decides the model's replies besides the request. An embedded model is not loaded for it.
async fn identity(model_config: &ModelConfig, config: &Config) -> Result<Option<Identity>> {
    #[cfg(feature = "local")]
    if model_config.provider == "local" {
        return super::embedded::identity(&model_config.name, model_config.in_catalogue(), config).await;
    }
    Ok(model_config.open(config).await?.provider.identity().await)
}

fn in_cache(store: &Store, record: &str, identity: &Identity, request: &Request) -> Result<InCache> {
    let place = identity.key(&request.key());
    let mut kept = store.about(record, Kind::Reply)?;
    // An older version kept these too.
    kept.retain(|found| recorded(found).is_none_or(|kept| kept.response.is_reusable()));
    if let Some(hit) = kept.iter().find(|found| found.key == place) {
        return Ok(InCache::Here { made_s: hit.made_s, used_s: hit.used_s });
    }
    if store.get(&place)?.is_some() {
        return Ok(InCache::SameQuestion);
    }
    // Of those as near the one that was used last, which comes first.
    let differing = |found: &StoredEntry| differing_parts(found, identity, request);
    let Some(nearest) = kept.iter().min_by_key(|found| differing(found).len()) else {
        return Ok(InCache::Nothing);
    };
    let (made_s, source) = (nearest.made_s, nearest.source.clone());
    Ok(InCache::Changed { made_s, source, parts: differing(nearest) })
}
