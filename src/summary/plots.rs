//! What the plots of a report show: where scores lie, and how far confidence can be believed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::LEVEL;
use crate::eval::Outcome;
use crate::stats::{ReliabilityBin, expected_calibration_error, reliability_bins};

/// Ranges of the score's histogram: each verdict of a scale of 5, 10 or 20 steps has one of its own.
const SCORE_BINS: u8 = 20;

/// Ranges of the reliability plot.
const CONFIDENCE_BINS: usize = 10;

/// A range of scores, and how many records lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ScoreBin {
    /// Its lower end, which belongs to it.
    pub low: f64,
    /// Its upper end, which belongs to the next; in the last range to it.
    pub high: f64,
    /// Records whose verdict is their label.
    pub same: u64,
    /// Records whose verdict is not their label.
    pub differs: u64,
    /// Records without a label.
    pub unlabelled: u64,
}

/// Where the scores lie, in ranges of equal width over `0..=1`; none where nothing has a score.
#[must_use]
pub(crate) fn score_histogram(outcomes: &[Outcome]) -> Vec<ScoreBin> {
    let mut bins: Vec<ScoreBin> = (0..SCORE_BINS).map(empty_bin).collect();
    let mut any = false;
    for outcome in outcomes {
        let Some(value) = outcome.score().and_then(|score| score.value) else {
            continue;
        };
        // A value that lies on a border but for rounding belongs above it.
        let above = |bin: &&mut ScoreBin| bin.low <= value + 1e-9;
        let Some(bin) = bins.iter_mut().rev().find(above) else {
            continue;
        };
        any = true;
        match &outcome.expected {
            None => bin.unlabelled += 1,
            Some(_) if outcome.differs() => bin.differs += 1,
            Some(_) => bin.same += 1,
        }
    }
    if any { bins } else { Vec::new() }
}

fn empty_bin(index: u8) -> ScoreBin {
    let border = |index: u8| f64::from(index) / f64::from(SCORE_BINS);
    ScoreBin { low: border(index), high: border(index + 1), same: 0, differs: 0, unlabelled: 0 }
}

/// How far the judge's confidence can be believed: of the verdicts of which it was so sure, so many were right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Reliability {
    /// Labelled records with a confidence.
    pub n: u64,
    /// The expected calibration error over the ranges, in `0..=1`; biased upwards for few records.
    pub calibration_error: f64,
    /// The ranges of confidence that are not empty.
    pub points: Vec<ReliabilityPoint>,
}

/// A range of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReliabilityPoint {
    /// The mean confidence in it, in `0..=1`.
    pub confidence: f64,
    /// The share of verdicts that are their label, in `0..=1`.
    pub right: f64,
    /// The lower end of the share's Wilson interval at 95 %.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many records.
    pub n: u64,
}

/// Confidence compared with labels; none where no labelled record has a confidence.
#[must_use]
pub(crate) fn reliability(outcomes: &[Outcome]) -> Option<Reliability> {
    let sure = |outcome: &Outcome| {
        outcome.expected.as_ref()?;
        Some((outcome.score()?.confidence?, !outcome.differs()))
    };
    let (confidences, right): (Vec<f64>, Vec<bool>) = outcomes.iter().filter_map(sure).unzip();
    let bins = reliability_bins(&confidences, &right, CONFIDENCE_BINS)?;
    let error = expected_calibration_error(&confidences, &right, CONFIDENCE_BINS)?;
    Some(Reliability::of(&bins, error))
}

impl Reliability {
    /// The ranges that are not empty.
    #[must_use]
    pub(crate) fn of(bins: &[ReliabilityBin], calibration_error: f64) -> Self {
        let n = bins.iter().map(|bin| bin.happened.n).sum();
        Self { n, calibration_error, points: bins.iter().filter_map(point).collect() }
    }
}

fn point(bin: &ReliabilityBin) -> Option<ReliabilityPoint> {
    let interval = bin.happened.wilson(LEVEL)?;
    Some(ReliabilityPoint {
        confidence: bin.stated?,
        right: bin.happened.rate()?,
        low: interval.low,
        high: interval.high,
        n: bin.happened.n,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn outcome(value: f64, confidence: Option<f64>, given: &str, label: Option<&str>) -> Outcome {
        let expected = label.map_or(Value::Null, |label| json!({"label": label, "value": null}));
        serde_json::from_value(json!({
            "id": "r", "index": 0, "model": "m", "reading": "text", "expected": expected,
            "result": {"scored": {"value": value, "label": given, "confidence": confidence}},
            "attempts": [], "elapsed_ms": 1.0,
        }))
        .unwrap()
    }

    #[test]
    fn a_score_on_a_border_lies_above_it_and_one_lies_in_the_last_range() {
        let scores = [0.0, 0.15, 0.1 + 0.2, 1.0];
        let outcomes: Vec<Outcome> =
            scores.iter().map(|score| outcome(*score, None, "a", Some("b"))).collect();
        let bins = score_histogram(&outcomes);
        let filled: Vec<usize> =
            bins.iter().enumerate().filter(|(_, b)| b.differs > 0).map(|(i, _)| i).collect();
        assert_eq!(filled, [0, 3, 6, 19]);
        assert!(score_histogram(&[]).is_empty());
    }

    #[test]
    fn confidence_is_held_against_labels_alone() {
        let outcomes = [
            outcome(1.0, Some(0.95), "a", Some("a")),
            outcome(1.0, Some(0.95), "a", Some("b")),
            outcome(1.0, Some(0.95), "a", None),
            outcome(1.0, None, "a", Some("a")),
        ];
        let reliability = reliability(&outcomes).unwrap();
        assert_eq!((reliability.n, reliability.points.len()), (2, 1));
        assert!((reliability.calibration_error - 0.45).abs() < 1e-12);
        assert!((reliability.points[0].right - 0.5).abs() < 1e-12);
    }
}
