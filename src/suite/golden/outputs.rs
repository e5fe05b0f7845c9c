//! The outputs that scores are locked of: where they are had from, and keeping them beside the golden file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::standing::Standing;
use crate::error::Result;
use crate::eval::{Outcome, Produced};
use crate::golden::store;
use crate::golden::{FurtherOutputs, Golden, KeptOutputs, MeasuredOutput, Pending, fingerprint};
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// Outputs that are to be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outputs {
    /// Those that reports show, by their records' ids.
    pub(super) shown: BTreeMap<String, Value>,
    pub(super) further: FurtherOutputs,
}

impl Outputs {
    /// Those that wait for a decision; `None` where none are kept.
    pub(super) fn of(pending: &Pending) -> Option<Self> {
        let (shown, further) = (pending.outputs.clone(), pending.further.clone());
        Some(Self { shown, further }).filter(|outputs| *outputs != Self::default())
    }

    /// Adds what was produced for a record.
    fn add(&mut self, outcome: &Outcome) {
        let id = &outcome.id;
        let shown = outcome.subject.as_ref().and_then(|subject| subject.output.as_ref());
        self.shown.extend(shown.map(|output| (id.clone(), output.clone())));
        if outcome.repeats.is_empty() {
            self.measure(id, 0, outcome.subject.as_ref());
        }
        for repeat in &outcome.repeats {
            self.measure(id, repeat.number, repeat.subject.as_ref());
            let output = repeat.subject.as_ref().and_then(|subject| subject.output.as_ref());
            let Some(output) = output.filter(|output| Some(*output) != shown) else { continue };
            let others = self.further.of_tries.entry(id.clone()).or_default();
            if !others.contains(output) {
                others.push(output.clone());
            }
        }
    }

    fn measure(&mut self, id: &str, repeat: u32, produced: Option<&Produced>) {
        let Some((output, trace)) =
            produced.and_then(|produced| Some((produced.output.as_ref()?, &produced.trace)))
        else {
            return;
        };
        self.further.measured.push(MeasuredOutput {
            id: id.to_owned(),
            output: fingerprint(output),
            repeat,
            took_ms: microseconds(trace.took_ms),
            cost_usd: trace.cost_usd,
        });
    }
}

/// A time to the microsecond.
fn microseconds(took_ms: f64) -> f64 {
    (took_ms * 1000.0).round() / 1000.0
}

/// The watched outputs of these records of a run: as they were produced, or as the dataset or a file of outputs holds
/// them now.
pub(super) fn of_run(
    suite: &Suite,
    config: &Config,
    standing: &Standing,
    outcomes: &[Outcome],
    wanted: &BTreeSet<&str>,
) -> Result<Outputs> {
    let mut outputs = Outputs::default();
    for outcome in outcomes.iter().filter(|outcome| wanted.contains(outcome.id.as_str())) {
        outputs.add(outcome);
    }
    let is_left = |id: &str| wanted.contains(id) && !outputs.shown.contains_key(id);
    let Some(field) = &standing.watched else { return Ok(outputs) };
    if !wanted.iter().any(|id| is_left(id)) {
        return Ok(outputs);
    }
    let mut held = BTreeMap::new();
    for record in standing.each(suite, config)? {
        let record = record?;
        if let Some(output) = record.get(field).filter(|_| is_left(&record.id)) {
            held.insert(record.id.clone(), output.clone());
        }
    }
    outputs.shown.append(&mut held);
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
    if let Some(Outputs { shown, further }) = outputs {
        let mut kept = KeptOutputs::read(folder, suite)?;
        for (id, output) in shown {
            kept.add(id.clone(), output.clone());
        }
        for (id, output) in further.of_tries.iter().flat_map(|(id, all)| all.iter().map(move |one| (id, one)))
        {
            kept.add(id.clone(), output.clone());
        }
        for measured in &further.measured {
            kept.add_measured(measured.clone());
        }
        kept.permitted(golden)?;
        kept.write(folder, golden)?;
    }
    store::write(&store::path(folder, suite), golden)
}
