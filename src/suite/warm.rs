//! A model is loaded before it is needed.

use super::config::Config;
use super::model_config::ModelConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Failure;

/// Loads the model that a user calls by this name. Gives its digest, where its server tells one.
pub(crate) async fn warm(name: &str, model_config: &ModelConfig, config: &Config) -> Result<Option<String>> {
    match model_config.provider.as_str() {
        "ollama" => {
            let ollama = model_config.ollama()?;
            ollama.warm().await.map_err(|failure| cannot_warm(name, &failure))?;
            Ok(ollama.digest().await.ok())
        }
        "local" => {
            drop(model_config.open(config).await?);
            Ok(None)
        }
        other => {
            let detail = format!("{other}/ models have nothing to load beforehand");
            Err(Error::new(ErrorKind::Usage, detail).help("models of ollama/ and local/ have"))
        }
    }
}

fn cannot_warm(name: &str, failure: &Failure) -> Error {
    let error = Error::new(ErrorKind::Model, format!("cannot load {name}: {failure}"));
    match &failure.remedy {
        Some(remedy) => error.help(remedy.clone()),
        None => error,
    }
}
