//! The cache that the commands share: `.evenhand/cache.sqlite`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Cache, RecordedTimes, Recorder, Reuse, recorded};
use crate::store::{Kind, Pruned, Store, StoreOptions};
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
