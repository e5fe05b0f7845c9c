//! Two benches of one suite compared, cell by cell and record by record: after an upgrade of model, server or machine.

use serde::Serialize;

use super::cell::CellFigures;
use super::speed::LEVEL;
use super::summary::Bench;
use crate::stats::{Interval, Paired, holm};

/// The chance of a false alarm over all comparisons together.
const ALPHA: f64 = 0.05;

/// Differences of logarithms are made so much smaller that every real one lies between -1 and 1.
const SHRINK: f64 = 32.0;

/// A cell in both benches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Compared {
    pub(crate) cell: String,
    /// Records of both that gave a reply.
    pub(crate) n: u64,
    /// How many times as long a record takes now, by the records of both; below 1 is faster.
    pub(crate) times_as_long: Option<Change>,
    /// How much more right it is now, from -1 to 1, by the labelled records of both.
    pub(crate) rightness: Option<Change>,
    /// The median time before and now, in milliseconds.
    pub(crate) p50_ms: [Option<f64>; 2],
    /// The digests of the model's files before and now.
    pub(crate) digests: [Option<String>; 2],
}

/// A change with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) value: f64,
    pub(crate) interval: Option<Interval>,
    /// Two-sided, of no change, corrected by Holm over all changes of the comparison.
    pub(crate) p_adjusted: f64,
    /// Whether it can be told from chance.
    pub(crate) is_real: bool,
}

struct Both<'b> {
    old: &'b CellFigures,
    new: &'b CellFigures,
    /// Logarithms of times, shrunk.
    times: Option<Paired>,
    rightness: Option<Paired>,
}

/// The cells that have the same name in both.
pub(crate) fn compare(old: &Bench, new: &Bench) -> Vec<Compared> {
    let pairs: Vec<Both<'_>> = new
        .cells
        .iter()
        .filter_map(|cell| {
            let before = old.cells.iter().find(|before| before.meta.name == cell.meta.name)?;
            Some(both(before, cell, new.meta.scale))
        })
        .collect();
    let p_value = |paired: &Paired| paired.p_no_difference().unwrap_or(1.0);
    let tests = pairs.iter().flat_map(|both| [&both.times, &both.rightness]).flatten();
    let p_values: Vec<f64> = tests.map(p_value).collect();
    let mut adjusted = holm(&p_values).unwrap_or(p_values).into_iter();
    pairs
        .iter()
        .map(|both| {
            let mut change = |paired: &Paired| {
                let p_adjusted = adjusted.next().unwrap_or(1.0);
                let value = paired.difference().unwrap_or_default();
                Change { value, interval: paired.interval(LEVEL), p_adjusted, is_real: p_adjusted <= ALPHA }
            };
            let times_as_long = both.times.as_ref().map(&mut change).map(of_logarithms);
            let rightness = both.rightness.as_ref().map(&mut change);
            Compared {
                cell: both.new.meta.name.clone(),
                n: both.times.as_ref().map_or(0, Paired::n),
                times_as_long,
                rightness,
                p50_ms: [both.old.p50_ms(), both.new.p50_ms()],
                digests: [both.old.digest.clone(), both.new.digest.clone()],
            }
        })
        .collect()
}

fn both<'b>(old: &'b CellFigures, new: &'b CellFigures, scale: Option<(f64, f64)>) -> Both<'b> {
    let (mut times, mut right) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (record, now) in &new.by_record {
        let Some(before) = old.by_record.get(record) else { continue };
        if let (Some(before), Some(now)) = (before.ms, now.ms) {
            times.0.push(now.max(1e-6).ln() / SHRINK);
            times.1.push(before.max(1e-6).ln() / SHRINK);
        }
        if let (Some(before), Some(now)) = (before.rightness(scale), now.rightness(scale)) {
            right.0.push(now);
            right.1.push(before);
        }
    }
    let paired =
        |(now, before): (Vec<f64>, Vec<f64>)| Paired::new(now, before).filter(|paired| paired.n() > 0);
    Both { old, new, times: paired(times), rightness: paired(right) }
}

fn of_logarithms(change: Change) -> Change {
    let times = |logarithm: f64| (logarithm * SHRINK).exp();
    let interval = change.interval.map(|ends| Interval {
        low: times(ends.low),
        high: times(ends.high),
        level: ends.level,
    });
    Change { value: times(change.value), interval, ..change }
}
