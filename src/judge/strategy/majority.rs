//! One score of several answers: the verdict that most of them give.

use std::cmp::Ordering;

use crate::ask::{Reason, Unscored};
use crate::judge::score::Score;
use crate::number::real;
use crate::signature::Scale;

/// The most frequent verdict, the earlier on the scale if several are, with the
/// mean worth of all; everything else is what the first draw with that verdict says.
pub(super) fn majority(scores: &[Score], scale: Option<&Scale>) -> Result<Score, Unscored> {
    let distribution = distribution(scores, scale);
    let mut most: Option<&(String, f64)> = None;
    for verdict in &distribution {
        if most.is_none_or(|(_, share)| verdict.1 > *share) {
            most = Some(verdict);
        }
    }
    let values: Vec<f64> = scores.iter().filter_map(|score| score.value).collect();
    let first = most.and_then(|(label, share)| {
        Some((*share, scores.iter().find(|score| score.label == *label)?.clone()))
    });
    let Some((share, first)) = first else {
        return Err(Unscored::new(Reason::InvalidAnswer, "there was nothing to draw from"));
    };
    Ok(Score {
        value: first.value.and(mean(&values)),
        confidence: Some(share),
        distribution,
        coverage: None,
        ..first
    })
}

/// The share of each verdict: of every possible one where they can be counted
/// off, or else of those that were given, in the order of their worth.
fn distribution(scores: &[Score], scale: Option<&Scale>) -> Vec<(String, f64)> {
    let candidates = scale.and_then(Scale::candidates);
    let labels: Vec<&str> = match &candidates {
        Some(candidates) => {
            let mut labels: Vec<&str> = candidates.iter().map(|candidate| candidate.label.as_str()).collect();
            // A verdict that no scale has, as that there are no claims.
            let others: Vec<&str> =
                given(scores).into_iter().filter(|label| !labels.contains(label)).collect();
            labels.extend(others);
            labels
        }
        None => given(scores),
    };
    let share = |label: &str| {
        let number = scores.iter().filter(|score| score.label == label).count();
        fraction(number, scores.len())
    };
    labels.into_iter().map(|label| (label.to_owned(), share(label))).collect()
}

fn given(scores: &[Score]) -> Vec<&str> {
    let mut given: Vec<&Score> = scores.iter().collect();
    given.sort_by(|a, b| a.value.partial_cmp(&b.value).unwrap_or(Ordering::Equal));
    let mut labels: Vec<&str> = given.into_iter().map(|score| score.label.as_str()).collect();
    labels.dedup();
    labels
}

fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| (sum * fraction(1, values.len())).clamp(0.0, 1.0))
}

fn fraction(number: usize, of: usize) -> f64 {
    real(number) / real(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Label, ScaleKind};

    fn labels() -> Scale {
        let label = |name: &str, value| Label { name: name.into(), value };
        let labels = vec![label("pass", Some(1.0)), label("fail", Some(0.0)), label("unclear", None)];
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) }
    }

    fn drawn(label: &str, value: Option<f64>, reasoning: &str) -> Score {
        let reasoning = Some(reasoning.to_owned());
        Score { label: label.into(), value, reasoning, confidence: Some(0.9), ..Score::default() }
    }

    #[test]
    fn shares_take_the_place_of_probabilities() {
        let scores = vec![
            drawn("fail", Some(0.0), "no"),
            drawn("pass", Some(1.0), "first"),
            drawn("pass", Some(1.0), "second"),
            drawn("unclear", None, "who knows"),
        ];
        let score = majority(&scores, Some(&labels())).unwrap();
        assert_eq!((score.label.as_str(), score.confidence), ("pass", Some(0.5)));
        assert!((score.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(score.reasoning.as_deref(), Some("first"));
        let shares = [("pass".to_owned(), 0.5), ("fail".to_owned(), 0.25), ("unclear".to_owned(), 0.25)];
        assert_eq!(score.distribution, shares);
        assert_eq!(score.coverage, None);
    }

    #[test]
    fn of_equals_the_earlier_on_the_scale_wins_and_undecided_stays_without_a_value() {
        let tied = vec![drawn("fail", Some(0.0), "no"), drawn("pass", Some(1.0), "yes")];
        assert_eq!(majority(&tied, Some(&labels())).unwrap().label, "pass");
        let unsure =
            vec![drawn("unclear", None, "a"), drawn("unclear", None, "b"), drawn("pass", Some(1.0), "yes")];
        let score = majority(&unsure, Some(&labels())).unwrap();
        assert_eq!((score.label.as_str(), score.value), ("unclear", None));
    }

    #[test]
    fn numbers_that_cannot_be_counted_off_are_listed_as_they_came() {
        let kind = ScaleKind::Numeric { min: 0.0, max: 1.0, whole: false };
        let scale = Scale { field: "score".into(), kind };
        let scores = ["0.5", "0.25", "0.5"].map(|label| drawn(label, label.parse().ok(), ""));
        let score = majority(&scores, Some(&scale)).unwrap();
        let labels: Vec<&str> = score.distribution.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["0.25", "0.5"]);
        assert_eq!(score.label, "0.5");
        assert!((score.value.unwrap() - 1.25 / 3.0).abs() < 1e-12);
    }
}
