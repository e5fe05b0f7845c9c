//! The judge that is held against labels.

use super::journal::JudgedRun;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Outcome, Panel};
use crate::judge::Reading;
use crate::model::Model;
use crate::signature::Scale;
use crate::suite::config::Config;
use crate::suite::judges::{Asked, Suite, model_options};
use crate::suite::model_config::{ModelConfig, default_reading};
use crate::suite::nobody::nobody;
use crate::suite::options::RunOptions;

/// The model that judges; where nobody names one, that of the earlier run.
pub(super) fn model_config(
    suite: &Suite,
    config: &Config,
    options: &RunOptions,
    from: Option<&JudgedRun>,
) -> Result<ModelConfig> {
    let named = ModelConfig::new(options.model.as_deref().or(suite.file.model.as_deref()), config);
    match (named, from) {
        (Err(_), Some(run)) if options.model.is_none() => ModelConfig::new(Some(&run.head.model), config),
        (named, _) => named,
    }
}

/// The suite's panel without a model that answers.
pub(super) fn silent(suite: &Suite, model_config: &ModelConfig, reading: Reading) -> Result<Panel> {
    let panel = suite.panel(Some(&Asked {
        model: nobody(),
        model_config,
        reading,
        calibration: None,
        samples: None,
    }))?;
    if panel.alone().is_none() {
        let detail = format!("suite {} has several parts: {}", suite.name, panel.title());
        return Err(Error::new(ErrorKind::Config, detail)
            .help("a calibration holds for one judge: make a suite of that judge alone"));
    }
    Ok(panel)
}

pub(super) fn scale(suite: &Suite, model_config: &ModelConfig, options: &RunOptions) -> Result<Scale> {
    let reading = options.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(model_config));
    silent(suite, model_config, reading)?.scale().ok_or_else(|| {
        Error::new(ErrorKind::Signature, format!("suite {}: its judge gives no verdict", suite.name))
            .help("its signature needs a [score]")
    })
}

/// The judge as it judged these outcomes, without its model.
pub(super) fn asked<'c>(outcomes: &[Outcome], model_config: &'c ModelConfig) -> Asked<'c> {
    let reading = outcomes.first().map_or_else(|| default_reading(model_config), |outcome| outcome.reading);
    Asked { model: nobody(), model_config, reading, calibration: None, samples: None }
}

/// What the judge says to records without content.
pub(super) async fn content_free(
    config: &Config,
    suite: &Suite,
    model_config: &ModelConfig,
    outcomes: &[Outcome],
) -> Result<Vec<f64>> {
    let opened = model_config.open(config).await?;
    let model = Model::new(opened.provider, model_options(model_config));
    let panel = suite.panel(Some(&Asked { model, ..asked(outcomes, model_config) }))?;
    let judge = panel
        .alone()
        .ok_or_else(|| Error::new(ErrorKind::Config, format!("suite {} is no judge alone", suite.name)))?;
    judge.content_free().await.map_err(|unscored| {
        Error::new(ErrorKind::Model, format!("the records without content: {unscored}"))
            .help("leave out --content-free")
    })
}
