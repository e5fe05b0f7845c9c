//! When a judge's verdict may stand, and when the next judge is asked: thresholds with a guarantee, and what a cascade
//! of judges costs.
//!
//! Trust or Escalate: Jung, Brahman & Choi 2025, arXiv 2407.18370. A threshold on the judge's confidence is lowered
//! from the top as long as the exact upper bound of the error among the verdicts above it is at most α. All thresholds
//! are tested in one fixed order, so the promise fails with probability at most δ, however many there are.
//!
//! The paper begins at 30 verdicts. There one error ends it, so the order is gone through twice, each time at half of δ:
//! from the fewest verdicts that can pass without an error, and from those that can pass with errors of α / 2. Several
//! beginnings that share δ keep the promise: Angelopoulos et al. 2021, *Learn then Test*, arXiv 2110.01052.

use serde::{Deserialize, Serialize};

use super::proportion::Proportion;
use crate::number::{real, to_u64};

/// Below this many verdicts above a threshold nothing is said of it: their bound could not be small enough.
pub(super) const FEWEST: u64 = 30;

/// Thresholds are looked for in steps of 1 / this. They are fixed before the labels are seen.
const STEPS: u32 = 1000;

/// A labelled verdict: the judge's confidence in `0..=1`, and whether it is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judgment {
    /// The confidence.
    pub confidence: f64,
    /// Whether the verdict is the label.
    pub is_right: bool,
}

/// What is promised: at most a share α of the verdicts that stand are wrong, and the promise itself fails with
/// probability at most δ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// α in `0..1`: 1 less the agreement that is promised.
    pub alpha: f64,
    /// δ in `0..1`.
    pub delta: f64,
}

/// A threshold on confidence from which on verdicts may stand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StageThreshold {
    /// The lowest confidence with which a verdict stands.
    pub confidence: f64,
    /// The labelled verdicts that stand, and how many of them are wrong.
    pub wrong: Proportion,
    /// The exact upper bound of the share that is wrong, at most α.
    pub upper: f64,
}

/// The lowest threshold that keeps the promise for one judge; `None` where none does.
#[must_use]
pub(crate) fn stage_threshold(judgments: &[Judgment], promise: Promise) -> Option<StageThreshold> {
    let half = half(promise);
    let all = judgments.len() as u64;
    let begin = |risk: f64| (FEWEST..=all).find(|n| passes(risk, *n, half));
    let mut above = judgments.to_vec();
    above.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    let found = [0.0, promise.alpha / 2.0].into_iter().filter_map(|risk| lowered(&above, begin(risk)?, half));
    found.min_by(|left, right| left.confidence.total_cmp(&right.confidence))
}

/// The same promise for each of the two beginnings.
pub(super) fn half(promise: Promise) -> Promise {
    Promise { delta: promise.delta / 2.0, ..promise }
}

/// Whether the upper bound of so many verdicts is at most α, if this share of them is wrong.
pub(super) fn passes(risk: f64, n: u64, promise: Promise) -> bool {
    let wrong = Proportion::new(to_u64((risk * real(n)).round()).min(n), n);
    wrong.upper_bound(promise.delta).is_some_and(|upper| upper <= promise.alpha)
}

/// The lowest threshold at which the bound holds, and held at every one before from so many verdicts on. The judgments
/// are sorted, the surest first.
fn lowered(above: &[Judgment], begin: u64, promise: Promise) -> Option<StageThreshold> {
    let (mut kept, mut wrong) = (None, Proportion::new(0, 0));
    let mut rest = above.iter().peekable();
    for step in (0..=STEPS).rev() {
        let confidence = f64::from(step) / f64::from(STEPS);
        while let Some(judgment) = rest.next_if(|judgment| judgment.confidence >= confidence) {
            wrong.n += 1;
            wrong.successes += u64::from(!judgment.is_right);
        }
        if wrong.n < begin {
            continue;
        }
        let upper = wrong.upper_bound(promise.delta)?;
        if upper > promise.alpha {
            break;
        }
        kept = Some(StageThreshold { confidence, wrong, upper });
    }
    kept
}

/// A threshold for each judge of a cascade, in the order in which they are asked; each is found on the records that
/// those before leave, at δ shared out among the judges. `stages` holds for each judge its verdict on every record,
/// `None` where it has none.
#[must_use]
pub(crate) fn cascade_thresholds(
    stages: &[Vec<Option<Judgment>>],
    promise: Promise,
) -> Vec<Option<StageThreshold>> {
    let each = Promise { delta: promise.delta / real(stages.len().max(1)), ..promise };
    let mut left: Vec<usize> = (0..stages.iter().map(Vec::len).max().unwrap_or(0)).collect();
    let mut thresholds = Vec::new();
    for stage in stages {
        let of = |record: &usize| stage.get(*record).copied().flatten();
        let judgments: Vec<Judgment> = left.iter().filter_map(of).collect();
        let threshold = stage_threshold(&judgments, each);
        if let Some(threshold) = threshold {
            left.retain(|record| {
                of(record).is_none_or(|judgment| judgment.confidence < threshold.confidence)
            });
        }
        thresholds.push(threshold);
    }
    thresholds
}

/// What a record costs in a cascade, Σ cᵢ Πⱼ₍ⱼ˂ᵢ₎ (1 − covⱼ): each judge's cost, and the share of the records that reach
/// it on which its verdict stands.
#[must_use]
pub(crate) fn cascade_cost(stages: &[(f64, f64)]) -> f64 {
    let mut reached = 1.0;
    let mut cost = 0.0;
    for (each, stands) in stages {
        cost += reached * each;
        reached *= 1.0 - stands;
    }
    cost
}

