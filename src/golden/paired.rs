//! The same records before and now, how strictly they are compared, and the tests of their differences.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::Method;
use super::locked::Locked;
use crate::number::real;
use crate::stats::{
    Bootstrap, FewClusters, Interval, PairedOutcomes, clustered_mean, mean, normal, paired_permutation,
    variance,
};

/// A suite's scores, before and now.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The suite.
    pub suite: String,
    /// The model that judged before.
    pub golden_model: String,
    /// The model that judges now.
    pub model: String,
    /// The scores before.
    pub golden: &'a [Locked],
    /// The scores now.
    pub new: &'a [Locked],
    /// How strictly they are compared.
    pub rule: Rule,
}

/// How strictly scores are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// How much worse the mean score may be, in `0..1`.
    pub margin: f64,
    /// The level of all intervals of one comparison together, inside `0..1`.
    pub level: f64,
    /// Scores of a record that differ by no more than this are the same, in `0..1`.
    pub tolerance: f64,
    /// By record, the source that it shares with others; empty where records are independent.
    pub clusters: BTreeMap<String, String>,
    /// The seed of permutations and resamples.
    pub seed: u64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { margin: 0.05, level: 0.95, tolerance: 0.005, clusters: BTreeMap::new(), seed: 20 }
    }
}

/// Sign patterns that are drawn where they are too many to try all.
const DRAWS: u32 = 4999;

/// Resamples of a bootstrap.
const RESAMPLES: u32 = 2000;

/// Above so many items the interval is the large-sample one: resampling shows nothing more there.
const MOST_RESAMPLED: usize = 2000;

/// The scores of the records that have one on both sides.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) golden: Vec<f64>,
    pub(super) new: Vec<f64>,
    /// Each record's cluster; empty where records are independent.
    clusters: Vec<String>,
    tolerance: f64,
    seed: u64,
}

/// A record's, or a whole cluster's, share in the difference.
#[derive(Clone, Copy, Debug)]
struct Item {
    difference: f64,
    records: f64,
}

impl Sample {
    /// The suite's scores, or those of a part.
    pub(super) fn of(input: &Input<'_>, part: Option<&str>) -> Self {
        let value = |locked: &Locked| match part {
            None => locked.score,
            Some(part) => locked.parts.get(part).copied(),
        };
        let before: BTreeMap<&str, f64> =
            input.golden.iter().filter_map(|locked| Some((locked.id.as_str(), value(locked)?))).collect();
        // In the order of ids: the draws of a bootstrap hang on it.
        let now: BTreeMap<&str, f64> =
            input.new.iter().filter_map(|locked| Some((locked.id.as_str(), value(locked)?))).collect();
        let mut sample = Self {
            golden: Vec::new(),
            new: Vec::new(),
            clusters: Vec::new(),
            tolerance: input.rule.tolerance,
            seed: input.rule.seed,
        };
        for (id, now) in now {
            let Some(before) = before.get(id) else { continue };
            sample.golden.push(*before);
            sample.new.push(now);
            if !input.rule.clusters.is_empty() {
                let alone = || format!("\u{0}{id}");
                sample.clusters.push(input.rule.clusters.get(id).cloned().unwrap_or_else(alone));
            }
        }
        sample
    }

    pub(super) fn n(&self) -> u64 {
        self.new.len() as u64
    }

    /// How many clusters there are, where records share a source.
    pub(super) fn clusters(&self) -> Option<u64> {
        let different: BTreeSet<&String> = self.clusters.iter().collect();
        (!self.clusters.is_empty()).then_some(different.len() as u64)
    }

    pub(super) fn differences(&self) -> impl Iterator<Item = f64> {
        self.new.iter().zip(&self.golden).map(|(new, golden)| new - golden)
    }

    pub(super) fn difference(&self) -> Option<f64> {
        mean(&self.differences().collect::<Vec<f64>>())
    }

    pub(super) fn higher(&self) -> u64 {
        self.differences().filter(|by| *by > self.tolerance + 1e-9).count() as u64
    }

    pub(super) fn lower(&self) -> u64 {
        self.differences().filter(|by| *by < -self.tolerance - 1e-9).count() as u64
    }

    /// How it can be tested.
    pub(super) fn method(&self) -> Method {
        let binary = |scores: &[f64]| scores.iter().all(|score| *score <= 0.0 || *score >= 1.0);
        match (self.n(), self.clusters()) {
            (0, _) => Method::None,
            _ if self.higher() + self.lower() == 0 => Method::Unchanged,
            (_, Some(0 | 1)) => Method::None,
            (_, Some(_)) => Method::Clusters,
            _ if binary(&self.golden) && binary(&self.new) => Method::Tango,
            _ => Method::Permutation,
        }
    }

