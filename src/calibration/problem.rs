//! What a calibration is fitted on: the cases, checked and put in a fixed order, or why they are refused.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::options::Options;
use crate::number::{real, to_u64};
use crate::stats::{CalibrationMap, Distribution, levels_in_order};

/// The verdicts a judge chooses from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Verdicts {
    /// Their labels, in the order of the shares.
    pub labels: Vec<String>,
    /// What each is worth, in `0..=1`; `None` for one that decides nothing.
    pub values: Vec<Option<f64>>,
}

/// A judged item with its label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    /// The record's id.
    pub id: String,
    /// What the record has in common with others (a conversation, an author): cases of one cluster
    /// are never parted between fitting and checking. `None`: the record stands for itself.
    pub cluster: Option<String>,
    /// The judge's share of each verdict, in their order.
    pub shares: Vec<f64>,
    /// What the label is worth, in `0..=1`: the value of its verdict, or a mean over people.
    pub truth: f64,
    /// How many records it stands for: 1 unless a plan drew records at unequal rates.
    pub weight: f64,
}

/// Why the cases cannot carry a calibration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// Too few cases.
    TooFew {
        /// How many there are.
        n: usize,
        /// How many it takes.
        needed: usize,
    },
    /// All labels, or all but a few, are the same.
    OneLabel {
        /// How many labels differ from the most common one.
        others: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Too few clusters to leave some out in turn.
    TooFewClusters {
        /// How many there are.
        clusters: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The verdicts, the options or a case make no sense.
    Unsound {
        /// What, and of which record.
        detail: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { n, needed } => {
                write!(
                    formatter,
                    "{n} labelled records are too few for a calibration: label at least {needed}"
                )
            }
            Self::OneLabel { others, needed } => write!(
                formatter,
                "only {others} labels differ from the most common one: label at least {needed} such records"
            ),
            Self::TooFewClusters { clusters, needed } => write!(
                formatter,
                "{clusters} clusters are too few to leave some out in turn: label records of at least {needed}"
            ),
            Self::Unsound { detail } => formatter.write_str(detail),
        }
    }
}

impl std::error::Error for Refusal {}

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
    /// How much it counts: 1 on the mean of all items.
    pub(super) weight: f64,
    /// The same in whole units, for tables of counts: 1 where all count alike.
    pub(super) units: u64,
}

/// Weights that differ by no more than this, one divided by the other, are the same.
const SAME: f64 = 1.001;
/// The units of the smallest weight, where weights differ: tables count by steps of a thousandth of it.
const UNITS: f64 = 1000.0;

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
        problem.weigh(cases)?;
        problem.check_labels()?;
        Ok(problem)
    }

    /// Where cases stand for unequal numbers of records, each item counts for those of its case.
    fn weigh(&mut self, cases: &[Case]) -> Result<(), Refusal> {
        if let Some(case) = cases.iter().find(|case| !(case.weight > 0.0 && case.weight.is_finite())) {
            let detail = format!("record `{}`: its weight is not above 0", case.id);
            return Err(Refusal::Unsound { detail });
        }
        let [least, most] = [f64::min, f64::max].map(|of| cases.iter().map(|case| case.weight).reduce(of));
        let Some((least, _)) = least.zip(most).filter(|(least, most)| *most > least * SAME) else {
            self.items.iter_mut().for_each(|item| (item.weight, item.units) = (1.0, 1));
            return Ok(());
        };
        for item in &mut self.items {
            item.units = to_u64((item.weight / least * UNITS).round());
        }
        let all: u64 = self.items.iter().map(|item| item.units).sum();
        let n = real(self.items.len());
        for item in &mut self.items {
            item.weight = real(item.units) * n / real(all);
        }
        Ok(())
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
            weight: case.weight,
            units: 1,
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
