//! The models of a block made ready: in each round they are loaded anew once.

use std::time::Instant;

use super::cells::Cell;
use super::machine;
use crate::error::Result;
use crate::suite::config::Config;
use crate::suite::loaded_models::{LoadedModels, NamedModels, SuiteModels};

/// The models that are loaded now.
#[derive(Default)]
pub(super) struct Ready {
    loaded: LoadedModels,
    pub(super) models: SuiteModels,
    /// For which round, and as what.
    round: Option<u32>,
    named: Option<NamedModels>,
}

/// What making the models ready did.
#[derive(Default)]
pub(super) struct Fresh {
    pub(super) is_cold: bool,
    pub(super) load_ms: Option<f64>,
    pub(super) memory_before: Option<u64>,
}

impl Ready {
    /// Makes the cell's models ready. In each round a model is loaded anew once: what is in this process, or in the
    /// memory of a server that can be told to let it go.
    pub(super) async fn make(&mut self, cell: &Cell, round: u32) -> Result<Fresh> {
        if self.round == Some(round) && self.named.as_ref() == Some(&cell.models) {
            return Ok(Fresh::default());
        }
        let embeds = cell.models.all().any(|model_config| model_config.provider.is_embedded());
        // Those before go first: two large ones need not be in memory together.
        self.models = SuiteModels::default();
        if embeds {
            self.loaded = LoadedModels::default();
        }
        let memory_before = embeds.then(machine::own_bytes).flatten();
        let quiet = cell.config.environment.clone().with_messages(|_| {});
        let config = if round == 0 {
            cell.config.clone()
        } else {
            Config { environment: quiet, ..cell.config.clone() }
        };
        let started = Instant::now();
        self.models = self.loaded.of(cell.models.clone(), &config).await?;
        let load_ms = embeds.then(|| started.elapsed().as_secs_f64() * 1e3);
        let mut is_cold = embeds;
        for loaded in &self.models.judges {
            if loaded.model_config.provider.can_load() && !loaded.model_config.is_replayed() {
                // A server that does not answer is found out by the first call.
                is_cold |= loaded.opened.provider.unload().await.unwrap_or(false);
            }
        }
        (self.round, self.named) = (Some(round), Some(cell.models.clone()));
        Ok(Fresh { is_cold, load_ms, memory_before })
    }
}
