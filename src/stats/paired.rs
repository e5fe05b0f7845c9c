//! The same items under two conditions: their difference, its interval, and its tests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::mean_error::{Comparison, FewClusters, clustered_mean, paired_difference};
use super::moments::variance;
use super::normal;
use super::proportion::PairedOutcomes;
use super::resampling::{Bootstrap, Permutation, paired_permutation};
use super::significance::mcnemar_mid_p_fewer;
use super::sum::mean;
use crate::number::real;

/// Sign patterns that are drawn where they are too many to try all.
const DRAWS: u32 = 9_999;

/// Resamples of a bootstrap.
const RESAMPLES: u32 = 2000;

/// Above so many items the interval is the large-sample one: resampling shows nothing more there.
const MOST_RESAMPLED: usize = 2000;

/// What is added to the tolerance, because rounded scores are not exact as binary numbers.
const HAIR: f64 = 1e-9;

/// The same items under two conditions, old and new.
///
/// Values of 0 and 1 alone are tested by `McNemar` and Tango, others by permutation and bootstrap; items that share
/// a cluster count together.
///
/// ```
/// use evenhand::stats::Paired;
///
/// let paired = Paired::new(vec![1.0, 0.0, 0.0, 0.5], vec![1.0, 1.0, 0.5, 0.5]).expect("equal lengths");
/// assert_eq!(paired.difference(), Some(-0.375));
/// assert_eq!((paired.lower(), paired.higher()), (2, 0));
/// println!("worse by chance: p = {:?}, 95 %: {:?}", paired.p_worse(), paired.interval(0.95));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paired {
    new: Vec<f64>,
    old: Vec<f64>,
    /// Each item's cluster; empty where items are independent.
    clusters: Vec<String>,
    tolerance: f64,
    seed: u64,
}

/// How a difference is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairedMethod {
    /// Not at all: every value is as it was.
    Unchanged,
    /// Values of 0 and 1: `McNemar`'s test, and Tango's score test and interval.
    Tango,
    /// Other values: paired permutation test, and bootstrap interval (BCa; for more than 2000 items the normal one).
    Permutation,
    /// The same over clusters of items instead of items.
    Clusters,
    /// Not at all: there is no item, or no cluster but one.
    None,
}

impl PairedMethod {
    /// The method in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Tango => "Tango",
            Self::Permutation => "permutation, BCa",
            Self::Clusters => "clustered permutation, BCa",
            Self::None => "none",
        }
    }
}

/// An item's, or a whole cluster's, share in the difference.
#[derive(Clone, Copy, Debug)]
struct Share {
    difference: f64,
    items: f64,
}

impl Paired {
    /// The items in one order on both sides; `None` for unequal lengths or values that are not finite.
    #[must_use]
    pub fn new(new: Vec<f64>, old: Vec<f64>) -> Option<Self> {
        let sound = new.len() == old.len() && new.iter().chain(&old).all(|value| value.is_finite());
        sound.then_some(Self { new, old, clusters: Vec::new(), tolerance: 0.0, seed: 0 })
    }

    /// Items that share a name count together. Nothing changes where no two do, or where not every item has one.
    #[must_use]
    pub fn clustered(mut self, clusters: Vec<String>) -> Self {
        let different: BTreeSet<&String> = clusters.iter().collect();
        if clusters.len() == self.new.len() && different.len() < clusters.len() {
            self.clusters = clusters;
        }
        self
    }

