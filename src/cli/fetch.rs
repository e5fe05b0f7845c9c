//! Fetching an embedded model, with its progress.

use std::path::PathBuf;

use super::config::{Config, Missing};
use super::models::ModelConfig;
use super::permission::permit;
use super::progress::{Progress, Unit};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{self, CatalogueEntry, FetchEvent, Installed, Sources};

/// Fetches those of a command's models that are embedded and missing, all before anything is judged, if that is
/// permitted.
pub(super) async fn fetch_missing(
    models: impl IntoIterator<Item = &ModelConfig>,
    config: &Config,
) -> Result<()> {
    fetch_permitted(&missing(models, config).await?, config).await
}

/// Those of a command's models that are embedded and missing.
pub(super) async fn missing(
    models: impl IntoIterator<Item = &ModelConfig>,
    config: &Config,
) -> Result<Vec<&'static CatalogueEntry>> {
    let mut missing = Vec::new();
    if !cfg!(feature = "local") {
        // A model that cannot be loaded is not worth a question: loading says what is wrong.
        return Ok(missing);
    }
    for name in models.into_iter().filter_map(ModelConfig::in_catalogue) {
        let entry = find(name)?;
        let installed = catalogue::installed(entry, &config.models_dir).await;
        if !matches!(installed, Installed::Present(_)) && !missing.contains(&entry) {
            missing.push(entry);
        }
    }
    Ok(missing)
}

/// Fetches what is missing, if that is permitted.
pub(super) async fn fetch_permitted(missing: &[&CatalogueEntry], config: &Config) -> Result<()> {
    permit(missing, config)?;
    for entry in missing {
        fetch(entry.name, config).await?;
    }
    Ok(())
}

/// The file of an embedded model by its name in the catalogue, fetched if it is missing and that is permitted.
#[cfg(feature = "local")]
pub(super) async fn file(name: &str, config: &Config) -> Result<PathBuf> {
    if let Some(path) = file_here(name, config).await? {
        return Ok(path);
    }
    permit(&[find(name)?], config)?;
    fetch(name, config).await
}

/// The same, if it is here.
#[cfg(feature = "local")]
pub(super) async fn file_here(name: &str, config: &Config) -> Result<Option<PathBuf>> {
    match catalogue::installed(find(name)?, &config.models_dir).await {
        Installed::Present(path) => Ok(Some(path)),
        _ => Ok(None),
    }
}

fn find(name: &str) -> Result<&'static CatalogueEntry> {
    catalogue::find(name).ok_or_else(|| unknown(name))
}

/// Fetches an embedded model by its name in the catalogue, without asking.
pub(super) async fn fetch(name: &str, config: &Config) -> Result<PathBuf> {
    let entry = find(name)?;
    let sources = if config.missing == Missing::Refuse { Sources::none() } else { Sources::default() };
    let mut shown = Shown { entry, progress: None };
    catalogue::fetch(entry, &config.models_dir, &sources, &mut |event| shown.event(&event))
        .await
        .map_err(|fault| Error::new(ErrorKind::Model, format!("{name} could not be fetched: {fault}")))
}

struct Shown {
    entry: &'static CatalogueEntry,
    progress: Option<Progress>,
}

impl Shown {
    fn event(&mut self, event: &FetchEvent) {
        match event {
            FetchEvent::Trying { source } => {
                self.progress = None;
                eprintln!("fetching {} from {source}", self.entry.name);
            }
            FetchEvent::Progress { received, total } => {
                let name = self.entry.name;
                let progress =
                    self.progress.get_or_insert_with(|| Progress::start(name, Unit::Bytes, *total));
                progress.set(*received, "");
            }
            FetchEvent::SourceFailed { source, why } => {
                self.progress = None;
                eprintln!("  {source}: {why}");
            }
            FetchEvent::Verifying => {
                self.progress = None;
                eprintln!("checking {}", self.entry.name);
            }
            FetchEvent::Waiting { .. } => {
                eprintln!("waiting for another evenhand that fetches {}", self.entry.name);
            }
            FetchEvent::Resuming { have } => eprintln!("going on after {have} bytes that are here"),
            FetchEvent::Done { path } => eprintln!("{} is at {}", self.entry.name, path.display()),
        }
    }
}

fn unknown(name: &str) -> Error {
    let known: Vec<&str> = catalogue::entries().iter().map(|entry| entry.name).collect();
    let help = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("embedded models: {}; any other GGUF by its path", known.join(", ")),
    };
    Error::new(ErrorKind::Model, format!("there is no embedded model `{name}`")).help(help)
}
