//! A rubric judged criterion by criterion.

use serde_json::{Map, Value};

use super::judging::{Judge, JudgeOptions, Judged};
use super::score::{Part, Score};
use crate::ask::{Question, Unscored};
use crate::error::Result;
use crate::signature::{Rubric, Spec};

/// A question for each criterion.
pub(super) fn questions(spec: &Spec, options: &JudgeOptions) -> Result<Vec<Question>> {
    let criteria = spec.rubric.as_ref().map_or(&[][..], |rubric| &rubric.criteria);
    let mut questions = Vec::new();
    for (index, criterion) in criteria.iter().enumerate() {
        let Some(spec) = spec.criterion(index) else {
            continue;
        };
        let mut question = Question::new(spec, options.reading, options.parameters.clone())?;
        question.part = Some(criterion.name.clone());
        questions.push(question);
    }
    Ok(questions)
}

/// Asks about each criterion in turn. One without a score leaves the whole
/// without one: a weighted mean of what happened to be answered is no score.
pub(super) async fn judge(judge: &Judge, rubric: &Rubric, inputs: &Map<String, Value>) -> Judged {
    let mut attempts = Vec::new();
    let mut scores = Vec::new();
    let mut missing = None;
    for question in judge.questions.iter() {
        let judged = judge.put(question, inputs).await;
        attempts.extend(judged.attempts);
        match judged.result {
            Ok(score) => scores.push(score),
            Err(unscored) => {
                missing = Some(named(unscored, question));
                break;
            }
        }
    }
    let result = match missing {
        Some(unscored) => Err(unscored),
        None => Ok(combine(rubric, scores)),
    };
    Judged::of(result, attempts)
}

fn named(mut unscored: Unscored, question: &Question) -> Unscored {
    if let Some(part) = &question.part {
        unscored.detail = format!("{part}: {}", unscored.detail);
    }
    unscored
}

/// The weighted mean of the criteria, Σ wᵢsᵢ / Σ wᵢ, and the level nearest to it.
fn combine(rubric: &Rubric, scores: Vec<Score>) -> Score {
    let mut whole = Score::default();
    let (mut sum, mut weights) = (0.0, 0.0);
    for (criterion, score) in rubric.criteria.iter().zip(scores) {
        if let Some(value) = score.value {
            sum += criterion.weight * value;
            weights += criterion.weight;
        }
        whole.suggestions.extend(score.suggestions);
        whole.parts.push(Part {
            name: criterion.name.clone(),
            weight: criterion.weight,
            value: score.value,
            label: score.label,
            reasoning: score.reasoning,
        });
    }
    whole.value = (weights > 0.0).then(|| sum / weights);
    whole.label = whole.value.map_or_else(String::new, |value| nearest_level(rubric, value));
    whole.reasoning = reasons(&whole.parts);
    whole
}

fn nearest_level(rubric: &Rubric, value: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "levels are small whole numbers")]
    let level = rubric.min as f64 + value * (rubric.max - rubric.min) as f64;
    format!("{}", level.round())
}

fn reasons(parts: &[Part]) -> Option<String> {
    let reasons: Vec<String> = parts
        .iter()
        .filter_map(|part| Some(format!("{}: {}", part.name, part.reasoning.as_ref()?)))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Criterion;

    #[test]
    fn criteria_are_weighed_and_the_nearest_level_named() {
        let criterion = |name: &str, weight| Criterion {
            name: name.into(),
            description: String::new(),
            weight,
            levels: Vec::new(),
        };
        let rubric = Rubric {
            min: 1,
            max: 5,
            levels: Vec::new(),
            criteria: vec![criterion("tone", 2.0), criterion("grammar", 1.0)],
        };
        let score = |value| Score { value: Some(value), ..Score::default() };
        let whole = combine(&rubric, vec![score(0.25), score(1.0)]);
        assert_eq!(whole.value, Some(0.5));
        assert_eq!(whole.label, "3");
    }
}
