//! What is compared, and how strictly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::locked::Locked;
use crate::stats::Paired;

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

/// What makes a suite fail when it is compared with its golden file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The paired test says that the score or a part of it is worse.
    Statistical,
    /// A record that passed fails now.
    Strict,
    /// A required check that held fails now, on any record; or the test says that something is worse.
    #[default]
    Both,
}

impl Policy {
    /// The policy as `evenhand.toml` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statistical => "statistical",
            Self::Strict => "strict",
            Self::Both => "both",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How strictly scores are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `None` asks whether anything is worse: a test against no change, at 5 %. Else it is to be proved that nothing
    /// is worse by this much, in `0..1`; what cannot be proved is inconclusive.
    pub prove: Option<f64>,
    /// What fails.
    pub policy: Policy,
    /// The checks that may break on no record.
    pub required: BTreeSet<String>,
    /// The score from which on a record passes.
    pub pass_at: f64,
    /// The level of intervals, inside `0..1`; where it is to be proved that nothing is worse, of all of them together.
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
        Self {
            prove: None,
            policy: Policy::default(),
            required: BTreeSet::new(),
            pass_at: 0.5,
            level: 0.95,
            tolerance: 0.005,
            clusters: BTreeMap::new(),
            seed: 20,
        }
    }
}

/// The suite's scores, or those of a part, of the records that have one on both sides.
pub(super) fn paired(input: &Input<'_>, part: Option<&str>) -> Paired {
    let value = |locked: &Locked| match part {
        None => locked.score,
        Some(part) => locked.parts.get(part).copied(),
    };
    let of = |side: &'_ [Locked]| -> BTreeMap<String, f64> {
        side.iter().filter_map(|locked| Some((locked.id.clone(), value(locked)?))).collect()
    };
    let before = of(input.golden);
    // In the order of ids: the draws of a bootstrap hang on it.
    let both: Vec<(String, f64, f64)> = of(input.new)
        .into_iter()
        .filter_map(|(id, now)| before.get(&id).copied().map(|before| (id, now, before)))
        .collect();
    let (rule, sides) = (&input.rule, both.iter().map(|(_, now, before)| (*now, *before)));
    let (new, old) = sides.unzip();
    let paired = Paired::new(new, old).unwrap_or_default().tolerance(rule.tolerance).seed(rule.seed);
    if rule.clusters.is_empty() {
        return paired;
    }
    let source = |id: &String| rule.clusters.get(id).cloned().unwrap_or_else(|| format!("\u{0}{id}"));
    paired.clustered(both.iter().map(|(id, _, _)| source(id)).collect())
}
