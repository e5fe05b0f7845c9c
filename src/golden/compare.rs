//! Golden against new.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, RecordDiff};
use super::decision::comparison;
use super::diff::Diff;
use super::input::Input;
use super::locked::Locked;
use super::multiplicity::adjusted_tests;
use super::paired::Sample;
use super::verdict::Verdict;

/// Compares the suites of one check: every score and every part by the records that have one on both
/// sides. The tests of all of them are made together, so that the chance of any false verdict stays at
/// 1 − level, however many there are (Holm 1979). The level is the first case's.
#[must_use]
pub fn compare(cases: &[Input<'_>]) -> Vec<Diff> {
    let level = cases.first().map_or(0.95, |input| input.rule.level);
    let samples: Vec<Vec<(Option<&str>, Sample)>> = cases.iter().map(samples).collect();
    let p_values: Vec<Option<f64>> = cases
        .iter()
        .zip(&samples)
        .flat_map(|(input, samples)| samples.iter().map(|(_, sample)| sample.p_value(input.rule.margin)))
        .collect();
    let mut tested =
        p_values.iter().copied().zip(adjusted_tests(&p_values, level)).map(|(p, place)| p.zip(place));
    let mut diffs = Vec::new();
    for (input, samples) in cases.iter().zip(&samples) {
        let mut measures: Vec<_> = samples
            .iter()
            .map(|(part, sample)| {
                let tested = tested.next().flatten();
                comparison(*part, sample, input.rule.margin, level, tested)
            })
            .collect();
        let whole = measures.remove(0);
        let regressed = measures.iter().any(|part| part.verdict == Verdict::Regression);
        let records = record_diffs(input);
        diffs.push(Diff {
            suite: input.suite.clone(),
            model: input.model.clone(),
            golden_model: input.golden_model.clone(),
            verdict: if regressed { Verdict::Regression } else { whole.verdict },
            whole,
            parts: measures,
            counts: counts(input, &records),
            records,
            subject: Vec::new(),
        });
    }
    diffs
}

/// The suite's score first, then its parts by name.
fn samples<'a>(input: &'a Input<'_>) -> Vec<(Option<&'a str>, Sample)> {
    let names = |side: &'a [Locked]| side.iter().flat_map(|locked| locked.parts.keys().map(String::as_str));
    let before: BTreeSet<&str> = names(input.golden).collect();
    let now: BTreeSet<&str> = names(input.new).collect();
    let parts = before.intersection(&now).map(|part| Some(*part));
    std::iter::once(None).chain(parts).map(|part| (part, Sample::of(input, part))).collect()
}

/// The records that are not as they were locked, by id.
fn record_diffs(input: &Input<'_>) -> Vec<RecordDiff> {
    let by_id = |side: &'_ [Locked]| -> BTreeMap<String, Locked> {
        side.iter().map(|locked| (locked.id.clone(), locked.clone())).collect()
    };
    let (mut before, mut now) = (by_id(input.golden), by_id(input.new));
    let ids: BTreeSet<String> = before.keys().chain(now.keys()).cloned().collect();
    let mut diffs = Vec::new();
    for id in ids {
        let (was, now) = (before.remove(&id), now.remove(&id));
        let change = Change::between(was.as_ref(), now.as_ref(), input.rule.tolerance);
        if change != Change::Same {
            diffs.push(RecordDiff { id, change, was, now, reasoning: None, tags: Vec::new() });
        }
    }
    diffs
}

fn counts(input: &Input<'_>, records: &[RecordDiff]) -> BTreeMap<Change, u64> {
    let mut counts: BTreeMap<Change, u64> = BTreeMap::new();
    for record in records {
        *counts.entry(record.change).or_default() += 1;
    }
    let new = records.iter().filter(|record| record.now.is_some()).count();
    let same = input.new.len().saturating_sub(new) as u64;
    if same > 0 {
        counts.insert(Change::Same, same);
    }
    counts
}
