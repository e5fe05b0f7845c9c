//! The cache that the commands share: `.evenhand/cache.sqlite`.

use std::path::PathBuf;
use std::sync::Arc;

use super::config::Config;
use crate::error::Result;
use crate::model::{Cache, Reuse};
use crate::store::{Store, StoreOptions};
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
