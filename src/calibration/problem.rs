//! Checked cases, in an order that does not depend on how they came.

use super::case::{Case, Verdicts};
use super::options::Options;
use super::refusal::Refusal;
use crate::stats::{CalibrationMap, Distribution, levels_in_order};

/// Below this many cases nothing is fitted.
const LEAST_CASES: usize = 20;
/// At least this many labels must differ from the most common one.
const LEAST_OTHERS: usize = 5;

/// A case as the fits want it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) cluster: String,
    pub(super) shares: Vec<f64>,
    /// The score without a map.
    pub(super) value: f64,
    /// The verdict without a map, as a level from the lowest.
    pub(super) level: usize,
    /// What the label is worth, in `0..=1`.
    pub(super) truth: f64,
    /// The level nearest to it.
    pub(super) true_level: usize,
}

/// A score and a verdict for one item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prediction {
    pub(super) value: f64,
    pub(super) level: usize,
}

/// The whole task.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) verdicts: &'a Verdicts,
    pub(super) options: &'a Options,
    /// Positions of the valued verdicts, from the lowest value.
    pub(super) levels: Vec<usize>,
    /// Sorted by cluster and id.
    pub(super) items: Vec<Item>,
    /// Cases whose likeliest verdict decides nothing.
    pub(super) undecided: usize,
}

impl<'a> Problem<'a> {
    pub(super) fn new(verdicts: &'a Verdicts, cases: &[Case], options: &'a Options) -> Result<Self, Refusal> {
        let levels = levels_in_order(&verdicts.values);
        check(verdicts, &levels, options)?;
        let mut sorted: Vec<&Case> = cases.iter().collect();
        sorted.sort_by(|left, right| (&left.cluster, &left.id).cmp(&(&right.cluster, &right.id)));
        let mut problem = Self { verdicts, options, levels, items: Vec::new(), undecided: 0 };
        for case in sorted {
            problem.add(case)?;
        }
        problem.check_labels()?;
        Ok(problem)
    }

    /// What a map makes of an item; without a map where it does not fit.
    pub(super) fn predict(&self, map: Option<&CalibrationMap>, item: &Item) -> Prediction {
        let distribution = self.distribution(&item.shares);
        let decided = map.and_then(|map| map.decide(&distribution));
        decided.map_or(Prediction { value: item.value, level: item.level }, |decided| Prediction {
            value: decided.value,
            level: self.level_of(decided.position),
        })
    }

    /// What the level's verdict is worth.
    pub(super) fn level_value(&self, level: usize) -> f64 {
        self.verdicts.values[self.levels[level]].unwrap_or(0.0)
    }

    fn add(&mut self, case: &Case) -> Result<(), Refusal> {
        let unsound = |what: &str| Refusal::Unsound { detail: format!("record `{}`: {what}", case.id) };
        if !(0.0..=1.0).contains(&case.truth) {
            return Err(unsound("the label's value is outside 0 to 1"));
        }
        let decided = self.distribution(&case.shares).read();
        let decided = decided.ok_or_else(|| unsound("the shares are no distribution over the verdicts"))?;
        self.undecided += usize::from(decided.undecided.is_some());
        self.items.push(Item {
            // A record without a cluster stands for itself, even beside a cluster of its name.
            cluster: case
                .cluster
                .as_ref()
                .map_or_else(|| format!("record {}", case.id), |cluster| format!("cluster {cluster}")),
            shares: case.shares.clone(),
            value: decided.value,
            level: self.level_of(decided.position),
            truth: case.truth,
            true_level: self.nearest_level(case.truth),
        });
        Ok(())
    }

    fn distribution<'s>(&'s self, shares: &'s [f64]) -> Distribution<'s> {
        Distribution { labels: &self.verdicts.labels, values: &self.verdicts.values, shares }
    }

    fn level_of(&self, position: usize) -> usize {
        self.levels.iter().position(|&level| level == position).unwrap_or(0)
    }

    fn nearest_level(&self, truth: f64) -> usize {
        let distance = |level: usize| (self.level_value(level) - truth).abs();
        (0..self.levels.len()).min_by(|&left, &right| distance(left).total_cmp(&distance(right))).unwrap_or(0)
    }

    fn check_labels(&self) -> Result<(), Refusal> {
        let n = self.items.len();
        if n < LEAST_CASES {
            return Err(Refusal::TooFew { n, needed: LEAST_CASES });
        }
        let mut counts = vec![0_usize; self.levels.len()];
        for item in &self.items {
            counts[item.true_level] += 1;
        }
        let others = n - counts.iter().copied().max().unwrap_or(0);
        if others < LEAST_OTHERS {
            return Err(Refusal::OneLabel { others, needed: LEAST_OTHERS });
        }
        let mut clusters: Vec<&str> = self.items.iter().map(|item| item.cluster.as_str()).collect();
        clusters.dedup();
        // The outer loop leaves out a fold, and the inner one a fold of the rest.
        let needed = 2 * self.options.folds;
        if clusters.len() < needed {
            return Err(Refusal::TooFewClusters { clusters: clusters.len(), needed });
        }
        Ok(())
    }
}

fn check(verdicts: &Verdicts, levels: &[usize], options: &Options) -> Result<(), Refusal> {
    let unsound = |detail: &str| Err(Refusal::Unsound { detail: detail.to_owned() });
    if verdicts.labels.len() != verdicts.values.len() || levels.len() < 2 {
        return unsound("a calibration needs two verdicts with a value, and a value or none for each label");
    }
    if !verdicts.values.iter().flatten().all(|value| (0.0..=1.0).contains(value)) {
        return unsound("a verdict's value is outside 0 to 1");
    }
    if options.folds < 2 || options.resamples == 0 || !(options.level > 0.0 && options.level < 1.0) {
        return unsound("a calibration needs two folds, a resample, and a level between 0 and 1");
    }
    let prior_fits = |prior: &Vec<f64>| {
        prior.len() == verdicts.labels.len() && prior.iter().all(|share| share.is_finite() && *share >= 0.0)
    };
    if !options.content_free.as_ref().is_none_or(prior_fits) {
        return unsound("the content-free distribution does not fit the verdicts");
    }
    Ok(())
}
