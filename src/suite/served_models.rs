//! Models in the memory of their servers: which are loaded and until when, how one is let go, and how one is kept.

use std::time::Duration;

use serde::Serialize;

use super::config::Config;
use super::loaded_models::warm;
use super::model_config::ModelConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Stop;

pub(crate) use crate::model::served::ServedModel;

/// A role of evenhand.toml whose server loads models.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ServedRole {
    pub(crate) role: String,
    pub(crate) model: String,
    /// How it lies in memory; none where it is not loaded, or its server does not answer.
    pub(crate) loaded: Option<ServedModel>,
}

/// The roles whose servers load models, by their names.
pub(crate) async fn served_roles(config: &Config) -> Result<Vec<ServedRole>> {
    let mut roles = Vec::new();
    for role in config.file.models.keys() {
        let model_config = ModelConfig::new(Some(role), config)?;
        if model_config.provider.server().is_some_and(|server| server.loads_models) {
            let loaded = model_config.open(config).await?.provider.resident().await;
            roles.push(ServedRole { role: role.clone(), model: model_config.full_name(), loaded });
        }
    }
    Ok(roles)
}

/// Takes a model out of its server's memory.
pub(crate) async fn stop(name: &str, config: &Config) -> Result<()> {
    let model_config = served(name, config)?;
    let provider = model_config.open(config).await?.provider;
    match provider.unload().await {
        Ok(_) => Ok(()),
        Err(failure) => {
            Err(Error::new(ErrorKind::Model, format!("{name} cannot be taken out of memory: {failure}")))
        }
    }
}

/// Loads a model again and again, so that its server does not let it go, until it is stopped or was done so many times.
/// `told` hears of each time.
pub(crate) async fn keep(
    name: &str,
    config: &Config,
    every: Duration,
    times: Option<u64>,
    stop: &Stop,
    mut told: impl FnMut(),
) -> Result<()> {
    let model_config = served(name, config)?;
    let mut done = 0;
    while !stop.is_wished() && times.is_none_or(|times| done < times) {
        warm(name, &model_config, config).await?;
        told();
        done += 1;
        if times.is_none_or(|times| done < times) {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stop.wished() => {}
            }
        }
    }
    Ok(())
}

/// A model whose server loads it.
fn served(name: &str, config: &Config) -> Result<ModelConfig> {
    let model_config = ModelConfig::new(Some(name), config)?;
    if model_config.provider.server().is_some_and(|server| server.loads_models) {
        return Ok(model_config);
    }
    let detail =
        format!("{} lies in the memory of no server that could be told so", model_config.full_name());
    Err(Error::new(ErrorKind::Usage, detail).help("models of ollama/ do"))
}
