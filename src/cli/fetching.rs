//! An embedded model fetched, with how far it is on the standard error.

use std::path::PathBuf;

use super::terminal::{Progress, Unit};
use crate::error::Result;
use crate::suite::config::Config;
use crate::suite::loaded_models::{self, CatalogueEntry, FetchEvent};
use crate::suite::missing::find;

/// Fetches an embedded model by its name in the catalogue, without asking.
pub(super) async fn fetch(name: &str, config: &Config) -> Result<PathBuf> {
    let mut shown = Shown { entry: find(name)?, progress: None };
    loaded_models::fetch(name, config, &mut |event| shown.event(event)).await
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
