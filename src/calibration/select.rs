//! Cross-validation: deals items to folds, fits a map of each kind, and finds the best one out of fold.

use std::collections::BTreeMap;

use super::fitted::{ItemFigures, kappa, weighted_mean};
use super::options::{MapKind, Metric};
use super::problem::{Item, Prediction, Problem};
use super::{cutpoints, platt, temperature};
use crate::number::real;
use crate::stats::{CalibrationMap, Isotonic, Random, best_weighted_threshold};

/// Deals whole clusters to `folds` folds so that each fold gets its share of every level. The same
/// seed gives the same folds, whatever the order of the items.
pub(super) fn assign(items: &[&Item], folds: usize, seed: u64) -> Vec<usize> {
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        clusters.entry(&item.cluster).or_default().push(index);
    }
    let mut clusters: Vec<Vec<usize>> = clusters.into_values().collect();
    Random::new(seed).shuffle(&mut clusters);
    clusters.sort_by_key(|members| typical_level(items, members));
    let mut fold_of = vec![0; items.len()];
    for (place, members) in clusters.iter().enumerate() {
        for &index in members {
            fold_of[index] = place % folds;
        }
    }
    fold_of
}

/// The middle one of the members' levels.
fn typical_level(items: &[&Item], members: &[usize]) -> usize {
    let mut levels: Vec<usize> = members.iter().map(|&index| items[index].true_level).collect();
    levels.sort_unstable();
    levels.get(levels.len() / 2).copied().unwrap_or(0)
}

/// Fits the kind; `None` where it needs a content-free distribution and there is none.
pub(super) fn fit_kind(kind: MapKind, problem: &Problem<'_>, items: &[&Item]) -> Option<CalibrationMap> {
    let scores: Vec<f64> = items.iter().map(|item| item.value).collect();
    let labels: Vec<f64> = items.iter().map(|item| item.truth).collect();
    let weights: Vec<f64> = items.iter().map(|item| item.weight).collect();
    let prior = problem.options.content_free.as_ref();
    match kind {
        MapKind::Temperature => Some(temperature::fit(problem, items)),
        MapKind::ContentFree => {
            prior.map(|prior| CalibrationMap::ContentFree { prior: prior.clone(), strength: 1.0 })
        }
        MapKind::ContentFreeFitted => prior.map(|prior| temperature::fit_strength(problem, items, prior)),
        MapKind::Platt => Some(platt::fit(&scores, &labels, &weights)),
        MapKind::Isotonic => {
            Some(CalibrationMap::Isotonic { map: Isotonic::fit_weighted(&scores, &labels, &weights)? })
        }
        MapKind::Limits => Some(limits(problem, items, &scores)),
        MapKind::PlattLimits => Some(then_limits(problem, items, platt::fit(&scores, &labels, &weights))),
        MapKind::IsotonicLimits => {
            Some(then_limits(problem, items, fit_kind(MapKind::Isotonic, problem, items)?))
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
    let leveled = || scores.iter().zip(items).map(|(score, item)| (*score, item.true_level, item.units));
    match problem.levels.len() {
        2 => {
            let sides: Vec<(f64, bool, f64)> =
                leveled().map(|(score, level, units)| (score, level == 1, real(units))).collect();
            CalibrationMap::Threshold { at: best_weighted_threshold(&sides, problem.options.threshold) }
        }
        levels => cutpoints::fit(&leveled().collect::<Vec<_>>(), levels),
    }
}

/// Each item's prediction by a map of the kind that was fitted without its fold. `None` where the
/// kind cannot be fitted.
pub(super) fn out_of_fold(
    problem: &Problem<'_>,
    items: &[&Item],
    folds: &[usize],
    kind: MapKind,
) -> Option<Vec<Prediction>> {
    by_fold(problem, items, folds, |kept| fit_kind(kind, problem, kept).map(Some))
}

/// Each item's prediction by the map that `fit` makes of the other folds' items.
pub(super) fn by_fold(
    problem: &Problem<'_>,
    items: &[&Item],
    folds: &[usize],
    mut fit: impl FnMut(&[&Item]) -> Option<Option<CalibrationMap>>,
) -> Option<Vec<Prediction>> {
    let mut predictions = plain(items);
    for fold in 0..problem.options.folds {
        let (left_out, kept): (Vec<usize>, Vec<usize>) =
            (0..items.len()).partition(|&index| folds[index] == fold);
        let kept: Vec<&Item> = kept.into_iter().map(|index| items[index]).collect();
        let map = fit(&kept)?;
        for index in left_out {
            predictions[index] = problem.predict(map.as_ref(), items[index]);
        }
    }
    Some(predictions)
}

/// The predictions without a map.
pub(super) fn plain(items: &[&Item]) -> Vec<Prediction> {
    items.iter().map(|item| Prediction { value: item.value, level: item.level }).collect()
}

/// The kind that does best out of fold on these items; `None` where no map does as well.
pub(super) fn best_kind(problem: &Problem<'_>, items: &[&Item], seed: u64) -> Option<MapKind> {
    let folds = assign(items, problem.options.folds, seed);
    let mut best = (None, worth(problem, items, &plain(items)));
    for &kind in &problem.options.kinds {
        let Some(predictions) = out_of_fold(problem, items, &folds, kind) else { continue };
        let worth = worth(problem, items, &predictions);
        if worth > best.1 + 1e-9 {
            best = (Some(kind), worth);
        }
    }
    best.0
}

/// The metric of predictions, higher is better; an undefined κ is no agreement.
pub(super) fn worth(problem: &Problem<'_>, items: &[&Item], predictions: &[Prediction]) -> f64 {
    let rows: Vec<ItemFigures> =
        items.iter().zip(predictions).map(|(item, one)| ItemFigures::of(item, *one)).collect();
    let loss = |of: fn(&ItemFigures) -> f64| weighted_mean(&rows, of).unwrap_or(f64::MAX);
    match problem.options.metric {
        Metric::LogLoss => -loss(|row| row.log_loss),
        Metric::Brier => -loss(|row| row.brier),
        Metric::Kappa => {
            kappa(rows.iter().map(|row| (row.levels, row.units)), problem.levels.len()).unwrap_or(0.0)
        }
    }
}
