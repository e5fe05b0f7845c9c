//! Tries all kinds of maps and keeps one that is worth it.

use super::case::{Case, Verdicts};
use super::compare;
use super::figures::Figures;
use super::fit_kind::fit_kind;
use super::fitted::{Adjusted, Decision, Fitted, FittedMap};
use super::folds::assign;
use super::kind::Kind;
use super::options::{Metric, Options};
use super::problem::{Item, Prediction, Problem};
use super::refusal::Refusal;
use super::select::{best_kind, by_fold, out_of_fold, plain};
use crate::stats::mean;

/// Fits all kinds and keeps the best where it is worth it.
///
/// Every kind is fitted without each fold in turn and judged on it. Since the best of several looks
/// better than it is, the choice itself is judged by an outer cross-validation, and a map is kept
/// only if there both its gain over no map and its skill are above 0 with the whole interval. The
/// order of the cases does not matter.
///
/// # Errors
/// The cases are too few, hardly differ in their labels, or make no sense.
pub fn fit(verdicts: &Verdicts, cases: &[Case], options: &Options) -> Result<Fitted, Refusal> {
    let problem = Problem::new(verdicts, cases, options)?;
    let items: Vec<&Item> = problem.items.iter().collect();
    let folds = assign(&items, options.folds, options.seed);
    let table = table(&problem, &items, &folds);
    let adjusted = adjusted(&problem, &items, &folds);
    let kind = best_kind(&problem, &items, options.seed);
    let decision = decide(kind, &table, &adjusted, options.metric);
    let chosen =
        kind.filter(|_| decision == Decision::Kept).and_then(|kind| fit_kind(kind, &problem, &items));
    Ok(Fitted {
        chosen,
        decision,
        metric: options.metric,
        n: items.len(),
        clusters: items.chunk_by(|left, right| left.cluster == right.cluster).count(),
        base_rate: mean_truth(&items),
        undecided: problem.undecided,
        plain: figures(&problem, &plain(&items)),
        table,
        adjusted,
    })
}

fn table(problem: &Problem<'_>, items: &[&Item], folds: &[usize]) -> Vec<FittedMap> {
    let without = plain(items);
    let candidate = |&kind: &Kind| {
        let predictions = out_of_fold(problem, items, folds, kind)?;
        let gains = compare::gains(problem, &predictions, &without);
        Some(FittedMap { kind, figures: figures(problem, &predictions), gains })
    };
    problem.options.kinds.iter().filter_map(candidate).collect()
}

/// The choice of a kind, made anew without each outer fold.
fn adjusted(problem: &Problem<'_>, items: &[&Item], folds: &[usize]) -> Adjusted {
    let mut choices = Vec::new();
    let mut constant = Vec::new();
    let mut seed = problem.options.seed;
    let predictions = by_fold(problem, items, folds, |kept| {
        seed = seed.wrapping_add(1);
        let kind = best_kind(problem, kept, seed);
        choices.push(kind);
        constant.push(mean_truth(kept));
        Some(kind.and_then(|kind| fit_kind(kind, problem, kept)))
    })
    .unwrap_or_else(|| plain(items));
    let skillless: Vec<Prediction> = folds
        .iter()
        .map(|&fold| Prediction { value: constant.get(fold).copied().unwrap_or(0.5), level: 0 })
        .collect();
    Adjusted {
        figures: figures(problem, &predictions),
        gains: compare::gains(problem, &predictions, &plain(items)),
        skill: compare::skill(problem, &predictions, &skillless),
        choices,
    }
}

fn decide(kind: Option<Kind>, table: &[FittedMap], adjusted: &Adjusted, metric: Metric) -> Decision {
    let Some(row) = table.iter().find(|row| Some(row.kind) == kind) else {
        return Decision::NoGain;
    };
    if !row.gains.of(metric).is_real() || !adjusted.gains.of(metric).is_real() {
        return Decision::GainUncertain;
    }
    if adjusted.skill.is_real() { Decision::Kept } else { Decision::NoSkill }
}

fn figures(problem: &Problem<'_>, predictions: &[Prediction]) -> Figures {
    Figures::of(&problem.items, predictions, problem.levels.len())
}

fn mean_truth(items: &[&Item]) -> f64 {
    mean(&items.iter().map(|item| item.truth).collect::<Vec<_>>()).unwrap_or(0.5)
}
