//! Fetching an embedded model, with its progress.

use std::path::PathBuf;

use super::config::Config;
use super::progress::{Progress, Unit};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{self, CatalogueEntry, FetchEvent, Sources};

/// The file of an embedded model by its name in the catalogue, fetched if it is not there.
#[cfg(feature = "local")]
pub(super) async fn fetch(name: &str, config: &Config) -> Result<PathBuf> {
    let entry = catalogue::find(name).ok_or_else(|| unknown(name))?;
    match catalogue::installed(entry, &config.models_dir).await {
        catalogue::Installed::Present(path) => Ok(path),
        _ => fetch_and_check(name, config).await,
    }
}

/// The same, with the checksum of a file that is there already.
pub(super) async fn fetch_and_check(name: &str, config: &Config) -> Result<PathBuf> {
    let entry = catalogue::find(name).ok_or_else(|| unknown(name))?;
    let sources = if config.offline { Sources::none() } else { Sources::default() };
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
                eprintln!("waiting for another karat that fetches {}", self.entry.name);
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
