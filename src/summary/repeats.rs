//! What records say that were taken several times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, Rate};
use crate::check::{Examined, Measured, Verdict};
use crate::eval::{Outcome, Repeat};
use crate::number::real;
use crate::stats::{ExactSum, Interval, Moments, Repeated, flip_rate, mean, pass_at_k, pass_hat_k, variance};

/// The records that were taken several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepeatSummary {
    /// How often a record was taken.
    pub repeats: u64,
    /// Records of which at least two repeats have a score.
    pub records: u64,
    /// Repeats with a score, of all that were taken.
    pub scored: Rate,
    /// The mean over records of their mean score, and where its error comes from.
    pub(crate) mean: RepeatedMean,
    /// The score from which on a repeat passes.
    pub pass_at: f64,
    /// For k from 1: the chance that one of k repeats passes, and that all of them do.
    pub(crate) passes: Vec<PassAtK>,
    /// Repeats whose verdict is not that of most of their record's, of those with a score.
    pub flips: Rate,
    /// Records of which not all repeats have the same verdict.
    pub flipping_records: Rate,
    /// The chance that a single draw differs from the record's usual verdict, from how often two repeats of a
    /// record differ: what the number of confirmations is chosen by.
    pub flip_rate: Option<f64>,
    /// The records that flip most.
    pub(crate) flipping: Vec<Flipping>,
}

impl RepeatSummary {
    /// pass@k and pass^k, in `0..=1`: the chance that one of `k` repeats passes, and that all of them do. `None` for a
    /// `k` of 0, or above the number of repeats.
    #[must_use]
    pub fn pass_at(&self, k: u64) -> Option<(f64, f64)> {
        let found = self.passes.iter().find(|passes| passes.k == k)?;
        found.any.zip(found.all)
    }
}

/// A mean over records with several repeats (Miller 2024, arXiv 2411.00640).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RepeatedMean {
    /// The mean in `0..=1`.
    pub value: Option<f64>,
    /// √((ω² + σ²/K)/n).
    pub standard_error: Option<f64>,
    /// The normal interval.
    pub interval: Option<Interval>,
    /// How many records.
    pub n: u64,
    /// ω²: the variance between records.
    pub between_records: Option<f64>,
    /// σ²: the mean variance between the repeats of a record.
    pub within_record: Option<f64>,
    /// The standard error with a single repeat.
    pub standard_error_of_one: Option<f64>,
}

/// What k repeats come to, over the records with at least k scored repeats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PassAtK {
    /// k.
    pub k: u64,
    /// How many records.
    pub n: u64,
    /// pass@k: at least one of k passes (Chen 2021, arXiv 2107.03374).
    pub any: Option<f64>,
    /// Its normal interval over records.
    pub any_interval: Option<Interval>,
    /// pass^k: all of k pass (Yao 2024, arXiv 2406.12045).
    pub all: Option<f64>,
    /// Its normal interval over records.
    pub all_interval: Option<Interval>,
}

/// A record whose repeats have different verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flipping {
    /// The record's id.
    pub id: String,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<String, u64>,
    /// The sample variance of its scores.
    pub variance: Option<f64>,
}

/// The most flipping records a summary keeps.
const MOST_FLIPPING: usize = 50;

/// The largest k that is told.
const LARGEST_K: usize = 100;

/// Takes outcomes in any order; those that were taken once do not count.
#[derive(Clone, Debug, Default)]
pub(super) struct RepeatsTally {
    pass_at: f64,
    repeats: u64,
    records: u64,
    scored: (u64, u64),
    mean: Repeated,
    passes: Vec<(Moments, Moments)>,
    flips: (u64, u64),
    flipping_records: u64,
    disagreement: ExactSum,
    flipping: Vec<(f64, u64, Flipping)>,
}

impl RepeatsTally {
    pub(super) fn of(pass_at: f64) -> Self {
        Self { pass_at, ..Self::default() }
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        if outcome.repeats.is_empty() {
            return;
        }
        self.repeats = self.repeats.max(outcome.repeats.len() as u64);
        let scores: Vec<_> = outcome.repeats.iter().filter_map(Repeat::score).collect();
        self.scored.0 += scores.len() as u64;
        self.scored.1 += outcome.repeats.len() as u64;
        let values: Vec<f64> = scores.iter().filter_map(|score| score.value).collect();
        self.mean.add(&values);
        self.add_passes(&values);
        if scores.len() < 2 {
            return;
        }
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for score in &scores {
            *verdicts.entry(score.label.clone()).or_default() += 1;
        }
        self.add_verdicts(outcome, verdicts, scores.len() as u64, variance(&values));
    }

    fn add_passes(&mut self, values: &[f64]) {
        let (n, passed) =
            (values.len() as u64, values.iter().filter(|value| **value >= self.pass_at).count() as u64);
        for k in 1..=values.len().min(LARGEST_K) {
            if self.passes.len() < k {
                self.passes.push((Moments::default(), Moments::default()));
            }
            let both = pass_at_k(n, passed, k as u64).zip(pass_hat_k(n, passed, k as u64));
            if let (Some((any, all)), Some(sums)) = (both, self.passes.get_mut(k - 1)) {
                sums.0.add(any);
                sums.1.add(all);
            }
        }
    }

