//! A valid reply as a score.

use serde_json::{Map, Value};

use super::evidence::evidence;
use super::score::{Part, Score};

use crate::ask::{Question, Reason, Replied, Unscored, Weighed};

/// A valid reply as a score.
pub(super) fn score(
    replied: &Replied,
    question: &Question,
    inputs: &Map<String, Value>,
) -> Result<Score, Unscored> {
    match (replied, &question.weighed) {
        (Replied::Weights(weights), Some(weighed)) => weigh_up(weights, weighed),
        (Replied::Answer(answer), _) => from_answer(&answer.value, question, inputs),
        (Replied::Weights(_), None) => {
            Err(Unscored::new(Reason::InvalidAnswer, "a distribution came where none was asked for"))
        }
    }
}

fn from_answer(answer: &Value, question: &Question, inputs: &Map<String, Value>) -> Result<Score, Unscored> {
    let spec = question.compiled.spec();
    let verdict = spec.scale.as_ref().and_then(|scale| scale.read(answer));
    let Some((label, value)) = verdict else {
        let detail = format!("`{}` has no verdict to score", spec.name);
        return Err(Unscored::new(Reason::InvalidAnswer, detail));
    };
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Ok(Score {
        value,
        label,
        confidence: answer.get("confidence").and_then(Value::as_f64),
        reasoning: text("reasoning").map(str::to_owned),
        evidence: evidence(answer, inputs),
        suggestions: suggestions(answer),
        parts: parts(answer, question),
        ..Score::default()
    })
}

fn suggestions(answer: &Value) -> Vec<String> {
    let suggestions = answer.get("suggestions").and_then(Value::as_array);
    suggestions.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The criteria of a rubric answered in one call.
fn parts(answer: &Value, question: &Question) -> Vec<Part> {
    let spec = question.compiled.spec();
    let (Some(rubric), Some(criteria)) = (&spec.rubric, answer.get("criteria")) else {
        return Vec::new();
    };
    let scale = rubric.scale();
    rubric
        .criteria
        .iter()
        .filter_map(|criterion| {
            let level = criteria.get(&criterion.name)?;
            Some(Part {
                name: criterion.name.clone(),
                weight: criterion.weight,
                value: level.as_f64().and_then(|level| scale.normalize(level)),
                label: level.to_string(),
                reasoning: None,
            })
        })
        .collect()
}

/// The score of a distribution: the likeliest verdict, and the expected value
/// over the verdicts that have one (G-Eval, Liu et al. 2023, equation 1).
fn weigh_up(weights: &[f64], weighed: &Weighed) -> Result<Score, Unscored> {
    let shares = shares(weights);
    let mut ranked: Vec<_> = weighed.candidates.iter().zip(&shares).collect();
    // On a tie the earlier verdict stays first: the sort is stable.
    ranked.sort_by(|a, b| b.1.total_cmp(a.1));
    let Some((best, share)) = ranked.first() else {
        let detail = format!("`{}` has no possible verdicts", weighed.scale.field);
        return Err(Unscored::new(Reason::InvalidAnswer, detail));
    };
    let values: Vec<_> =
        weighed.candidates.iter().map(|candidate| candidate.value).zip(shares.iter().copied()).collect();
    let total: f64 = weights.iter().map(|weight| weight.exp()).sum();
    Ok(Score {
        value: best.value.and(expected(&values)),
        label: best.label.clone(),
        confidence: Some(**share),
        distribution: weighed
            .candidates
            .iter()
            .map(|c| c.label.clone())
            .zip(shares.iter().copied())
            .collect(),
        coverage: Some(total.min(1.0)),
        ..Score::default()
    })
}

/// Log-probabilities as shares that add up to 1.
fn shares(weights: &[f64]) -> Vec<f64> {
    let top = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = weights.iter().map(|weight| (weight - top).exp()).collect();
    let total: f64 = odds.iter().sum();
    odds.into_iter().map(|odds| odds / total).collect()
}

pub(super) fn expected(verdicts: &[(Option<f64>, f64)]) -> Option<f64> {
    let valued = || verdicts.iter().filter_map(|(value, share)| Some(((*value)?, *share)));
    let total: f64 = valued().map(|(_, share)| share).sum();
    let sum: f64 = valued().map(|(value, share)| value * share).sum();
    (total > 0.0).then(|| (sum / total).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_value_of_the_geval_reference() {
        // METHODS 3.1: p(1..5) = .02, .03, .15, .60, .20 gives 3.93 on the scale 1..=5.
        let verdicts: Vec<(Option<f64>, f64)> =
            [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().map(Some).zip([0.02, 0.03, 0.15, 0.60, 0.20]).collect();
        let score = expected(&verdicts).unwrap() * 4.0 + 1.0;
        assert!((score - 3.93).abs() < 1e-12);
    }

    #[test]
    fn an_undecided_verdict_has_no_part_in_the_value() {
        let value = expected(&[(Some(1.0), 0.3), (Some(0.0), 0.1), (None, 0.6)]);
        assert!((value.unwrap() - 0.75).abs() < 1e-12);
        assert_eq!(expected(&[(None, 1.0)]), None);
    }

    #[test]
    fn tiny_probabilities_still_share_out_to_one() {
        let shares = shares(&[-1000.0, -1001.0, f64::NEG_INFINITY]);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(shares[2].abs() < 1e-300);
    }
}
