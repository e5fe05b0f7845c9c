//! What placing the threshold does, apart from the prompt: pairs of the baseline's and the winner's
//! judgments, and what they gain by it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::eval::Expected;
use crate::optimizer::objective::{Given, Judgment, Objective};
use crate::signature::Scale;
use crate::stats::{Bootstrap, Interval, Paired, ThresholdGoal, best_threshold};

/// What a model said: asked by the baseline, and by the winner.
pub(super) type Pair = (Judgment, Judgment);

/// What was said on one side of the pairs.
pub(super) fn side(pairs: &[Pair], of: fn(&Pair) -> &Judgment) -> Vec<Judgment> {
    pairs.iter().map(|pair| of(pair).clone()).collect()
}

/// The share of right verdicts less that of others about the same records, and its interval.
pub(super) fn hits(
    these: &[Judgment],
    others: &[Judgment],
    sources: &[String],
) -> (Option<f64>, Option<Interval>) {
    let right = |judgments: &[Judgment]| -> Vec<f64> {
        judgments.iter().map(|judgment| if is_right(judgment) { 1.0 } else { 0.0 }).collect()
    };
    let paired = Paired::new(right(these), right(others)).map(|paired| paired.clustered(sources.to_vec()));
    let difference = paired.as_ref().and_then(Paired::difference);
    (difference, paired.and_then(|paired| paired.interval(0.95)))
}

fn is_right(judgment: &Judgment) -> bool {
    matches!(&judgment.given, Given::Verdict { label, .. } if *label == judgment.expected.label)
}

/// What placing the threshold does, apart from the prompt's gain: all on the test part, by κ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThresholdFigures {
    /// The baseline's threshold.
    pub baseline_at: f64,
    /// The baseline's κ at the verdicts it gives.
    pub baseline_before: Option<f64>,
    /// Its κ from the threshold on.
    pub baseline_after: Option<f64>,
    /// The winner's threshold.
    pub winner_at: f64,
    /// The winner's κ at the verdicts it gives.
    pub winner_before: Option<f64>,
    /// Its κ from the threshold on.
    pub winner_after: Option<f64>,
    /// Prompt and threshold together: the share of right verdicts of the winner (of the baseline, where
    /// it stays) from its threshold on, less the baseline's share at the verdicts it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits: Option<f64>,
    /// Its interval (Tango 1998).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits_interval: Option<Interval>,
    /// The interval of the same gain in κ, by a bootstrap over groups of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kappa_interval: Option<Interval>,
}

/// Thresholds placed on the validation part and tried on the test part, for two verdicts with scores
/// between them.
pub(super) fn thresholds(
    pairs: &[Pair],
    sources: &[String],
    validation: &[Vec<Judgment>; 2],
    scale: &Scale,
) -> Option<ThresholdFigures> {
    let names = two_verdicts(scale)?;
    let baseline_at = placed(&validation[0])?;
    let winner_at = placed(&validation[1])?;
    let (baseline, winner) = (side(pairs, |pair| &pair.0), side(pairs, |pair| &pair.1));
    let kappa = |judgments: &[Judgment]| Objective::Kappa.value(judgments, scale);
    let placed = passed_from(&winner, winner_at, &names);
    let (hits, hits_interval) = hits(&placed, &baseline, sources);
    let both: Vec<Pair> = baseline.iter().cloned().zip(placed.iter().cloned()).collect();
    Some(ThresholdFigures {
        baseline_at,
        baseline_before: kappa(&baseline),
        baseline_after: kappa(&passed_from(&baseline, baseline_at, &names)),
        winner_at,
        winner_before: kappa(&winner),
        winner_after: kappa(&placed),
        hits,
        hits_interval,
        kappa_interval: kappa_interval(&both, sources, scale),
    })
}

/// The interval of the second's κ less the first's.
fn kappa_interval(pairs: &[Pair], sources: &[String], scale: &Scale) -> Option<Interval> {
    let mut groups: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for (pair, source) in pairs.iter().zip(sources) {
        groups.entry(source).or_default().push(pair);
    }
    let groups: Vec<Vec<&Pair>> = groups.into_values().collect();
    let gain = |groups: &[Vec<&Pair>]| {
        let kappa = |of: fn(&Pair) -> &Judgment| {
            let judgments: Vec<Judgment> = groups.iter().flatten().map(|pair| of(pair).clone()).collect();
            Objective::Kappa.value(&judgments, scale)
        };
        Some(kappa(|pair| &pair.1)? - kappa(|pair| &pair.0)?)
    };
    Bootstrap::default().percentile(&groups, gain, 0.95)
}

/// The labels worth 1 and 0, where there are no others.
fn two_verdicts(scale: &Scale) -> Option<[String; 2]> {
    let good = scale.labels().iter().find(|label| label.value == Some(1.0))?;
    let bad = scale.labels().iter().find(|label| label.value == Some(0.0))?;
    (scale.labels().len() == 2).then(|| [good.name.clone(), bad.name.clone()])
}

/// The threshold with the highest κ; `None` where all scores are 0 or 1, as decoded verdicts are.
fn placed(validation: &[Judgment]) -> Option<f64> {
    let items: Vec<(f64, bool)> = validation
        .iter()
        .filter_map(|one| match &one.given {
            Given::Verdict { value: Some(value), .. } => Some((*value, good(&one.expected)?)),
            _ => None,
        })
        .collect();
    let between = items.iter().any(|(value, _)| *value > 0.0 && *value < 1.0);
    between.then(|| best_threshold(&items, ThresholdGoal::Kappa))
}

fn good(expected: &Expected) -> Option<bool> {
    expected.value.map(|value| value >= 0.5)
}

fn passed_from(judgments: &[Judgment], at: f64, [good, bad]: &[String; 2]) -> Vec<Judgment> {
    let moved = |one: &Judgment| {
        let mut one = one.clone();
        if let Given::Verdict { label, value: Some(value) } = &mut one.given {
            label.clone_from(if *value >= at { good } else { bad });
        }
        one
    };
    judgments.iter().map(moved).collect()
}
