//! Which models fit this machine: by their sizes on disk, and by what earlier benches measured on it.

use std::collections::BTreeMap;

use super::bench::{folders, machine, measured_cells};
use super::config::Config;
use super::loaded_models::{Installed, embedded};
use super::model_config::ModelConfig;
use crate::bench::{Candidate, CandidateState, FromBench, Wishes};
use crate::error::Result;

pub(crate) use crate::bench::Recommendation;

/// The models of the catalogue and of the roles whose servers load models, with what is known of each.
pub(crate) async fn recommended(
    config: &Config,
    suite: Option<&str>,
    memory_bytes: Option<u64>,
    time_ms: Option<f64>,
) -> Result<Recommendation> {
    let here = machine::facts();
    let mut measured: BTreeMap<String, FromBench> = BTreeMap::new();
    // The newest bench comes first, and counts.
    for folder in folders(config, suite) {
        for cell in measured_cells(&folder, &here) {
            measured.entry(cell.model.clone()).or_insert(cell);
        }
    }
    let mut candidates = Vec::new();
    for (entry, installed) in embedded(config).await {
        let is_here = matches!(installed, Installed::Present(_));
        candidates.push(Candidate {
            model: entry.full_name(),
            file_bytes: entry.bytes,
            state: if is_here { CandidateState::Here } else { CandidateState::NotFetched },
            note: entry.note.map(str::to_owned),
        });
    }
    for role in config.file.models.keys() {
        let model_config = ModelConfig::new(Some(role), config)?;
        let loads = model_config.provider.server().is_some_and(|server| server.loads_models);
        if !loads || candidates.iter().any(|known| known.model == model_config.full_name()) {
            continue;
        }
        if let Some(on_disk) = model_config.open(config).await?.provider.on_disk().await {
            candidates.push(Candidate {
                model: model_config.full_name(),
                file_bytes: on_disk.bytes.unwrap_or(0),
                state: CandidateState::AtServer,
                note: None,
            });
        }
    }
    let free_bytes = machine::free_bytes();
    let wishes = Wishes {
        memory_bytes: memory_bytes.or(free_bytes).or(here.memory_bytes),
        is_memory_stated: memory_bytes.is_some(),
        time_ms,
        suite: suite.map(str::to_owned),
    };
    Ok(Recommendation::new(here, free_bytes, wishes, candidates, &measured))
}
