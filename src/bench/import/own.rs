//! Lines of evenhand's own `calls.jsonl`, and what they tell of a bench whose `bench.json` is not there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::line::{Line, Phase};
use crate::bench::meta::{CellMeta, FORMAT, Meta};

pub(super) fn is_line(value: &Value) -> bool {
    ["cell", "phase", "elapsed_ms"].iter().all(|key| value.get(key).is_some())
}

pub(super) fn lines(entries: Vec<Value>) -> Result<Vec<Line>, String> {
    let line = |(number, entry): (usize, Value)| {
        serde_json::from_value(entry).map_err(|fault| format!("measurement {}: {fault}", number + 1))
    };
    entries.into_iter().enumerate().map(line).collect()
}

/// What the lines tell of their bench: not its prices, its machine and its settings.
pub(in crate::bench) fn meta_of(lines: &[Line], suite: &str) -> Meta {
    let measured = || lines.iter().filter(|line| line.phase == Phase::Measured);
    let records: BTreeSet<&str> = measured().filter_map(|line| line.record.as_deref()).collect();
    let mut names: Vec<&str> = Vec::new();
    for line in lines {
        if !names.contains(&line.cell.as_str()) {
            names.push(&line.cell);
        }
    }
    let cell = |name: &&str| CellMeta {
        name: (*name).to_owned(),
        model: (*name).to_owned(),
        full_name: (*name).to_owned(),
        strategy: String::new(),
        vary: Vec::new(),
        price: None,
        is_here: false,
    };
    Meta {
        format: FORMAT,
        evenhand: String::new(),
        begun: String::new(),
        machine: None,
        suite: suite.to_owned(),
        dataset: String::new(),
        selection: String::new(),
        records: records.len() as u64,
        scale: scale(lines),
        seed: 0,
        rounds: measured().map(|line| line.round + 1).max().unwrap_or(0),
        warm_up: 0,
        fixed: 0,
        at_once: Vec::new(),
        cells: names.iter().map(cell).collect(),
    }
}

/// The ends of a numeric scale: labels are numbers, and lie where their values say.
fn scale(lines: &[Line]) -> Option<(f64, f64)> {
    let labels = lines.iter().flat_map(|line| {
        let expected = line.expected.as_ref().map(|expected| (expected.label.as_str(), expected.value));
        let given = line.given.as_ref().map(|given| (given.label.as_str(), given.value));
        expected.into_iter().chain(given)
    });
    let known = labels.filter_map(|(label, value)| Some((label.parse::<f64>(), value?)));
    let known: Vec<(f64, f64)> =
        known.map(|(label, value)| label.map(|label| (label, value))).collect::<Result<_, _>>().ok()?;
    let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let (low, high) = (known.iter().min_by(by_value)?, known.iter().max_by(by_value)?);
    let one = (high.0 - low.0) / (high.1 - low.1);
    let (start, end) = (low.0 - low.1 * one, high.0 + (1.0 - high.1) * one);
    (one.is_finite() && one > 0.0).then(|| (start.round(), end.round()))
}