    /// Values that differ by no more than this count as equal, `0.0..`.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// The seed of what is drawn.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many items.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.new.len() as u64
    }

    /// How many clusters, where items share some.
    #[must_use]
    pub fn clusters(&self) -> Option<u64> {
        let different: BTreeSet<&String> = self.clusters.iter().collect();
        (!self.clusters.is_empty()).then_some(different.len() as u64)
    }

    /// The new side's mean.
    #[must_use]
    pub fn new_mean(&self) -> Option<f64> {
        mean(&self.new)
    }

    /// The old side's mean.
    #[must_use]
    pub fn old_mean(&self) -> Option<f64> {
        mean(&self.old)
    }

    /// New − old, the mean over the items.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        mean(&self.differences().collect::<Vec<f64>>())
    }

    /// Items that are higher by more than the tolerance.
    #[must_use]
    pub fn higher(&self) -> u64 {
        self.differences().filter(|by| *by > self.tolerance + HAIR).count() as u64
    }

    /// Items that are lower by more than the tolerance.
    #[must_use]
    pub fn lower(&self) -> u64 {
        self.differences().filter(|by| *by < -self.tolerance - HAIR).count() as u64
    }

    /// How the difference is tested.
    #[must_use]
    pub fn method(&self) -> PairedMethod {
        let binary = |values: &[f64]| values.iter().all(|value| *value <= 0.0 || *value >= 1.0);
        match (self.n(), self.clusters()) {
            (0, _) => PairedMethod::None,
            _ if self.higher() + self.lower() == 0 => PairedMethod::Unchanged,
            (_, Some(0 | 1)) => PairedMethod::None,
            (_, Some(_)) => PairedMethod::Clusters,
            _ if binary(&self.old) && binary(&self.new) => PairedMethod::Tango,
            _ => PairedMethod::Permutation,
        }
    }

    /// The one-sided p-value of "new is no worse than old": small means that it is worse. `McNemar`'s with mid-p
    /// for values of 0 and 1, else by permutation. `None` where nothing changed or nothing can be tested.
    #[must_use]
    pub fn p_worse(&self) -> Option<f64> {
        match self.method() {
            PairedMethod::Tango => Some(mcnemar_mid_p_fewer(self.higher(), self.lower())),
            PairedMethod::Permutation | PairedMethod::Clusters => Some(self.beyond_tolerance()?.p_lower),
            PairedMethod::Unchanged | PairedMethod::None => None,
        }
    }

    /// The one-sided p-value of "new is no better than old": [`Paired::p_worse`] the other way round.
    #[must_use]
    pub fn p_better(&self) -> Option<f64> {
        Self { new: self.old.clone(), old: self.new.clone(), ..self.clone() }.p_worse()
    }

    /// The two-sided p-value of "no difference": exact `McNemar` for values of 0 and 1, else by permutation.
    #[must_use]
    pub fn p_no_difference(&self) -> Option<f64> {
        match self.method() {
            PairedMethod::Tango => Some(self.outcomes()?.mcnemar_exact()),
            PairedMethod::Permutation | PairedMethod::Clusters => Some(self.permuted(0.0)?.p_value),
            PairedMethod::Unchanged | PairedMethod::None => None,
        }
    }

    /// The two-sided p-value of "new is worse by exactly `margin`".
    #[must_use]
    pub fn p_worse_by(&self, margin: f64) -> Option<f64> {
        match self.method() {
            PairedMethod::Tango => {
                let outcomes = self.outcomes()?;
                let one_sided = outcomes.non_inferiority(margin)?.min(outcomes.regression(margin)?);
                Some((2.0 * one_sided).min(1.0))
            }
            PairedMethod::Permutation | PairedMethod::Clusters => Some(self.permuted(margin)?.p_value),
            PairedMethod::Unchanged | PairedMethod::None => None,
        }
    }

    /// The interval of the difference. It is never narrower than what so few items can say about a change that
    /// none of them happens to show.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        match self.method() {
            PairedMethod::Tango => self.outcomes()?.tango(level),
            PairedMethod::Permutation | PairedMethod::Clusters => self.resampled(level),
            PairedMethod::Unchanged => {
                let reach = unseen(self.shares().len(), level)?;
                Some(Interval { low: -reach, high: reach, level })
            }
            PairedMethod::None => None,
        }
    }

    /// The smallest difference that so many items show with a chance of 80 %, tested on both sides at `alpha` (on
    /// one side: twice its level). At most 1; `None` where nothing can be tested.
    #[must_use]
    pub fn smallest(&self, alpha: f64) -> Option<f64> {
        if self.method() == PairedMethod::None {
            return None;
        }
        Some(self.plan(alpha)?.detectable(self.n())?.min(1.0))
    }

    /// How many items it takes to show with a chance of 80 % that nothing is worse by `margin`, tested on both sides
    /// at `alpha`. `None` for a margin of 0.
    #[must_use]
    pub fn n_needed(&self, margin: f64, alpha: f64) -> Option<u64> {
        self.plan(alpha)?.required_n(margin)
    }

    fn plan(&self, alpha: f64) -> Option<Comparison> {
        let between_items = self.variance()?;
        Some(Comparison { alpha, power: 0.8, between_items, left_noise: 0.0, right_noise: 0.0 })
    }

    /// The variance of one item's difference, as a plan reckons with it; not less than if one item more had
    /// changed by the largest change that was seen.
    fn variance(&self) -> Option<f64> {
        let differences: Vec<f64> = self.differences().collect();
        let seen = match self.clustered_error() {
            Some(error) => error * error * real(self.new.len()),
            None => variance(&differences).unwrap_or(0.0),
        };
        let largest = if self.method() == PairedMethod::Unchanged { 1.0 } else { self.largest() };
        Some(seen.max(largest * largest * unseen(self.shares().len(), 0.95)?))
    }

    fn differences(&self) -> impl Iterator<Item = f64> {
        self.new.iter().zip(&self.old).map(|(new, old)| new - old)
    }

    fn outcomes(&self) -> Option<PairedOutcomes> {
        let passes = |values: &[f64]| values.iter().map(|value| *value >= 1.0).collect::<Vec<bool>>();
        PairedOutcomes::of(&passes(&self.new), &passes(&self.old))
    }

    /// The items; or the clusters, where items share some.
    fn shares(&self) -> Vec<Share> {
        self.shares_of(self.differences())
    }

    fn shares_of(&self, differences: impl Iterator<Item = f64>) -> Vec<Share> {
        let items = differences.map(|difference| Share { difference, items: 1.0 });
        if self.clusters.is_empty() {
            return items.collect();
        }
        let mut clusters: BTreeMap<&String, Share> = BTreeMap::new();
        for (cluster, item) in self.clusters.iter().zip(items) {
            let sum = clusters.entry(cluster).or_insert(Share { difference: 0.0, items: 0.0 });
            sum.difference += item.difference;
            sum.items += 1.0;
        }
        clusters.into_values().collect()
    }

    /// The largest change of a share's mean.
    fn largest(&self) -> f64 {
        self.shares().iter().map(|share| (share.difference / share.items).abs()).fold(0.0, f64::max)
    }

    fn permuted(&self, margin: f64) -> Option<Permutation> {
        let above: Vec<f64> =
            self.shares().iter().map(|share| share.difference + margin * share.items).collect();
        paired_permutation(&above, &vec![0.0; above.len()], DRAWS, self.seed)
    }

    /// The permutation test of no difference, where what lies within the tolerance is none.
    fn beyond_tolerance(&self) -> Option<Permutation> {
        let equal = |by: f64| if by.abs() <= self.tolerance + HAIR { 0.0 } else { by };
        let by: Vec<f64> =
            self.shares_of(self.differences().map(equal)).iter().map(|share| share.difference).collect();
        paired_permutation(&by, &vec![0.0; by.len()], DRAWS, self.seed)
    }

    fn resampled(&self, level: f64) -> Option<Interval> {
        let shares = self.shares();
        let center = self.difference()?;
        let found = if shares.len() > MOST_RESAMPLED {
            Interval::normal(center, self.error()?, level)?
        } else {
            Bootstrap { resamples: RESAMPLES, seed: self.seed }.bca(&shares, rate, level)?
        };
        let reach = self.largest() * unseen(shares.len(), level)?;
        let wide =
            Interval { low: found.low.min(center - reach), high: found.high.max(center + reach), level };
        Some(wide.within(-1.0, 1.0))
    }

    fn error(&self) -> Option<f64> {
        self.clustered_error().or_else(|| paired_difference(&self.new, &self.old)?.standard_error)
    }

    fn clustered_error(&self) -> Option<f64> {
        if self.clusters.is_empty() {
            return None;
        }
        let items: Vec<(&String, f64)> = self.clusters.iter().zip(self.differences()).collect();
        clustered_mean(&items, FewClusters::Corrected)?.standard_error
    }
}

