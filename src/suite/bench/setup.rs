//! What is read and checked before a bench begins: the records, and what the bench is.

use super::cells::Cell;
use super::machine;
use super::request::BenchRequest;
use crate::bench::{FORMAT, Meta};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::OnFault;
use crate::judge::Reading;
use crate::signature::ScaleKind;
use crate::subject::Subject;
use crate::suite::config::Config;
use crate::suite::judges::Overrides;
use crate::suite::material::panel;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;
use crate::suite::runs;

/// The records of all cells, in the order of the dataset.
pub(super) fn records(cell: &Cell, request: &BenchRequest) -> Result<Vec<Record>> {
    let overrides = Overrides::of(&RunOptions { filters: request.filters.clone(), ..RunOptions::default() })?;
    let most = request.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let mut records = Vec::new();
    for record in cell.suite.dataset(&cell.config)? {
        match record {
            Ok(record)
                if records.len() < most && overrides.filters.iter().all(|filter| filter.takes(&record)) =>
            {
                records.push(record);
            }
            Ok(_) => {}
            Err(_) if cell.suite.file.on_fault == OnFault::Skip => {}
            Err(fault) => return Err(Error::new(ErrorKind::Dataset, fault.to_string())),
        }
    }
    Ok(records)
}

/// What the bench is.
pub(super) fn meta(
    first: &Cell,
    config: &Config,
    request: &BenchRequest,
    cells: &[Cell],
    records: u64,
) -> Result<Meta> {
    let suite = &first.suite;
    let models: Vec<ModelConfig> = first.models.judges.clone();
    let reading = models.first().map_or(Reading::Text, ModelConfig::default_reading);
    let panel = panel(suite, &models, reading)?;
    if !suite.has_judges() {
        let detail = format!("suite {} asks no model: it has checks alone", suite.name);
        return Err(Error::new(ErrorKind::Usage, detail).help("name a suite with a judge"));
    }
    let plan = suite.plan(&first.config, &models, &Overrides::of(&first.options)?)?;
    if matches!(plan.subject, Subject::Produced { .. }) {
        let detail = format!(
            "suite {} has its outputs produced anew each time, so its models would judge different ones",
            suite.name
        );
        return Err(Error::new(ErrorKind::Usage, detail)
            .help("keep them first, with `evenhand run --record-outputs outputs.jsonl`, and add --outputs outputs.jsonl"));
    }
    let scale = match panel.scale().map(|scale| scale.kind) {
        Some(ScaleKind::Numeric { min, max, .. }) => Some((min, max)),
        _ => None,
    };
    Ok(Meta {
        format: FORMAT,
        evenhand: env!("CARGO_PKG_VERSION").to_owned(),
        begun: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        machine: Some(machine::facts()),
        suite: suite.name.clone(),
        dataset: runs::hash(&config.path(&suite.file.dataset))?,
        selection: format!("{:?}", (&request.filters, request.limit, &request.outputs, request.reading)),
        records,
        scale,
        seed: request.seed,
        rounds: request.rounds,
        warm_up: request.warm_up,
        fixed: request.fixed,
        at_once: request.at_once.clone(),
        cells: cells.iter().map(|cell| cell.meta.clone()).collect(),
    })
}

pub(super) fn no_model() -> Error {
    Error::new(ErrorKind::Usage, "no model is named to measure")
        .help("add --models A,B: roles of evenhand.toml, or PROVIDER/NAME")
}
