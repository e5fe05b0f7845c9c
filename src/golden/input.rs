//! What is compared, and how strictly.

use std::collections::BTreeMap;

use super::locked::Locked;

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
