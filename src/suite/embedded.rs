//! An embedded model, by its name in the catalogue or the path of a GGUF file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::config::{Config, ModelFile};
use super::environment::Environment;
use super::missing::{file_here, find, not_here};
use crate::error::Result;
use crate::model::local::EngineOptions;
use crate::model::{EMBEDDED, Identity, LocalModel, Provider};
use crate::report::duration;

/// Loads the model. One that is not on this machine is not fetched.
pub(crate) async fn load(name: &str, file: &ModelFile, config: &Config) -> Result<Provider> {
    let path = path(name, config).await?;
    let default = EngineOptions::default();
    let options = EngineOptions {
        context_tokens: file.context_tokens.unwrap_or(default.context_tokens),
        threads: file.threads.or_else(|| threads_wished(&config.environment)),
        parallel: file.parallel.unwrap_or(default.parallel),
        ..default
    };
    let started = Instant::now();
    let model = LocalModel::load(name, path, options).await?;
    let card = model.card();
    let threads = if card.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", card.threads) };
    let took = duration(started.elapsed().as_secs_f64());
    config.environment.tell(&format!(
        "loaded {} in {took}: {} tokens of context, {threads}",
        EMBEDDED.full_name(name),
        card.context_tokens
    ));
    Ok(model.into())
}

/// What decides the replies of a model of this name in the catalogue, or else of this file. It is not loaded for it;
/// `None` where its file is not here.
pub(crate) async fn identity(
    name: &str,
    in_catalogue: Option<&str>,
    config: &Config,
) -> Result<Option<Identity>> {
    let path = match in_catalogue {
        Some(name) => file_here(name, config).await?,
        None => Some(config.path(Path::new(name))).filter(|path| path.exists()),
    };
    Ok(path.map(|path| LocalModel::identity_of(name, &path)))
}

/// A path, or a name of the catalogue.
async fn path(name: &str, config: &Config) -> Result<PathBuf> {
    if name.to_lowercase().ends_with(".gguf") {
        return Ok(config.path(Path::new(name)));
    }
    match file_here(name, config).await? {
        Some(path) => Ok(path),
        None => Err(not_here(&[find(name)?], config, "is not fetched unasked")),
    }
}

fn threads_wished(environment: &Environment) -> Option<u32> {
    environment.text("EVENHAND_THREADS")?.parse().ok().filter(|threads| *threads > 0)
}
