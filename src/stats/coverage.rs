//! How many verdicts stand from a confidence on, and how wrong those are; and how many labels a threshold with a
//! guarantee takes.

use serde::{Deserialize, Serialize};

use super::cascade::{FEWEST, Judgment, Promise, half, passes};
use super::proportion::Proportion;
use crate::number::{real, to_u64};

/// The most labels that are thought of.
const MOST: u64 = 1_000_000;

/// What a threshold on the confidence would come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RiskAt {
    /// The threshold: the lowest confidence with which a verdict would stand.
    pub confidence: f64,
    /// Records whose verdict would stand, of all that reach the judge.
    pub stands: Proportion,
    /// Wrong verdicts, of those that would stand.
    pub wrong: Proportion,
    /// The exact upper bound of the share that is wrong: it is higher with probability at most δ.
    pub upper: f64,
}

/// Coverage against risk: every confidence that occurs as a threshold, from the highest on. `records` reach the judge;
/// those without a verdict, or without a confidence, are not among the judgments.
#[must_use]
pub(crate) fn coverage_and_risk(judgments: &[Judgment], records: u64, delta: f64) -> Vec<RiskAt> {
    let mut sorted = judgments.to_vec();
    sorted.sort_by(|left, right| right.confidence.total_cmp(&left.confidence));
    let mut curve: Vec<RiskAt> = Vec::new();
    let mut wrong = Proportion::new(0, 0);
    for judgment in sorted {
        wrong = Proportion::new(wrong.successes + u64::from(!judgment.is_right), wrong.n + 1);
        let Some(upper) = wrong.upper_bound(delta) else { continue };
        let stands = Proportion::new(wrong.n, records.max(wrong.n));
        let at = RiskAt { confidence: judgment.confidence, stands, wrong, upper };
        match curve.last_mut() {
            Some(last) if last.confidence.total_cmp(&judgment.confidence).is_eq() => *last = at,
            _ => curve.push(at),
        }
    }
    curve
}

/// About how many labelled records must reach a judge until a threshold keeps the promise, if its errors stay as these
/// judgments show them: each share that is wrong is taken as half an error more in one verdict more, so that no error
/// among few is not taken for none at all. `None` where no threshold's errors are below α.
#[must_use]
pub(crate) fn labels_for_a_threshold(judgments: &[Judgment], records: u64, promise: Promise) -> Option<u64> {
    let curve = coverage_and_risk(judgments, records, promise.delta);
    let needed = curve.iter().filter_map(|at| {
        let risk = (real(at.wrong.successes) + 0.5) / (real(at.wrong.n) + 1.0);
        let verdicts = verdicts_for(risk, promise)?;
        Some(to_u64((real(verdicts) / at.stands.rate()?).ceil()))
    });
    needed.min()
}

/// How many verdicts of this risk it takes until their upper bound is at most α.
fn verdicts_for(risk: f64, promise: Promise) -> Option<u64> {
    let promise = half(promise);
    let is_enough = |n: u64| passes(risk, n, promise);
    if risk >= promise.alpha || !is_enough(MOST) {
        return None;
    }
    let (mut few, mut enough) = (FEWEST - 1, MOST);
    while enough - few > 1 {
        let middle = u64::midpoint(few, enough);
        if is_enough(middle) { enough = middle } else { few = middle }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgments(of: &[(f64, u64, u64)]) -> Vec<Judgment> {
        let each = of.iter().flat_map(|(confidence, n, wrong)| {
            (0..*n).map(|place| Judgment { confidence: *confidence, is_right: place >= *wrong })
        });
        each.collect()
    }

    #[test]
    fn every_confidence_that_occurs_is_a_threshold() {
        let curve = coverage_and_risk(&judgments(&[(0.9, 50, 0), (0.6, 50, 5)]), 200, 0.1);
        let shown: Vec<_> =
            curve.iter().map(|at| (at.confidence, at.stands.successes, at.wrong.successes)).collect();
        assert_eq!(shown, [(0.9, 50, 0), (0.6, 100, 5)]);
        assert_eq!(curve[0].stands.n, 200);
        // METHODS: Clopper–Pearson of 0 of 50 and 5 of 100 at δ = 0.1.
        assert!((curve[0].upper - 0.045_007).abs() < 1e-6 && (curve[1].upper - 0.090_771).abs() < 1e-6);
        assert!(coverage_and_risk(&[], 10, 0.1).is_empty());
    }

    #[test]
    fn the_labels_it_takes_are_enough() {
        let promise = Promise { alpha: 0.1, delta: 0.1 };
        // Of 20 sure verdicts 1 is wrong: a risk of 1.5 / 21, and half of the records are covered.
        let few = judgments(&[(0.9, 20, 1), (0.3, 20, 12)]);
        let labels = labels_for_a_threshold(&few, 40, promise).unwrap();
        let times = labels / 40 + 1;
        let many = judgments(&[(0.9, 20 * times, times), (0.3, 20 * times, 12 * times)]);
        assert!(
            super::super::cascade::stage_threshold(&many, promise).is_some(),
            "{labels} labels were enough"
        );
        assert_eq!(
            labels_for_a_threshold(&judgments(&[(0.9, 40, 8)]), 40, promise),
            None,
            "as wrong as that"
        );
    }
}
