//! Golden against new: from paired tests, corrected for their number, and their power to verdicts.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{Change, Diff, GoldenComparison, Method, RecordDiff, Verdict};
use super::locked::Locked;
use super::paired::{Input, Sample};
use crate::number::real;
use crate::stats::{Comparison, Interval, holm, mean};

/// The chance with which a difference shall be found.
const POWER: f64 = 0.8;

/// The smallest difference that the sample shows with a chance of 80 %, tested at this level.
pub(super) fn smallest_effect(sample: &Sample, level: f64) -> Option<f64> {
    let effect = plan(sample, level)?.detectable(sample.n())?;
    Some(effect.min(1.0))
}

/// How many records it takes to show, with a chance of 80 %, that nothing is worse by `margin`.
pub(super) fn n_needed(sample: &Sample, margin: f64, level: f64) -> Option<u64> {
    plan(sample, level)?.required_n(margin)
}

fn plan(sample: &Sample, level: f64) -> Option<Comparison> {
    let between_items = sample.variance()?;
    Some(Comparison { alpha: 1.0 - level, power: POWER, between_items, left_noise: 0.0, right_noise: 0.0 })
}

/// One test's place among all that are made together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AdjustedTest {
    /// Its p-value after Holm's adjustment.
    pub(super) adjusted_p: f64,
    /// The level of the interval that says the same as the adjusted test.
    pub(super) level: f64,
    /// Whether the adjusted p-value is small enough.
    pub(super) rejected: bool,
}

/// The tests' places at a level for all of them together; none for what is not tested.
///
/// Holm (1979) goes through the p-values from the smallest and compares the i-th with α/(k − i) until
/// one is not small enough: what comes after it is seen at the level of that one.
pub(super) fn adjusted_tests(p_values: &[Option<f64>], level: f64) -> Vec<Option<AdjustedTest>> {
    let tested: Vec<f64> = p_values.iter().flatten().copied().collect();
    let adjusted = holm(&tested).unwrap_or_else(|| vec![1.0; tested.len()]);
    let alpha = 1.0 - level;
    let rejected = adjusted.iter().filter(|p| **p <= alpha).count();
    let share = |rank: usize| alpha / real((tested.len() - rank.min(tested.len().saturating_sub(1))).max(1));
    let mut next = adjusted.iter().zip(&tested);
    p_values
        .iter()
        .map(|p_value| {
            (*p_value)?;
            let (adjusted_p, p) = next.next()?;
            let rank = tested.iter().filter(|other| *other < p).count().min(rejected);
            Some(AdjustedTest {
                adjusted_p: *adjusted_p,
                level: 1.0 - share(rank),
                rejected: *adjusted_p <= alpha,
            })
        })
        .collect()
}

/// A measure and its verdict. `tested` is its p-value, and the test's place among all that are made
/// together; `level` is that of all of them.
pub(super) fn comparison(
    part: Option<&str>,
    sample: &Sample,
    margin: f64,
    level: f64,
    tested: Option<(f64, AdjustedTest)>,
) -> GoldenComparison {
    let method = sample.method();
    let level = tested.map_or(level, |(_, place)| place.level);
    let interval = sample.interval(level);
    let deciding = interval.filter(|_| tested.is_some_and(|(_, place)| place.rejected));
    GoldenComparison {
        part: part.map(str::to_owned),
        method,
        n: sample.n(),
        clusters: sample.clusters(),
        golden_mean: mean(&sample.golden),
        new_mean: mean(&sample.new),
        difference: sample.difference(),
        interval,
        margin,
        higher: sample.higher(),
        lower: sample.lower(),
        p_value: tested.map(|(p, _)| p),
        adjusted_p: tested.map(|(_, place)| place.adjusted_p),
        p_no_difference: sample.p_no_difference(),
        smallest_effect: smallest_effect(sample, level),
        n_needed: n_needed(sample, margin, level),
        verdict: verdict(method, deciding, margin),
    }
}

/// The test and the interval must both say it: for scores they are two methods.
fn verdict(method: Method, deciding: Option<Interval>, margin: f64) -> Verdict {
    match (method, deciding) {
        (Method::Unchanged, _) => Verdict::Pass,
        (_, Some(interval)) if interval.high < -margin => Verdict::Regression,
        (_, Some(interval)) if interval.low > 0.0 => Verdict::Improvement,
        (_, Some(interval)) if interval.low > -margin => Verdict::Pass,
        _ => Verdict::Inconclusive,
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_test_has_the_whole_level() {
        let alone = AdjustedTest { adjusted_p: 0.3, level: 0.95, rejected: false };
        assert_eq!(adjusted_tests(&[Some(0.3)], 0.95), [Some(alone)]);
        assert_eq!(adjusted_tests(&[None], 0.95), [None]);
    }

    #[test]
    fn levels_follow_the_steps() {
        let found = adjusted_tests(&[Some(0.5), None, Some(0.001), Some(0.02)], 0.94);
        let levels: Vec<f64> = found.iter().flatten().map(|place| place.level).collect();
        // 0.001 is tested at 0.06/3; 0.02 at 0.06/2; 0.5 at 0.06.
        for (level, expected) in levels.iter().zip([0.94, 0.98, 0.97]) {
            assert!((level - expected).abs() < 1e-12, "{levels:?}");
        }
        // Where the first is not small enough, all are seen at its level.
        let found = adjusted_tests(&[Some(0.5), Some(0.2), Some(0.9)], 0.94);
        assert!(found.iter().flatten().all(|place| (place.level - 0.98).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn the_adjusted_test_and_the_level_say_the_same() {
        let p_values = [0.004, 0.011, 0.03, 0.04].map(Some);
        for (p, place) in p_values.iter().flatten().zip(adjusted_tests(&p_values, 0.95).iter().flatten()) {
            assert_eq!(place.rejected, *p <= 1.0 - place.level, "{p} {place:?}");
        }
    }
}
