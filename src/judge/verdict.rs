//! A valid reply as a score, with evidence: whether a quotation is one, a claim's quote stands in the source,
//! and a named step was shown.

use serde_json::{Map, Value};

use super::claims;
use super::quoting::{squeeze, text};
use super::score::{Evidence, Part, Score};
use crate::ask::{Question, Reason, Replied, Unscored, Weighed};
use crate::trajectory::shows_step;

/// The answer's `evidence`, each quotation held against the inputs; its `claims`, each quote held
/// against the source; and its `steps`, each held against the trajectory that the judge was shown.
pub(super) fn evidence(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let mut evidence = quotations(answer, inputs);
    evidence.extend(claims::evidence(answer, inputs));
    evidence.extend(steps(answer, inputs));
    evidence
}

fn quotations(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let quotes: Vec<&str> = match answer.get("evidence") {
        Some(Value::String(quote)) => vec![quote.as_str()],
        Some(Value::Array(quotes)) => quotes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if quotes.is_empty() {
        return Vec::new();
    }
    let texts: Vec<String> = inputs.values().map(|value| squeeze(&text(value))).collect();
    quotes
        .into_iter()
        .filter(|quote| !quote.trim().is_empty())
        .map(|quote| {
            let squeezed = squeeze(quote);
            Evidence { quote: quote.to_owned(), found: texts.iter().any(|text| text.contains(&squeezed)) }
        })
        .collect()
}

/// What is said of single steps: `step 3: harmful, refunds the wrong order`. A
/// number that is not in the text, or was cut out of it, is not found.
fn steps(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let Some(shown) = inputs.get("trajectory").and_then(Value::as_str) else {
        return Vec::new();
    };
    let steps = answer.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps
        .filter_map(|step| {
            let number = step.get("step")?.as_u64()?;
            let part = |name: &str| step.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let said: Vec<&str> = ["verdict", "why"].into_iter().filter_map(part).collect();
            let quote = format!("step {number}: {}", said.join(", "));
            Some(Evidence { quote, found: shows_step(shown, number) })
        })
        .collect()
}

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
    let by_claims = |scale| claims::verdict(answer, inputs, scale);
    let counted = spec.scale.as_ref().filter(|_| spec.by_claims).map(by_claims);
    let Some((label, value)) = counted.or(verdict) else {
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
                confidence: None,
                is_member: false,
                essential: false,
            })
        })
        .collect()
}

/// The score of a distribution: the likeliest verdict, and the expected value
/// over the verdicts that have one (G-Eval, Liu et al. 2023, equation 1).
pub(super) fn weigh_up(weights: &[f64], weighed: &Weighed) -> Result<Score, Unscored> {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quotation_is_found_across_line_breaks_and_an_invention_is_not() {
        let inputs = json!({"artifact": "The account\n  was created."});
        let answer = json!({"evidence": ["account was created", "mail sent", " "]});
        let found: Vec<bool> =
            evidence(&answer, inputs.as_object().unwrap()).iter().map(|e| e.found).collect();
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn a_step_that_was_not_shown_is_not_found() {
        let inputs =
            json!({"trajectory": "1. call a {} -> 3. ok\n[step 2 left out: 90 characters]\n   3. no"});
        let said = |step: u32| json!({"step": step, "verdict": "harmful", "why": "it deletes"});
        let answer = json!({"steps": [said(1), said(2), said(3)]});
        let evidence = evidence(&answer, inputs.as_object().unwrap());
        assert_eq!(evidence[0].quote, "step 1: harmful, it deletes");
        assert_eq!(evidence.iter().map(|step| step.found).collect::<Vec<_>>(), [true, false, false]);
    }

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
