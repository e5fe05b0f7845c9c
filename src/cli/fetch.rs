//! Fetching an embedded model, with its progress.

use std::path::PathBuf;

use super::permission::permit;
use super::progress::{Progress, Unit};
use crate::error::Result;
use crate::suite::catalogue::{self, CatalogueEntry, FetchEvent};
use crate::suite::config::Config;
use crate::suite::missing::{find, missing};
use crate::suite::model_config::ModelConfig;

/// Fetches those of a command's models that are embedded and missing, all before anything is judged, if that is
/// permitted.
pub(super) async fn fetch_missing(
    models: impl IntoIterator<Item = &ModelConfig>,
    config: &Config,
) -> Result<()> {
    let names = models.into_iter().filter_map(ModelConfig::in_catalogue);
    fetch_permitted(&missing(names, config).await?, config).await
}

/// Fetches what is missing, if that is permitted.
pub(super) async fn fetch_permitted(missing: &[&CatalogueEntry], config: &Config) -> Result<()> {
    permit(missing, config)?;
    for entry in missing {
        fetch(entry.name, config).await?;
    }
    Ok(())
}

/// Fetches an embedded model by its name in the catalogue, without asking.
pub(super) async fn fetch(name: &str, config: &Config) -> Result<PathBuf> {
    let mut shown = Shown { entry: find(name)?, progress: None };
    catalogue::fetch(name, config, &mut |event| shown.event(event)).await
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