/// The share of a cost that a lower one saves: 1 − cost / alone; below 0 where it costs more. `None` where alone is 0.
#[must_use]
pub(crate) fn saved_share(cost: f64, alone: f64) -> Option<f64> {
    (alone > 0.0).then(|| 1.0 - cost / alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::Random;

    fn judgment(confidence: f64, is_right: bool) -> Judgment {
        Judgment { confidence, is_right }
    }

    #[test]
    fn a_threshold_is_lowered_until_the_bound_passes_alpha() {
        // 60 sure and right; 40 unsure, of which every other is wrong.
        let mut judgments = vec![judgment(0.9, true); 60];
        judgments.extend((0..40).map(|number| judgment(0.4, number % 2 == 0)));
        let promise = Promise { alpha: 0.1, delta: 0.1 };
        let found = stage_threshold(&judgments, promise).unwrap();
        assert_eq!((found.wrong.successes, found.wrong.n), (0, 60));
        assert!(
            (found.confidence - 0.401).abs() < 1e-9,
            "the lowest step that leaves the unsure out: {found:?}"
        );
        // 1 − 0.05^(1/60).
        assert!((found.upper - 0.048_703_1).abs() < 1e-6, "{found:?}");
        assert_eq!(stage_threshold(&judgments, Promise { alpha: 0.01, delta: 0.1 }), None);
        assert_eq!(stage_threshold(&judgments[..29], promise), None, "too few to say anything");
        assert_eq!(stage_threshold(&[], promise), None);
    }

    #[test]
    fn an_error_among_the_surest_does_not_end_it() {
        // Of 400 verdicts every 50th is wrong, the surest too: 2 %, where 10 % are allowed.
        let judgments: Vec<Judgment> =
            (0..400).map(|n| judgment(1.0 - f64::from(n) / 1000.0, n % 50 != 0)).collect();
        let promise = Promise { alpha: 0.1, delta: 0.1 };
        let found = stage_threshold(&judgments, promise).unwrap();
        assert_eq!((found.wrong.successes, found.wrong.n), (8, 400), "{found:?}");
    }

    #[test]
    fn many_stages_leave_each_a_small_part_of_delta() {
        // At δ / 8, 30 verdicts without an error are too few, and more are not.
        let stages = vec![vec![Some(judgment(0.9, true)); 60]; 4];
        let thresholds = cascade_thresholds(&stages, Promise { alpha: 0.1, delta: 0.1 });
        assert!(thresholds[0].is_some() && thresholds[1].is_none(), "{thresholds:?}");
    }

    #[test]
    fn the_next_judge_is_calibrated_on_what_is_left() {
        let cheap: Vec<_> =
            (0..200).map(|n| Some(judgment(if n < 100 { 0.95 } else { 0.3 }, n < 100))).collect();
        let dear: Vec<_> = (0..200).map(|n| Some(judgment(0.8, n >= 100))).collect();
        let thresholds = cascade_thresholds(&[cheap, dear], Promise { alpha: 0.1, delta: 0.1 });
        let [Some(first), Some(second)] = thresholds.as_slice() else { panic!("{thresholds:?}") };
        assert_eq!((first.wrong.n, second.wrong.n), (100, 100));
        assert_eq!(
            second.wrong.successes, 0,
            "on the others the dear judge would be wrong, and is not asked"
        );
    }

    #[test]
    fn the_founding_arithmetic() {
        let cost = cascade_cost(&[(4.05, 0.8), (9.31, 1.0)]);
        assert_eq!(format!("{cost:.2}"), "5.91");
        assert_eq!(format!("{:.1}", 100.0 * saved_share(cost, 9.31).unwrap()), "36.5");
        assert_eq!(saved_share(1.0, 0.0), None);
    }

    /// Two judges whose chance of being right is known at every confidence: 0.5 + c / 2, and 0.7 + 0.3 c, c uniform.
    #[test]
    fn the_promise_fails_in_at_most_delta_of_a_thousand_draws() {
        let promise = Promise { alpha: 0.15, delta: 0.1 };
        let mut random = Random::new(7);
        let (mut failed, mut covered) = (0_u32, 0.0);
        for _ in 0..1000 {
            let mut draw = |low: f64| {
                let drawn = (0..300).map(|_| {
                    let confidence = random.unit();
                    Some(judgment(confidence, random.unit() < low + (1.0 - low) * confidence))
                });
                drawn.collect::<Vec<_>>()
            };
            let stages = [draw(0.5), draw(0.7)];
            let found = cascade_thresholds(&stages, promise);
            let stands = |place: usize| found[place].map_or(0.0, |threshold| 1.0 - threshold.confidence);
            // The mean of (1 − low)(1 − c) over c from the threshold to 1.
            let (first, second) = (stands(0), stands(1));
            let wrong = |low: f64, stands: f64| (1.0 - low) * stands / 2.0;
            let both = first + (1.0 - first) * second;
            let risk = first * wrong(0.5, first) + (1.0 - first) * second * wrong(0.7, second);
            failed += u32::from(both > 0.0 && risk / both > promise.alpha);
            covered += both / 1000.0;
        }
        // 131 of 1,000 is what chance makes of a true 10 % in one of a thousand tries.
        assert!(failed <= 131, "{failed} of 1,000");
        assert!(covered > 0.5, "a promise that covers nothing is empty: {covered}");
    }
}
