//! How to fit: the kinds of maps that are tried, and what a map is chosen by.

use serde::{Deserialize, Serialize};

use crate::stats::ThresholdGoal;

/// A kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MapKind {
    /// A temperature on the shares.
    Temperature,
    /// The shares divided by a content-free item's.
    ContentFree,
    /// The same to a fitted power.
    ContentFreeFitted,
    /// A straight line on the score's log-odds.
    Platt,
    /// A rising map of the score.
    Isotonic,
    /// Limits of the score alone: a threshold for two verdicts, cutpoints for a scale.
    Limits,
    /// A straight line on the log-odds, and limits.
    PlattLimits,
    /// A rising map, and limits.
    IsotonicLimits,
}

impl MapKind {
    /// All, from the simplest; of equally good ones the earlier is taken.
    pub(crate) const ALL: [Self; 8] = [
        Self::Temperature,
        Self::ContentFree,
        Self::Platt,
        Self::Limits,
        Self::ContentFreeFitted,
        Self::PlattLimits,
        Self::Isotonic,
        Self::IsotonicLimits,
    ];
}

/// What a score correction is chosen by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The log loss of the score: for scores that are read as probabilities or means.
    #[default]
    LogLoss,
    /// The Brier score.
    Brier,
    /// κ of the verdicts, quadratic on a scale: for verdicts that decide something.
    Kappa,
}

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// How many folds, in the outer and in the inner cross-validation; at least 2.
    pub folds: usize,
    /// The seed of folds and bootstrap.
    pub seed: u64,
    /// What a score correction is chosen by.
    pub metric: Metric,
    /// What a threshold between two verdicts is chosen for.
    pub threshold: ThresholdGoal,
    /// The judge's shares on an item without content, where they were asked for.
    pub content_free: Option<Vec<f64>>,
    /// The kinds to try, the simplest first.
    pub kinds: Vec<MapKind>,
    /// How many bootstrap resamples.
    pub resamples: u32,
    /// The level of the intervals, inside `0..1`.
    pub level: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folds: 5,
            seed: 0,
            metric: Metric::default(),
            threshold: ThresholdGoal::default(),
            content_free: None,
            kinds: MapKind::ALL.to_vec(),
            resamples: 2000,
            level: 0.95,
        }
    }
}

impl Options {
    /// The verdicts alone are moved, by a threshold or by cut points, to where κ is highest. The scores stay.
    pub(crate) fn threshold_alone(self) -> Self {
        Self { metric: Metric::Kappa, threshold: ThresholdGoal::Kappa, kinds: vec![MapKind::Limits], ..self }
    }
}
