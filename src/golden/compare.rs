//! Golden compared with new: paired tests, corrected for their number, the rules that hold on every record, and what is
//! concluded.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{Breach, BrokenRule, Change, Diff, GoldenComparison, RecordDiff, Verdict};
use super::locked::Locked;
use super::rule::{Input, Policy, Rule, paired};
use crate::judge::Reason;
use crate::number::real;
use crate::stats::{Interval, Paired, PairedMethod, holm};

/// The chance that a suite of which nothing changed is called worse by the test.
const ALPHA: f64 = 0.05;

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

/// A suite and its parts, as they are tested.
struct Tested<'a> {
    rule: &'a Rule,
    /// The suite's score first, then its parts by name.
    all: Vec<(Option<&'a str>, Paired)>,
}

impl<'a> Tested<'a> {
    fn of(input: &'a Input<'_>) -> Self {
        let names =
            |side: &'a [Locked]| side.iter().flat_map(|locked| locked.parts.keys().map(String::as_str));
        let before: BTreeSet<&str> = names(input.golden).collect();
        let now: BTreeSet<&str> = names(input.new).collect();
        let parts = before.intersection(&now).map(|part| Some(*part));
        let all = std::iter::once(None).chain(parts);
        Self { rule: &input.rule, all: all.map(|part| (part, paired(input, part))).collect() }
    }

    /// A p-value of each. A part that is the whole is not a second test.
    fn p_values(&self, of: impl Fn(&Paired) -> Option<f64>) -> Vec<Option<f64>> {
        let whole = self.all.first().map(|(_, whole)| whole);
        let again = |(part, paired): &(Option<&str>, Paired)| part.is_some() && Some(paired) == whole;
        self.all.iter().map(|one| if again(one) { None } else { of(&one.1) }).collect()
    }

    /// Whether anything is worse: one-sided tests against no change.
    fn asked(self) -> Vec<GoldenComparison> {
        let worse = adjusted_tests(&self.p_values(Paired::p_worse), 1.0 - ALPHA);
        let better = adjusted_tests(&self.p_values(Paired::p_better), 1.0 - ALPHA);
        let rejected = |test: Option<AdjustedTest>| test.is_some_and(|test| test.rejected);
        let mut compared = Vec::new();
        for (((part, paired), worse), better) in self.all.iter().zip(worse).zip(better) {
            let verdict = match paired.method() {
                PairedMethod::None if paired.n() == 0 => Verdict::Inconclusive,
                _ if rejected(worse) => Verdict::Regression,
                _ if rejected(better) => Verdict::Improvement,
                _ => Verdict::Pass,
            };
            compared.push(GoldenComparison {
                p_value: paired.p_worse(),
                adjusted_p: worse.map(|test| test.adjusted_p),
                p_better: paired.p_better(),
                // One-sided.
                smallest_effect: paired.smallest(2.0 * ALPHA),
                verdict,
                ..described(*part, paired, self.rule.level)
            });
        }
        self.as_the_whole(&mut compared);
        compared
    }

    /// What is the whole is concluded like it.
    fn as_the_whole(&self, compared: &mut [GoldenComparison]) {
        let Some(((_, whole), (first, parts))) = self.all.first().zip(compared.split_first_mut()) else {
            return;
        };
        for (part, (_, paired)) in parts.iter_mut().zip(self.all.iter().skip(1)) {
            if paired == whole {
                part.verdict = first.verdict;
                part.adjusted_p = first.adjusted_p;
            }
        }
    }

    /// Whether it is proved that nothing is worse by `margin`; each test with its place among all.
    fn proved(
        self,
        margin: f64,
        tests: &mut impl Iterator<Item = Option<(f64, AdjustedTest)>>,
    ) -> Vec<GoldenComparison> {
        let of = |(part, paired): (Option<&str>, Paired)| {
            let tested = tests.next().flatten();
            let level = tested.map_or(self.rule.level, |(_, place)| place.level);
            let described = described(part, &paired, level);
            let deciding = described.interval.filter(|_| tested.is_some_and(|(_, place)| place.rejected));
            GoldenComparison {
                prove: Some(margin),
                p_value: tested.map(|(p, _)| p),
                adjusted_p: tested.map(|(_, place)| place.adjusted_p),
                smallest_effect: paired.smallest(1.0 - level),
                n_needed: paired.n_needed(margin, 1.0 - level),
                verdict: verdict(paired.method(), deciding, margin),
                ..described
            }
        };
        self.all.into_iter().map(of).collect()
    }
}

/// What needs no test.
fn described(part: Option<&str>, paired: &Paired, level: f64) -> GoldenComparison {
    GoldenComparison {
        part: part.map(str::to_owned),
        method: paired.method(),
        n: paired.n(),
        clusters: paired.clusters(),
        golden_mean: paired.old_mean(),
        new_mean: paired.new_mean(),
        difference: paired.difference(),
        interval: paired.interval(level),
        prove: None,
        higher: paired.higher(),
        lower: paired.lower(),
        p_value: None,
        adjusted_p: None,
        p_better: None,
        p_no_difference: paired.p_no_difference(),
        smallest_effect: None,
        n_needed: None,
        verdict: Verdict::Inconclusive,
    }
}

