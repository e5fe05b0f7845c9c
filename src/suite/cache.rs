//! The cache that the commands share, `.evenhand/cache.sqlite`, and what changed since a record's replies
//! were cached.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use super::judges::Suite;
use super::model_config::ModelConfig;
use super::requests::Asking;
use super::run::RunOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::model::{Cache, Identity, RecordedTimes, Recorder, Request, Reuse, differing_parts, recorded};
use crate::store::{Kind, Pruned, Store, StoreOptions, StoredEntry};
use crate::subject::OutputCache;

/// Where it is.
pub(crate) fn path(config: &Config) -> PathBuf {
    config.state_dir.join("cache.sqlite")
}

/// Opens the store.
pub(crate) fn store(config: &Config) -> Result<Store> {
    let default = StoreOptions::default();
    let max_bytes = config.file.cache.max_mb.map_or(default.max_bytes, |mb| mb.saturating_mul(1 << 20));
    Store::open(&path(config), StoreOptions { max_bytes })
}

/// The store, if there is one: looking into it makes none.
pub(crate) fn existing(config: &Config) -> Result<Store> {
    let path = path(config);
    if !path.exists() {
        return Err(Error::new(ErrorKind::Usage, format!("there is no cache yet at {}", path.display()))
            .help("`evenhand run` makes it"));
    }
    store(config)
}

/// Removes everything.
pub(crate) fn delete(config: &Config) -> Result<()> {
    Store::delete(&path(config))
}

/// Removes what was not used for so many seconds, or else so much that the rest takes so many megabytes.
pub(crate) fn prune(store: &Store, unused_s: Option<u64>, max_mb: Option<u64>) -> Result<Pruned> {
    match (unused_s, max_mb) {
        (Some(seconds), _) => store.prune_older_than(seconds),
        (None, Some(max_mb)) => store.prune_to(max_mb.saturating_mul(1 << 20)),
        (None, None) => Ok(Pruned::default()),
    }
}

/// Writes every reply to a file that `replay/FILE` answers from. Gives how many there are.
pub(crate) fn export(config: &Config, file: &Path) -> Result<u64> {
    let store = existing(config)?;
    let recorder = Recorder::create(file, RecordedTimes::Drop)?;
    let mut written = 0;
    store.each(Kind::Reply, |found| {
        let Some(line) = recorded(&found) else {
            return Ok(());
        };
        written += 1;
        recorder.copy_one(&line)
    })?;
    Ok(written)
}

/// Opens the cache for a run. One that cannot be used is told of, and the run goes without.
pub(crate) fn open(config: &Config, reuse: Reuse) -> Option<Arc<Cache>> {
    match store(config) {
        Ok(store) => Some(Arc::new(Cache::new(store, reuse))),
        Err(error) => {
            config.environment.tell(&format!("evenhand: {error:#}"));
            config.environment.tell("going on without the cache");
            None
        }
    }
}

/// The cache for outputs of commands.
pub(crate) fn outputs(config: &Config, reuse: Option<Reuse>) -> Option<OutputCache> {
    let reads = reuse? == Reuse::All;
    match store(config) {
        Ok(store) => Some(OutputCache { store: Arc::new(store), reads }),
        Err(error) => {
            config.environment.tell(&format!("evenhand: {error:#}"));
            config.environment.tell("going on without cached outputs");
            None
        }
    }
}

/// Tells what went wrong with the cache during a run.
pub(crate) fn tell_trouble(config: &Config, cache: Option<&Cache>) {
    if let Some(error) = cache.and_then(Cache::trouble) {
        config.environment.tell(&format!("evenhand: {error:#}"));
        config.environment.tell("the run went on without the cache");
    }
}

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
        let mut suite = Suite::open(name, config)?;
        let options = RunOptions { model: asked.model.map(str::to_owned), ..RunOptions::default() };
        suite.overridden(&options, config)?;
        if !suite.has_judges() {
            if asked.suite.is_some() {
                return listener(name, &InCache::NoModel);
            }
            continue;
        }
        let mut asking = Asking::new(&suite, config, asked.model, asked.reading)?;
        let inputs = match asking.inputs(&suite, config, Some(asked.record)).await {
            Ok(inputs) => inputs,
            Err(error) if asked.suite.is_some() => return Err(error),
            // Another suite may have it.
            Err(_) => continue,
        };
        found = true;
        let questions = asking.questions(&inputs)?;
        for (place, model_config) in asking.models.iter().enumerate() {
            let mut own = questions.iter().filter(|question| question.place == place).peekable();
            let Some(first) = own.peek() else { continue };
            let Some(identity) = identity(model_config, config).await? else {
                let model = model_config.file.model.clone();
                let is_embedded = model_config.in_catalogue().is_some();
                let name = if first.judge.is_some() { first.name(name) } else { name.to_owned() };
                listener(
                    &name,
                    &if is_embedded { InCache::NoFile(model) } else { InCache::NeverCached(model) },
                )?;
                continue;
            };
            for question in own {
                let in_cache = in_cache(&store, asked.record, &identity, &question.request)?;
                listener(&question.name(name), &in_cache)?;
            }
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
    if model_config.provider.is_embedded() {
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
