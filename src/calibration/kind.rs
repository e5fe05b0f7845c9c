//! The kinds of maps that are tried.

use serde::{Deserialize, Serialize};

use super::problem::{Item, Problem};
use super::{cutpoints, platt, temperature};
use crate::stats::{CalibrationMap, Isotonic, best_threshold};

/// A kind of map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
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

impl Kind {
    /// All, from the simplest; of equally good ones the earlier is taken.
    pub const ALL: [Self; 8] = [
        Self::Temperature,
        Self::ContentFree,
        Self::Platt,
        Self::Limits,
        Self::ContentFreeFitted,
        Self::PlattLimits,
        Self::Isotonic,
        Self::IsotonicLimits,
    ];

    /// Fits the kind; `None` where it needs a content-free distribution and there is none.
    pub(super) fn fit(self, problem: &Problem<'_>, items: &[&Item]) -> Option<CalibrationMap> {
        let scores: Vec<f64> = items.iter().map(|item| item.value).collect();
        let labels: Vec<f64> = items.iter().map(|item| item.truth).collect();
        let prior = problem.options.content_free.as_ref();
        match self {
            Self::Temperature => Some(temperature::fit(problem, items)),
            Self::ContentFree => {
                prior.map(|prior| CalibrationMap::ContentFree { prior: prior.clone(), strength: 1.0 })
            }
            Self::ContentFreeFitted => prior.map(|prior| temperature::fit_strength(problem, items, prior)),
            Self::Platt => Some(platt::fit(&scores, &labels)),
            Self::Isotonic => Some(CalibrationMap::Isotonic { map: Isotonic::fit(&scores, &labels)? }),
            Self::Limits => Some(limits(problem, items, &scores)),
            Self::PlattLimits => Some(then_limits(problem, items, platt::fit(&scores, &labels))),
            Self::IsotonicLimits => Some(then_limits(problem, items, Self::Isotonic.fit(problem, items)?)),
        }
    }
}

/// Limits on the scores that `map` gives.
fn then_limits(problem: &Problem<'_>, items: &[&Item], map: CalibrationMap) -> CalibrationMap {
    let scores: Vec<f64> = items.iter().map(|item| problem.predict(Some(&map), item).value).collect();
    let limits = limits(problem, items, &scores);
    CalibrationMap::Chain { maps: vec![map, limits] }
}

fn limits(problem: &Problem<'_>, items: &[&Item], scores: &[f64]) -> CalibrationMap {
    let leveled = || scores.iter().copied().zip(items.iter().map(|item| item.true_level));
    match problem.levels.len() {
        2 => {
            let sides: Vec<(f64, bool)> = leveled().map(|(score, level)| (score, level == 1)).collect();
            CalibrationMap::Threshold { at: best_threshold(&sides, problem.options.threshold) }
        }
        levels => cutpoints::fit(&leveled().collect::<Vec<_>>(), levels),
    }
}