    /// The two-sided p-value of "new is worse by exactly `margin`".
    pub(super) fn p_value(&self, margin: f64) -> Option<f64> {
        match self.method() {
            Method::Tango => {
                let outcomes = self.outcomes()?;
                let one_sided = outcomes.non_inferiority(margin)?.min(outcomes.regression(margin)?);
                Some((2.0 * one_sided).min(1.0))
            }
            Method::Permutation | Method::Clusters => self.permuted(margin),
            Method::Unchanged | Method::None => None,
        }
    }

    /// The two-sided p-value of "no difference".
    pub(super) fn p_no_difference(&self) -> Option<f64> {
        match self.method() {
            Method::Tango => Some(self.outcomes()?.mcnemar_exact()),
            Method::Permutation | Method::Clusters => self.permuted(0.0),
            Method::Unchanged | Method::None => None,
        }
    }

    /// The interval of the difference.
    pub(super) fn interval(&self, level: f64) -> Option<Interval> {
        match self.method() {
            Method::Tango => self.outcomes()?.tango(level),
            Method::Permutation | Method::Clusters => self.resampled(level),
            Method::Unchanged | Method::None => None,
        }
    }

    /// The variance of one record's difference, as a plan reckons with it; not less than if one
    /// record more had changed by the largest change that was seen.
    pub(super) fn variance(&self) -> Option<f64> {
        let differences: Vec<f64> = self.differences().collect();
        let seen = match self.clustered_error() {
            Some(error) => error * error * real(self.n()),
            None => variance(&differences).unwrap_or(0.0),
        };
        let largest = if self.method() == Method::Unchanged { 1.0 } else { self.largest() };
        Some(seen.max(largest * largest * unseen(self.items().len(), 0.95)?))
    }

    fn outcomes(&self) -> Option<PairedOutcomes> {
        let passes = |scores: &[f64]| scores.iter().map(|score| *score >= 1.0).collect::<Vec<bool>>();
        PairedOutcomes::of(&passes(&self.new), &passes(&self.golden))
    }

    /// The records; or the clusters, where records share a source.
    fn items(&self) -> Vec<Item> {
        let records = self.differences().map(|difference| Item { difference, records: 1.0 });
        if self.clusters.is_empty() {
            return records.collect();
        }
        let mut clusters: BTreeMap<&String, Item> = BTreeMap::new();
        for (cluster, item) in self.clusters.iter().zip(records) {
            let sum = clusters.entry(cluster).or_insert(Item { difference: 0.0, records: 0.0 });
            sum.difference += item.difference;
            sum.records += 1.0;
        }
        clusters.into_values().collect()
    }

    /// The largest change of an item's mean.
    fn largest(&self) -> f64 {
        self.items().iter().map(|item| (item.difference / item.records).abs()).fold(0.0, f64::max)
    }

    fn permuted(&self, margin: f64) -> Option<f64> {
        let items = self.items();
        let above: Vec<f64> = items.iter().map(|item| item.difference + margin * item.records).collect();
        Some(paired_permutation(&above, &vec![0.0; above.len()], DRAWS, self.seed)?.p_value)
    }

    /// The bootstrap's interval, or the large-sample one, and never narrower than what so few items
    /// can say about a change that none of them happens to show.
    fn resampled(&self, level: f64) -> Option<Interval> {
        let items = self.items();
        let center = self.difference()?;
        let found = if items.len() > MOST_RESAMPLED {
            Interval::normal(center, self.error()?, level)?
        } else {
            Bootstrap { resamples: RESAMPLES, seed: self.seed }.bca(&items, rate, level)?
        };
        let reach = self.largest() * unseen(items.len(), level)?;
        let wide =
            Interval { low: found.low.min(center - reach), high: found.high.max(center + reach), level };
        Some(wide.within(-1.0, 1.0))
    }

    fn error(&self) -> Option<f64> {
        if let Some(error) = self.clustered_error() {
            return Some(error);
        }
        crate::stats::paired_difference(&self.new, &self.golden)?.standard_error
    }

    fn clustered_error(&self) -> Option<f64> {
        if self.clusters.is_empty() {
            return None;
        }
        let items: Vec<(&String, f64)> = self.clusters.iter().zip(self.differences()).collect();
        clustered_mean(&items, FewClusters::Corrected)?.standard_error
    }
}

/// Σ differences / Σ records.
fn rate(items: &[Item]) -> Option<f64> {
    let records: f64 = items.iter().map(|item| item.records).sum();
    let sum: f64 = items.iter().map(|item| item.difference).sum();
    (records > 0.0).then(|| sum / records)
}

/// The share of items that may have changed although none of `n` shows it: z²/(n + z²), the end of
/// the score interval of no event (Wilson 1927, Tango 1998).
fn unseen(n: usize, level: f64) -> Option<f64> {
    let square = normal::critical(level)?.powi(2);
    Some(square / (real(n) + square))
}
