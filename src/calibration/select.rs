//! Which kind does best out of fold.

use super::figures::{Row, kappa};
use super::fit_kind::fit_kind;
use super::folds::assign;
use super::kind::Kind;
use super::options::Metric;
use super::problem::{Item, Prediction, Problem};
use crate::stats::{CalibrationMap, mean};

/// Each item's prediction by a map of the kind that was fitted without its fold. `None` where the
/// kind cannot be fitted.
pub(super) fn out_of_fold(
    problem: &Problem<'_>,
    items: &[&Item],
    folds: &[usize],
    kind: Kind,
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
pub(super) fn best_kind(problem: &Problem<'_>, items: &[&Item], seed: u64) -> Option<Kind> {
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
    let rows: Vec<Row> = items.iter().zip(predictions).map(|(item, one)| Row::of(item, *one)).collect();
    let loss = |of: fn(&Row) -> f64| mean(&rows.iter().map(of).collect::<Vec<_>>()).unwrap_or(f64::MAX);
    match problem.options.metric {
        Metric::LogLoss => -loss(|row| row.log_loss),
        Metric::Brier => -loss(|row| row.brier),
        Metric::Kappa => kappa(rows.iter().map(|row| row.levels), problem.levels.len()).unwrap_or(0.0),
    }
}
