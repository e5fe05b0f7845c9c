//! Models made ready: those of a run, the embedded ones of the catalogue (which are here, and how one is
//! fetched), and one that is loaded before it is needed.

use std::path::PathBuf;
use std::sync::Arc;

use super::config::{Config, Missing};
use super::judges::{Asked, Suite, model_options};
use super::missing::find;
use super::model_config::{ModelConfig, OpenedModel};
use super::run::RunOptions;
use super::subjects;
use super::subjects::nobody_named;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Calibration;
use crate::model::catalogue::{Sources, fetch as fetch_entry, installed};
use crate::model::{Failure, Model, providers};
use crate::summary::Prices;

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
    /// The models that a suite needs. Those of the suite before go first: two large ones need not be in memory
    /// together.
    pub(crate) async fn of(&mut self, named: NamedModels, config: &Config) -> Result<SuiteModels> {
        self.models.retain(|loaded| named.all().any(|model_config| loaded.model_config == *model_config));
        let mut models = SuiteModels::default();
        for judge in named.judges {
            models.judges.push(self.take(judge, config).await?);
        }
        if let Some(subject) = named.subject {
            models.subject = Some(self.take(subject, config).await?);
        }
        Ok(models)
    }

    pub(crate) async fn take(&mut self, model_config: ModelConfig, config: &Config) -> Result<LoadedModel> {
        if let Some(loaded) = self.models.iter().find(|model| model.model_config == model_config) {
            return Ok(loaded.clone());
        }
        let opened = model_config.open(config).await?;
        tell_address(config, &model_config, &opened)?;
        let loaded = LoadedModel { model_config, opened };
        self.models.push(loaded.clone());
        Ok(loaded)
    }
}

/// The models that a suite needs, before they are there.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct NamedModels {
    /// One for each judge, in their order.
    pub(crate) judges: Vec<ModelConfig>,
    /// The one that produces the outputs.
    pub(crate) subject: Option<ModelConfig>,
}

impl NamedModels {
    /// Those of a suite, answered for by recordings where the options say so.
    pub(crate) fn of(suite: &Suite, config: &Config, options: &RunOptions) -> Result<Self> {
        let answered =
            |model_config: ModelConfig| model_config.answered_from(options.replies_of(&suite.name));
        Ok(Self {
            judges: suite.models(options, config)?.into_iter().map(answered).collect(),
            subject: subjects::model_config(suite.file.outputs.as_ref(), config)?.map(answered),
        })
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ModelConfig> {
        self.judges.iter().chain(&self.subject)
    }

    /// The same as models that are not there: what would be asked can be seen without them.
    pub(crate) fn silent(self, config: &Config) -> Result<SuiteModels> {
        let silent = |model_config: ModelConfig| {
            let limits = model_config.usual_limits(config)?;
            let provider = nobody_named(&model_config.full_name(), limits);
            let reading = model_config.usual_reading(config)?;
            Ok(LoadedModel { model_config, opened: OpenedModel { provider, reading } })
        };
        let judges = self.judges.into_iter().map(silent).collect::<Result<Vec<_>>>()?;
        Ok(SuiteModels { judges, subject: self.subject.map(silent).transpose()? })
    }
}

/// The models that a suite needs, and that are there.
#[derive(Clone, Default)]
pub(crate) struct SuiteModels {
    /// One for each judge, in their order.
    pub(crate) judges: Vec<LoadedModel>,
    /// The one that produces the outputs.
    pub(crate) subject: Option<LoadedModel>,
}

impl SuiteModels {
    /// How the judges' models were named.
    pub(crate) fn judge_configs(&self) -> impl Iterator<Item = &ModelConfig> {
        self.judges.iter().map(|loaded| &loaded.model_config)
    }

    /// What the judges' tokens cost. Of one model its own price; of several also what is free on this machine.
    pub(crate) fn prices(&self) -> Prices {
        let name = |loaded: &LoadedModel| loaded.opened.provider.name();
        let mut names: Vec<String> = self.judges.iter().map(name).collect();
        names.dedup();
        match (names.as_slice(), self.judges.first()) {
            ([_], Some(only)) => only.model_config.price().into(),
            _ => self
                .judges
                .iter()
                .filter_map(|loaded| Some((name(loaded), loaded.model_config.budget_price()?)))
                .collect(),
        }
    }

    /// Who is asked for each judge, by a model around each that is there.
    pub(crate) fn asked(
        &self,
        suite: &Suite,
        options: &RunOptions,
        calibration: Option<&Arc<Calibration>>,
        model: impl Fn(&LoadedModel) -> Model,
    ) -> Vec<Asked<'_>> {
        let mut asked: Vec<Asked<'_>> = Vec::new();
        for (index, loaded) in self.judges.iter().enumerate() {
            let model_config = &loaded.model_config;
            // Judges of one model share what it has learned of its server.
            let known = asked.iter().find(|asked| asked.model_config == model_config);
            let model = known.map_or_else(|| model(loaded), |known| known.model.clone());
            let reading = suite.reading(index, options.reading).unwrap_or(loaded.opened.reading);
            let calibration = calibration.cloned();
            asked.push(Asked {
                calibration,
                samples: options.samples,
                orders: options.orders,
                ..Asked::plainly(model, model_config, reading)
            });
        }
        asked
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
