//! Models made ready: those of a run, the embedded ones of the catalogue (which are here, and how one is
//! fetched), and one that is loaded before it is needed.

use std::path::PathBuf;

use super::config::{Config, Missing};
use super::judges::{Suite, model_options};
use super::missing::find;
use super::model_config::{ModelConfig, OpenedModel};
use super::run::RunOptions;
use super::subjects::nobody_named;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{Sources, fetch as fetch_entry, installed};
use crate::model::{Failure, Model, providers};

pub(crate) use crate::model::catalogue::{CatalogueEntry, FetchEvent, Installed, entries};

/// Models that are there, so that suites which share one load it once.
#[derive(Default)]
pub(crate) struct LoadedModels {
    models: Vec<LoadedModel>,
}

/// A model that is there, and how it was named.
#[derive(Clone)]
pub(crate) struct LoadedModel {
    pub(crate) model_config: ModelConfig,
    pub(crate) opened: OpenedModel,
}

impl LoadedModels {
    /// The models of the suite before go first: two large ones need not be in memory together.
    pub(crate) fn keep_only(&mut self, needed: &[Option<&ModelConfig>]) {
        self.models.retain(|model| needed.contains(&Some(&model.model_config)));
    }

    pub(crate) async fn take(
        &mut self,
        model_config: Option<ModelConfig>,
        config: &Config,
    ) -> Result<Option<LoadedModel>> {
        let Some(model_config) = model_config else {
            return Ok(None);
        };
        if let Some(loaded) = self.models.iter().find(|model| model.model_config == model_config) {
            return Ok(Some(loaded.clone()));
        }
        let opened = model_config.open(config).await?;
        tell_address(config, &model_config, &opened)?;
        let loaded = LoadedModel { model_config, opened };
        self.models.push(loaded.clone());
        Ok(Some(loaded))
    }
}

/// Which server is asked, and who says so: records must not go where nobody expects them.
fn tell_address(config: &Config, model_config: &ModelConfig, opened: &OpenedModel) -> Result<()> {
    if let Some(address) = opened.provider.base_url() {
        let origin = model_config.origin()?.words();
        config.environment.tell(&format!("{} is asked at {address} ({origin})", model_config.full_name()));
    }
    Ok(())
}

/// A model that keeps nothing: for looking at what would be asked.
pub(crate) fn plain(loaded: &LoadedModel) -> Model {
    Model::new(loaded.opened.provider.clone(), model_options(&loaded.model_config))
}

/// A model that is not there: what would be asked can be seen without it.
pub(crate) fn silent(
    suite: &Suite,
    config: &Config,
    options: &RunOptions,
    model_config: ModelConfig,
) -> Result<LoadedModel> {
    let reading = match options.reading.or(suite.file.reading) {
        Some(reading) => reading,
        None => model_config.usual_reading(config)?,
    };
    let provider = nobody_named(&model_config.full_name());
    Ok(LoadedModel { model_config, opened: OpenedModel { provider, reading } })
}

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

/// Loads the model that a user calls by this name. Gives its digest, where its server tells one.
pub(crate) async fn warm(name: &str, model_config: &ModelConfig, config: &Config) -> Result<Option<String>> {
    if !model_config.provider.can_load() {
        let detail = format!("{}/ models have nothing to load beforehand", model_config.provider.name);
        let loading = providers().filter(|facts| facts.can_load());
        let loading: Vec<_> = loading.map(|facts| facts.full_name("")).collect();
        let help = format!("models of {} have", loading.join(" and "));
        return Err(Error::new(ErrorKind::Usage, detail).help(help));
    }
    let opened = model_config.open(config).await?;
    opened.provider.load().await.map_err(|failure| cannot_warm(name, &failure))
}

fn cannot_warm(name: &str, failure: &Failure) -> Error {
    let error = Error::new(ErrorKind::Model, format!("cannot load {name}: {failure}"));
    match &failure.remedy {
        Some(remedy) => error.help(remedy.clone()),
        None => error,
    }
}
