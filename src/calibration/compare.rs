//! Paired gains with intervals, by drawing whole clusters.

use super::figures::{Row, kappa};
use super::fitted::{Gain, Gains};
use super::options::{Metric, Options};
use super::problem::{Item, Prediction, Problem};
use crate::stats::Bootstrap;

/// An item's rows under both sides of a comparison.
type Pair = (Row, Row);

/// What `ours` gains over `theirs` on the same items.
pub(super) fn gains(problem: &Problem<'_>, ours: &[Prediction], theirs: &[Prediction]) -> Gains {
    let clusters = clusters(&problem.items, ours, theirs);
    let options = problem.options;
    let hit = |row: &Row| f64::from(u8::from(row.hit()));
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
            rows.map(|(item, (ours, theirs))| (Row::of(item, *ours), Row::of(item, *theirs))).collect()
        })
        .collect()
}

fn mean_gain(options: &Options, clusters: &[Vec<Pair>], gain: impl Fn(&Pair) -> f64) -> Gain {
    let sums: Vec<(f64, f64)> = clusters
        .iter()
        .map(|cluster| cluster.iter().fold((0.0, 0.0), |(sum, n), pair| (sum + gain(pair), n + 1.0)))
        .collect();
    bootstrapped(options, &sums, |drawn| {
        let (sum, n) = drawn.iter().fold((0.0, 0.0), |total, one| (total.0 + one.0, total.1 + one.1));
        Some(sum / n)
    })
}

/// κ of ours, minus that of theirs where `against` says so.
fn kappa_gain(problem: &Problem<'_>, clusters: &[Vec<Pair>], against: bool) -> Gain {
    let levels = problem.levels.len();
    let side = |drawn: &[&Vec<Pair>], pick: fn(&Pair) -> (usize, usize)| {
        kappa(drawn.iter().flat_map(|cluster| cluster.iter().map(pick)), levels)
    };
    let clusters: Vec<&Vec<Pair>> = clusters.iter().collect();
    bootstrapped(problem.options, &clusters, |drawn| {
        let ours = side(drawn, |pair| pair.0.levels)?;
        Some(if against { ours - side(drawn, |pair| pair.1.levels)? } else { ours })
    })
}

fn bootstrapped<T: Clone>(options: &Options, items: &[T], statistic: impl Fn(&[T]) -> Option<f64>) -> Gain {
    let bootstrap = Bootstrap { resamples: options.resamples, seed: options.seed };
    Gain { value: statistic(items), interval: bootstrap.percentile(items, &statistic, options.level) }
}
