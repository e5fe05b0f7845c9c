//! Tries all kinds of maps, measures their paired gains over whole clusters, and keeps one that is worth it.

use super::fitted::{Adjusted, Figures, Fitted, FittedMap, Gain, Gains, ItemFigures, MapDecision, kappa};
use super::options::{MapKind, Metric, Options};
use super::problem::{Case, Item, Prediction, Problem, Refusal, Verdicts};
use super::select::{assign, best_kind, by_fold, fit_kind, out_of_fold, plain};
use crate::stats::{Bootstrap, sum};

/// An item's rows under both sides of a comparison.
type Pair = (ItemFigures, ItemFigures);

/// What `ours` gains over `theirs` on the same items.
pub(super) fn gains(problem: &Problem<'_>, ours: &[Prediction], theirs: &[Prediction]) -> Gains {
    let clusters = clusters(&problem.items, ours, theirs);
    let options = problem.options;
    let hit = |row: &ItemFigures| f64::from(u8::from(row.hit()));
    Gains {
        log_loss: mean_gain(options, &clusters, |(ours, theirs)| theirs.log_loss - ours.log_loss),
        brier: mean_gain(options, &clusters, |(ours, theirs)| theirs.brier - ours.brier),
        accuracy: mean_gain(options, &clusters, |(ours, theirs)| hit(ours) - hit(theirs)),
        kappa: kappa_gain(problem, &clusters, true),
    }
}

/// What `ours` gains over a judge without skill: `constant` is its score for each item.
pub(super) fn skill(problem: &Problem<'_>, ours: &[Prediction], constant: &[Prediction]) -> Gain {
    let clusters = clusters(&problem.items, ours, constant);
    match problem.options.metric {
        Metric::LogLoss => {
            mean_gain(problem.options, &clusters, |(ours, theirs)| theirs.log_loss - ours.log_loss)
        }
        Metric::Brier => mean_gain(problem.options, &clusters, |(ours, theirs)| theirs.brier - ours.brier),
        Metric::Kappa => kappa_gain(problem, &clusters, false),
    }
}

/// Items stand sorted by cluster.
fn clusters(items: &[Item], ours: &[Prediction], theirs: &[Prediction]) -> Vec<Vec<Pair>> {
    let mut rows = items.iter().zip(ours.iter().zip(theirs));
    let groups = items.chunk_by(|left, right| left.cluster == right.cluster);
    groups
        .map(|group| {
            let rows = rows.by_ref().take(group.len());
            rows.map(|(item, (ours, theirs))| (ItemFigures::of(item, *ours), ItemFigures::of(item, *theirs)))
                .collect()
        })
        .collect()
}

fn mean_gain(options: &Options, clusters: &[Vec<Pair>], gain: impl Fn(&Pair) -> f64) -> Gain {
    let sums: Vec<(f64, f64)> = clusters
        .iter()
        .map(|cluster| {
            let add = |(sum, n), pair: &Pair| (sum + pair.0.weight * gain(pair), n + pair.0.weight);
            cluster.iter().fold((0.0, 0.0), add)
        })
        .collect();
    bootstrapped(options, &sums, |drawn| {
        let (sum, n) = drawn.iter().fold((0.0, 0.0), |total, one| (total.0 + one.0, total.1 + one.1));
        Some(sum / n)
    })
}

/// κ of ours, minus that of theirs where `against` says so.
fn kappa_gain(problem: &Problem<'_>, clusters: &[Vec<Pair>], against: bool) -> Gain {
    let levels = problem.levels.len();
    let side = |drawn: &[&Vec<Pair>], pick: fn(&Pair) -> &ItemFigures| {
        kappa(
            drawn.iter().flat_map(|cluster| cluster.iter().map(pick)).map(|row| (row.levels, row.units)),
            levels,
        )
    };
    let clusters: Vec<&Vec<Pair>> = clusters.iter().collect();
    bootstrapped(problem.options, &clusters, |drawn| {
        let ours = side(drawn, |pair| &pair.0)?;
        Some(if against { ours - side(drawn, |pair| &pair.1)? } else { ours })
    })
}

fn bootstrapped<T: Clone>(options: &Options, items: &[T], statistic: impl Fn(&[T]) -> Option<f64>) -> Gain {
    let bootstrap = Bootstrap { resamples: options.resamples, seed: options.seed };
    Gain { value: statistic(items), interval: bootstrap.percentile(items, &statistic, options.level) }
}

/// Fits all kinds and keeps the best where it is worth it.
///
/// Every kind is fitted without each fold in turn and judged on it. Since the best of several looks
/// better than it is, the choice itself is judged by an outer cross-validation, and a map is kept
/// only if there both its gain over no map and its skill are above 0 with the whole interval. The
/// order of the cases does not matter.
///
/// # Errors
/// The cases are too few, hardly differ in their labels, or make no sense.
pub(crate) fn fit(verdicts: &Verdicts, cases: &[Case], options: &Options) -> Result<Fitted, Refusal> {
    let problem = Problem::new(verdicts, cases, options)?;
    let items: Vec<&Item> = problem.items.iter().collect();
    let folds = assign(&items, options.folds, options.seed);
    let table = table(&problem, &items, &folds);
    let adjusted = adjusted(&problem, &items, &folds);
    let kind = best_kind(&problem, &items, options.seed);
    let decision = decide(kind, &table, &adjusted, options.metric);
    let chosen =
        kind.filter(|_| decision == MapDecision::Kept).and_then(|kind| fit_kind(kind, &problem, &items));
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
    let candidate = |&kind: &MapKind| {
        let predictions = out_of_fold(problem, items, folds, kind)?;
        let gains = gains(problem, &predictions, &without);
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
        gains: gains(problem, &predictions, &plain(items)),
        skill: skill(problem, &predictions, &skillless),
        choices,
    }
}

fn decide(kind: Option<MapKind>, table: &[FittedMap], adjusted: &Adjusted, metric: Metric) -> MapDecision {
    let Some(row) = table.iter().find(|row| Some(row.kind) == kind) else {
        return MapDecision::NoGain;
    };
    if !row.gains.of(metric).is_real() || !adjusted.gains.of(metric).is_real() {
        return MapDecision::GainUncertain;
    }
    if adjusted.skill.is_real() { MapDecision::Kept } else { MapDecision::NoSkill }
}

fn figures(problem: &Problem<'_>, predictions: &[Prediction]) -> Figures {
    Figures::of(&problem.items, predictions, problem.levels.len())
}

fn mean_truth(items: &[&Item]) -> f64 {
    let truths: Vec<f64> = items.iter().map(|item| item.weight * item.truth).collect();
    let weights: Vec<f64> = items.iter().map(|item| item.weight).collect();
    sum(&truths).zip(sum(&weights)).filter(|(_, all)| *all > 0.0).map_or(0.5, |(sum, all)| sum / all)
}