/// The test and the interval must both say it: for scores they are two methods.
fn verdict(method: PairedMethod, deciding: Option<Interval>, margin: f64) -> Verdict {
    match (method, deciding) {
        (PairedMethod::Unchanged, _) => Verdict::Pass,
        (_, Some(interval)) if interval.high < -margin => Verdict::Regression,
        (_, Some(interval)) if interval.low > 0.0 => Verdict::Improvement,
        (_, Some(interval)) if interval.low > -margin => Verdict::Pass,
        _ => Verdict::Inconclusive,
    }
}

/// Compares the suites of one check: every score and every part by the records that have one on both sides, and the
/// required checks record by record.
///
/// A suite is worse where the one-sided test against no change says so at 5 %, corrected over the suite's parts (Holm
/// 1979). Where it is to be proved that nothing is worse, the tests of all suites are corrected together, so that the
/// chance of any false verdict stays at 1 − level; the level is the first suite's.
///
/// Under [`Policy::Strict`] call [`hold_strictly`] once what got worse is confirmed.
#[must_use]
pub fn compare(cases: &[Input<'_>]) -> Vec<Diff> {
    let level = cases.first().map_or(0.95, |input| input.rule.level);
    let tested: Vec<Tested<'_>> = cases.iter().map(Tested::of).collect();
    let p_values: Vec<Option<f64>> = tested
        .iter()
        .filter_map(|tested| Some((tested, tested.rule.prove?)))
        .flat_map(|(tested, margin)| tested.all.iter().map(move |(_, paired)| paired.p_worse_by(margin)))
        .collect();
    let mut proofs =
        p_values.iter().copied().zip(adjusted_tests(&p_values, level)).map(|(p, place)| p.zip(place));
    let mut diffs = Vec::new();
    for (input, tested) in cases.iter().zip(tested) {
        let mut compared = match input.rule.prove {
            None => tested.asked(),
            Some(margin) => tested.proved(margin, &mut proofs),
        };
        let whole = compared.remove(0);
        let records = record_diffs(input);
        let mut diff = Diff {
            suite: input.suite.clone(),
            model: input.model.clone(),
            golden_model: input.golden_model.clone(),
            policy: input.rule.policy,
            verdict: Verdict::Pass,
            whole,
            parts: compared,
            counts: counts(input, &records),
            records,
            broken: broken(input),
            subject: Vec::new(),
            outputs: BTreeMap::new(),
        };
        diff.verdict = concluded(&diff);
        diffs.push(diff);
    }
    diffs
}

/// Under [`Policy::Strict`] every record that passed and fails now breaks the rule, unless confirmation calls it flaky.
pub fn hold_strictly(diff: &mut Diff, rule: &Rule) {
    if rule.policy != Policy::Strict {
        return;
    }
    let passes = |side: &Option<Locked>| side.as_ref()?.score.map(|score| score >= rule.pass_at - 1e-9);
    let failed = |record: &&RecordDiff| {
        record.change == Change::Worse
            && passes(&record.was) == Some(true)
            && passes(&record.now) == Some(false)
            && diff.broken.iter().all(|broken| broken.record != record.id)
    };
    let failed: Vec<BrokenRule> = diff
        .records
        .iter()
        .filter(failed)
        .map(|record| BrokenRule {
            record: record.id.clone(),
            check: None,
            breach: Breach::Failed,
            reason: record.reasoning.clone(),
        })
        .collect();
    diff.broken.extend(failed);
    diff.verdict = concluded(diff);
}

/// A broken rule needs no statistics; a strict suite asks for none.
fn concluded(diff: &Diff) -> Verdict {
    let regressed = diff.parts.iter().any(|part| part.verdict == Verdict::Regression);
    match diff.policy {
        _ if !diff.broken.is_empty() => Verdict::Regression,
        Policy::Strict if diff.whole.n > 0 => Verdict::Pass,
        _ if regressed => Verdict::Regression,
        _ => diff.whole.verdict,
    }
}

/// The required checks that held, and are not known to hold now.
///
/// A record without a judge's score still has what its checks found. One whose reply is not recorded was not judged at
/// all, and breaks nothing.
fn broken(input: &Input<'_>) -> Vec<BrokenRule> {
    if input.rule.policy == Policy::Statistical {
        return Vec::new();
    }
    let before: BTreeMap<&str, &Locked> =
        input.golden.iter().map(|locked| (locked.id.as_str(), locked)).collect();
    let mut broken = Vec::new();
    for now in input.new.iter().filter(|now| now.unscored != Some(Reason::NotRecorded)) {
        let Some(before) = before.get(now.id.as_str()) else { continue };
        for check in &input.rule.required {
            let held = |locked: &Locked| locked.parts.get(check).map(|value| *value >= 1.0);
            let breach = match (held(before), held(now)) {
                (Some(true), Some(false)) => Breach::Failed,
                (Some(true), None) => Breach::NotEvaluated,
                _ => continue,
            };
            broken.push(BrokenRule {
                record: now.id.clone(),
                check: Some(check.clone()),
                breach,
                reason: None,
            });
        }
    }
    broken.sort_by(|left, right| {
        let key = |rule: &BrokenRule| {
            (rule.breach == Breach::NotEvaluated, rule.record.clone(), rule.check.clone())
        };
        key(left).cmp(&key(right))
    });
    broken
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