    fn add_verdicts(
        &mut self,
        outcome: &Outcome,
        verdicts: BTreeMap<String, u64>,
        n: u64,
        variance: Option<f64>,
    ) {
        let most = verdicts.values().copied().max().unwrap_or(0);
        self.records += 1;
        self.flips.0 += n - most;
        self.flips.1 += n;
        let same_pairs: u64 = verdicts.values().map(|number| number * (number - 1)).sum();
        let disagreement = 1.0 - ratio(same_pairs, n * (n - 1));
        self.disagreement.add(disagreement);
        if verdicts.len() < 2 {
            return;
        }
        self.flipping_records += 1;
        let flipping = Flipping { id: outcome.id.clone(), verdicts, variance };
        self.flipping.push((disagreement, outcome.index, flipping));
        if self.flipping.len() > 2 * MOST_FLIPPING {
            self.keep_most();
        }
    }

    /// Those that flip most first; among equals the earlier.
    fn keep_most(&mut self) {
        self.flipping.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.flipping.truncate(MOST_FLIPPING);
    }

    /// The numbers; `None` where every record was taken once.
    pub(super) fn summary(&self) -> Option<RepeatSummary> {
        if self.repeats == 0 {
            return None;
        }
        let mut sorted = self.clone();
        sorted.keep_most();
        let passes = (1..).zip(&self.passes).map(|(k, (any, all))| pass_at(k, any, all));
        let disagreement = (self.records > 0)
            .then(|| self.disagreement.total())
            .flatten()
            .map(|sum| sum / ratio(self.records, 1));
        Some(RepeatSummary {
            repeats: self.repeats,
            records: self.records,
            scored: Rate::of(self.scored.0, self.scored.1),
            mean: self.mean(),
            pass_at: self.pass_at,
            passes: passes.collect(),
            flips: Rate::of(self.flips.0, self.flips.1),
            flipping_records: Rate::of(self.flipping_records, self.records),
            flip_rate: disagreement.and_then(flip_rate),
            flipping: sorted.flipping.into_iter().map(|(_, _, flipping)| flipping).collect(),
        })
    }

    fn mean(&self) -> RepeatedMean {
        let estimate = self.mean.estimate();
        let interval = estimate.and_then(|estimate| estimate.interval(LEVEL));
        RepeatedMean {
            value: estimate.map(|estimate| estimate.value),
            standard_error: estimate.and_then(|estimate| estimate.standard_error),
            interval: interval.map(|interval| interval.within(0.0, 1.0)),
            n: self.mean.n(),
            between_records: self.mean.between(),
            within_record: self.mean.within(),
            standard_error_of_one: self.mean.standard_error_at(1),
        }
    }
}

fn pass_at(k: u64, any: &Moments, all: &Moments) -> PassAtK {
    let interval = |moments: &Moments| Some(moments.estimate()?.interval(LEVEL)?.within(0.0, 1.0));
    PassAtK {
        k,
        n: any.n(),
        any: any.mean(),
        any_interval: interval(any),
        all: all.mean(),
        all_interval: interval(all),
    }
}

/// What came of a check in the repeats of a record.
pub(super) struct RepeatedCheck<'a> {
    /// What it was worth: the mean over the repeats, `None` where it was worth nothing in any of them.
    pub(super) value: Result<Option<f64>, Skipped>,
    /// What its metric found in each, if it has one.
    pub(super) measured: Vec<&'a Measured>,
}

/// What came of a check in these repeats.
pub(super) fn checked<'a>(repeats: &'a [Repeat], check: &Examined) -> RepeatedCheck<'a> {
    let same = repeats.iter().flat_map(|repeat| &repeat.checks).filter(|other| other.name == check.name);
    let same: Vec<&Examined> = same.collect();
    let verdicts: Vec<Verdict> = same.iter().map(|examined| examined.verdict).collect();
    RepeatedCheck {
        value: worth(&verdicts),
        measured: same.into_iter().filter_map(|examined| examined.measured.as_ref()).collect(),
    }
}

fn worth(verdicts: &[Verdict]) -> Result<Option<f64>, Skipped> {
    if verdicts.iter().all(|verdict| *verdict == Verdict::Skipped) {
        return Err(Skipped);
    }
    let values: Vec<f64> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Pass => Some(1.0),
            Verdict::Fail => Some(0.0),
            Verdict::NotApplicable | Verdict::Skipped => None,
        })
        .collect();
    Ok(mean(&values))
}

/// A check leaves a record out.
#[derive(Clone, Copy)]
pub(super) struct Skipped;

fn ratio(number: u64, of: u64) -> f64 {
    real(number) / real(of)
}
