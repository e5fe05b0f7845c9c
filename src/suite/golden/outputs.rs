//! The outputs that scores are locked of: where they are had from, and keeping them beside the golden file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::standing::Standing;
use crate::error::Result;
use crate::eval::Outcome;
use crate::golden::{Golden, KeptOutputs, store};
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// Outputs by their records' ids.
pub(super) type Outputs = BTreeMap<String, Value>;

/// The watched outputs of these records of a run: as they were produced, or as the dataset or a file of outputs holds
/// them now.
pub(super) fn of_run(
    suite: &Suite,
    config: &Config,
    standing: &Standing,
    outcomes: &[Outcome],
    wanted: &BTreeSet<&str>,
) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    for outcome in outcomes.iter().filter(|outcome| wanted.contains(outcome.id.as_str())) {
        if let Some(output) = outcome.subject.as_ref().and_then(|subject| subject.output.as_ref()) {
            outputs.insert(outcome.id.clone(), output.clone());
        }
    }
    let is_left = |id: &str| wanted.contains(id) && !outputs.contains_key(id);
    let Some(field) = &standing.watched else { return Ok(outputs) };
    if !wanted.iter().any(|id| is_left(id)) {
        return Ok(outputs);
    }
    let mut held = Outputs::new();
    for record in standing.each(suite, config)? {
        let record = record?;
        if let Some(output) = record.get(field).filter(|_| is_left(&record.id)) {
            held.insert(record.id.clone(), output.clone());
        }
    }
    outputs.append(&mut held);
    Ok(outputs)
}

/// The same of all its records, where the suite keeps outputs.
pub(super) fn to_keep(
    suite: &Suite,
    config: &Config,
    standing: &Standing,
    outcomes: &[Outcome],
) -> Result<Option<Outputs>> {
    let all: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    let keeps = suite.file.golden.keep_outputs;
    keeps.then(|| of_run(suite, config, standing, outcomes, &all)).transpose()
}

/// Writes a golden file, and the outputs that its scores are of where they are kept: these, and those kept before.
///
/// # Errors
/// One of them seems to hold a secret: then nothing is written. A file cannot be written.
pub(super) fn write(folder: &Path, suite: &str, golden: &Golden, outputs: Option<&Outputs>) -> Result<()> {
    if let Some(new) = outputs {
        let path = store::outputs_path(folder, suite);
        let mut kept = KeptOutputs::read(&path)?;
        for (id, output) in new {
            kept.add(id.clone(), output.clone());
        }
        kept.permitted(golden)?;
        kept.write(&path, golden)?;
    }
    store::write(&store::path(folder, suite), golden)
}
