//! How far two judges agree with each other.

use serde::{Deserialize, Serialize};

use super::side::Judged;
use crate::stats::{Bootstrap, Confusion, Estimate, Interval, Weighting, spearman};
use crate::summary::Rate;

/// How far the two sides agree, over the records that both scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeAgreement {
    /// Records with the same verdict.
    pub same: Rate,
    /// Cohen's κ; on a numeric scale with quadratic weights.
    pub kappa: Option<f64>,
    /// Its interval.
    pub kappa_interval: Option<Interval>,
    /// Gwet's AC1.
    pub ac1: Option<f64>,
    /// Its normal interval.
    pub ac1_interval: Option<Interval>,
    /// Spearman's ρ of the scores.
    pub rank_correlation: Option<f64>,
    /// Records with a value on both sides, which the rank correlation is over.
    pub rank_n: u64,
}

const LEVEL: f64 = 0.95;

/// Above this many records κ's interval is the large-sample one.
const MOST_DRAWN: u64 = 2000;
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 22 };

/// The agreement over pairs of (old, new); `None` if no record has a verdict on both sides.
pub(super) fn agreement(pairs: &[(&Judged, &Judged)], is_numeric: bool) -> Option<JudgeAgreement> {
    let labels: Vec<(&str, &str)> =
        pairs.iter().filter_map(|(old, new)| Some((old.label()?, new.label()?))).collect();
    if labels.is_empty() {
        return None;
    }
    let same = labels.iter().filter(|(old, new)| old == new).count() as u64;
    let names: Confusion<&str> = labels.iter().copied().collect();
    let (kappa, kappa_interval) = if is_numeric {
        let levels: Confusion<i64> =
            labels.iter().filter_map(|(old, new)| Some((level(old)?, level(new)?))).collect();
        kappa(&filled(levels), Weighting::Quadratic)
    } else {
        kappa(&names, Weighting::Identity)
    };
    let ac1 = names.ac1();
    let values: Vec<(f64, f64)> =
        pairs.iter().filter_map(|(old, new)| Some((old.value()?, new.value()?))).collect();
    let (old, new): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
    Some(JudgeAgreement {
        same: Rate::of(same, labels.len() as u64),
        kappa: kappa.map(|kappa| kappa.value),
        kappa_interval,
        ac1: ac1.map(|ac1| ac1.value),
        ac1_interval: ac1.and_then(|ac1| Some(ac1.interval(LEVEL)?.within(-1.0, 1.0))),
        rank_correlation: spearman(&old, &new),
        rank_n: old.len() as u64,
    })
}

/// A numeric verdict as a whole level.
#[expect(clippy::cast_possible_truncation, reason = "levels are small whole numbers")]
pub(super) fn level(label: &str) -> Option<i64> {
    label.parse::<f64>().ok().filter(|level| level.is_finite()).map(|level| level.round() as i64)
}

/// Every level between counts too: quadratic weights go by the distance on the scale.
fn filled(levels: Confusion<i64>) -> Confusion<i64> {
    let range = (levels.labels().min().copied(), levels.labels().max().copied());
    let (Some(lowest), Some(highest)) = range else {
        return levels;
    };
    let mut filled = Confusion::with_labels(lowest..=highest);
    filled.merge(&levels);
    filled
}

fn kappa<L: Ord + Clone>(
    confusion: &Confusion<L>,
    weighting: Weighting,
) -> (Option<Estimate>, Option<Interval>) {
    let estimate = confusion.kappa(weighting);
    let interval = if confusion.n() <= MOST_DRAWN {
        confusion.kappa_interval(weighting, &BOOTSTRAP, LEVEL)
    } else {
        estimate.and_then(|kappa| Some(kappa.interval(LEVEL)?.within(-1.0, 1.0)))
    };
    (estimate, interval)
}
