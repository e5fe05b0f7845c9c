//! The embedded models of the catalogue: which are here, and how one is fetched.

use std::path::PathBuf;

use super::config::{Config, Missing};
use super::missing::find;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{Sources, fetch as fetch_entry, installed};

pub(crate) use crate::model::catalogue::{CatalogueEntry, FetchEvent, Installed, entries};

/// All embedded models, and which of them are on this machine.
pub(crate) async fn embedded(config: &Config) -> Vec<(&'static CatalogueEntry, Installed)> {
    let mut embedded = Vec::new();
    for entry in entries() {
        embedded.push((entry, installed(entry, &config.models_dir).await));
    }
    embedded
}

/// Fetches an embedded model by its name in the catalogue, unless nothing may be fetched. Gives its file.
pub(crate) async fn fetch(
    name: &str,
    config: &Config,
    listener: &mut (dyn FnMut(&FetchEvent) + Send + '_),
) -> Result<PathBuf> {
    let sources = if config.missing == Missing::Refuse { Sources::none() } else { Sources::default() };
    fetch_entry(find(name)?, &config.models_dir, &sources, &mut |event| listener(&event))
        .await
        .map_err(|fault| Error::new(ErrorKind::Model, format!("{name} could not be fetched: {fault}")))
}
