//! Models that are there.

use super::config::Config;
use super::judges::{Suite, model_options};
use super::model_config::{ModelConfig, OpenedModel};
use super::nobody::nobody_named;
use super::options::RunOptions;
use crate::error::Result;
use crate::model::Model;

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
