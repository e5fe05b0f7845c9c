//! Golden against new.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::change::{Change, RecordDiff};
use super::decision::measure;
use super::diff::Diff;
use super::family::places;
use super::locked::Locked;
use super::paired::Sample;
use super::verdict::Verdict;

/// Compares the suites of one check: every score and every part by the records that have one on both
/// sides. The tests of all of them are made together, so that the chance of any false verdict stays at
/// 1 − level, however many there are (Holm 1979). The level is the first case's.
#[must_use]
pub fn compare(cases: &[Case<'_>]) -> Vec<Diff> {
    let level = cases.first().map_or(0.95, |case| case.rule.level);
    let samples: Vec<Vec<(Option<&str>, Sample)>> = cases.iter().map(samples).collect();
    let p_values: Vec<Option<f64>> = cases
        .iter()
        .zip(&samples)
        .flat_map(|(case, samples)| samples.iter().map(|(_, sample)| sample.p_value(case.rule.margin)))
        .collect();
    let mut tested = p_values.iter().copied().zip(places(&p_values, level)).map(|(p, place)| p.zip(place));
    let mut diffs = Vec::new();
    for (case, samples) in cases.iter().zip(&samples) {
        let mut measures: Vec<_> = samples
            .iter()
            .map(|(part, sample)| {
                let tested = tested.next().flatten();
                measure(*part, sample, case.rule.margin, level, tested)
            })
            .collect();
        let whole = measures.remove(0);
        let regressed = measures.iter().any(|part| part.verdict == Verdict::Regression);
        let records = record_diffs(case);
        diffs.push(Diff {
            suite: case.suite.clone(),
            model: case.model.clone(),
            golden_model: case.golden_model.clone(),
            verdict: if regressed { Verdict::Regression } else { whole.verdict },
            whole,
            parts: measures,
            counts: counts(case, &records),
            records,
            subject: Vec::new(),
        });
    }
    diffs
}

/// The suite's score first, then its parts by name.
fn samples<'a>(case: &'a Case<'_>) -> Vec<(Option<&'a str>, Sample)> {
    let names = |side: &'a [Locked]| side.iter().flat_map(|locked| locked.parts.keys().map(String::as_str));
    let before: BTreeSet<&str> = names(case.golden).collect();
    let now: BTreeSet<&str> = names(case.new).collect();
    let parts = before.intersection(&now).map(|part| Some(*part));
    std::iter::once(None).chain(parts).map(|part| (part, Sample::of(case, part))).collect()
}

/// The records that are not as they were locked, by id.
fn record_diffs(case: &Case<'_>) -> Vec<RecordDiff> {
    let by_id = |side: &'_ [Locked]| -> BTreeMap<String, Locked> {
        side.iter().map(|locked| (locked.id.clone(), locked.clone())).collect()
    };
    let (mut before, mut now) = (by_id(case.golden), by_id(case.new));
    let ids: BTreeSet<String> = before.keys().chain(now.keys()).cloned().collect();
    let mut diffs = Vec::new();
    for id in ids {
        let (was, now) = (before.remove(&id), now.remove(&id));
        let change = Change::between(was.as_ref(), now.as_ref(), case.rule.tolerance);
        if change != Change::Same {
            diffs.push(RecordDiff { id, change, was, now, reasoning: None, tags: Vec::new() });
        }
    }
    diffs
}

fn counts(case: &Case<'_>, records: &[RecordDiff]) -> BTreeMap<Change, u64> {
    let mut counts: BTreeMap<Change, u64> = BTreeMap::new();
    for record in records {
        *counts.entry(record.change).or_default() += 1;
    }
    let new = records.iter().filter(|record| record.now.is_some()).count();
    let same = case.new.len().saturating_sub(new) as u64;
    if same > 0 {
        counts.insert(Change::Same, same);
    }
    counts
}
