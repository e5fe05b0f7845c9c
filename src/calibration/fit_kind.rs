//! Fits a map of one kind.

use super::kind::Kind;
use super::problem::{Item, Problem};
use super::{cutpoints, platt, temperature};
use crate::stats::{CalibrationMap, Isotonic, best_threshold};

/// Fits the kind; `None` where it needs a content-free distribution and there is none.
pub(super) fn fit_kind(kind: Kind, problem: &Problem<'_>, items: &[&Item]) -> Option<CalibrationMap> {
    let scores: Vec<f64> = items.iter().map(|item| item.value).collect();
    let labels: Vec<f64> = items.iter().map(|item| item.truth).collect();
    let prior = problem.options.content_free.as_ref();
    match kind {
        Kind::Temperature => Some(temperature::fit(problem, items)),
        Kind::ContentFree => {
            prior.map(|prior| CalibrationMap::ContentFree { prior: prior.clone(), strength: 1.0 })
        }
        Kind::ContentFreeFitted => prior.map(|prior| temperature::fit_strength(problem, items, prior)),
        Kind::Platt => Some(platt::fit(&scores, &labels)),
        Kind::Isotonic => Some(CalibrationMap::Isotonic { map: Isotonic::fit(&scores, &labels)? }),
        Kind::Limits => Some(limits(problem, items, &scores)),
        Kind::PlattLimits => Some(then_limits(problem, items, platt::fit(&scores, &labels))),
        Kind::IsotonicLimits => Some(then_limits(problem, items, fit_kind(Kind::Isotonic, problem, items)?)),
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