/// Σ differences / Σ items.
fn rate(shares: &[Share]) -> Option<f64> {
    let items: f64 = shares.iter().map(|share| share.items).sum();
    let sum: f64 = shares.iter().map(|share| share.difference).sum();
    (items > 0.0).then(|| sum / items)
}

/// The share of items that may have changed although none of `n` shows it: z²/(n + z²), the end of
/// the score interval of no event (Wilson 1927, Tango 1998).
fn unseen(n: usize, level: f64) -> Option<f64> {
    let square = normal::critical(level)?.powi(2);
    Some(square / (real(n) + square))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(new: &[f64], old: &[f64]) -> Paired {
        Paired::new(new.to_vec(), old.to_vec()).unwrap()
    }

    /// `lower` items that fail now, `higher` that pass now, and the rest as it was.
    fn passes(lower: usize, higher: usize, n: usize) -> Paired {
        let old: Vec<f64> = (0..n).map(|i| if i < lower || i % 2 == 0 { 1.0 } else { 0.0 }).collect();
        let mut new = old.clone();
        new.iter_mut().take(lower).for_each(|value| *value = 0.0);
        let failed = (lower..n).filter(|i| i % 2 == 1).take(higher);
        for i in failed {
            new[i] = 1.0;
        }
        paired(&new, &old)
    }

    #[test]
    fn passes_and_fails_are_tested_by_mcnemar_with_mid_p() {
        // By hand: of 5 that changed all are lower: ½ · 2⁻⁵. Of 10, 8 or more: (45 · ½ + 10 + 1)/1024.
        assert!((passes(5, 0, 40).p_worse().unwrap() - 0.015_625).abs() < 1e-12);
        assert!((passes(8, 2, 40).p_worse().unwrap() - 33.5 / 1024.0).abs() < 1e-12);
        // The two sides share the middle: together they are 1.
        let both = passes(8, 2, 40);
        assert!((both.p_worse().unwrap() + both.p_better().unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(passes(0, 0, 40).p_worse(), None);
    }

    #[test]
    fn scores_are_tested_by_their_signs() {
        // 1 of 16 patterns is as low.
        let lower = paired(&[0.1, 0.2, 0.3, 0.4], &[0.2, 0.4, 0.6, 0.8]);
        assert!((lower.p_worse().unwrap() - 1.0 / 16.0).abs() < 1e-12);
        assert!((lower.p_better().unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_within_the_tolerance_is_no_change() {
        let old = [0.5; 8];
        let new = [0.496, 0.496, 0.496, 0.496, 0.496, 0.496, 0.496, 0.3];
        assert!(paired(&new, &old).p_worse().unwrap() < 0.01);
        let tolerant = paired(&new, &old).tolerance(0.005);
        assert_eq!((tolerant.lower(), tolerant.p_worse()), (1, Some(0.5)));
        assert_eq!(paired(&old, &new).tolerance(0.3).method(), PairedMethod::Unchanged);
    }

    #[test]
    fn clusters_count_once() {
        let (new, old) = ([0.0; 12], [1.0; 12]);
        let alone = paired(&new, &old);
        let names = |of: usize| (0..12).map(|i| (i / of).to_string()).collect::<Vec<String>>();
        let together = alone.clone().clustered(names(4));
        assert_eq!((together.method(), together.clusters()), (PairedMethod::Clusters, Some(3)));
        // Three clusters, all lower: 1 of 8 patterns.
        assert!((together.p_worse().unwrap() - 0.125).abs() < 1e-12);
        assert_eq!(alone.clone().clustered(names(1)), alone);
        assert_eq!(alone.clustered(names(12)).p_worse(), None);
    }

    #[test]
    fn unchanged_items_still_have_an_interval() {
        // Tango's interval of no discordant pair among 100: ± 3.8415/(100 + 3.8415).
        let interval = passes(0, 0, 100).interval(0.95).unwrap();
        assert!((interval.high - 0.036_995).abs() < 1e-5 && (interval.low + interval.high).abs() < 1e-12);
    }
}
