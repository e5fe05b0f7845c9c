//! A rubric judged criterion by criterion.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Question, Unscored};
use crate::judge::score::{Judged, Part, Score};
use crate::number::real;
use crate::prompt::RenderFault;
use crate::signature::{Criterion, Rubric};

/// A question for each criterion; the score is their weighted mean.
#[derive(Debug)]
pub(super) struct Criteria {
    rubric: Rubric,
    parts: Vec<Box<dyn Strategy>>,
}

impl Criteria {
    pub(super) fn new(rubric: Rubric, parts: Vec<Box<dyn Strategy>>) -> Self {
        Self { rubric, parts }
    }

    /// Asks about each criterion. One without a score leaves the whole without one: a weighted mean of
    /// what happened to be answered is no score.
    async fn each(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let asks = self.parts.iter().map(|part| part.judge(asker, inputs)).collect();
        let judged = asker.each(asks, |judged: &Judged| judged.result.is_err()).await;
        let (mut attempts, mut scores) = (Vec::new(), Vec::new());
        for (criterion, judged) in self.rubric.criteria.iter().zip(judged) {
            attempts.extend(judged.attempts);
            scores.push(judged.result.map_err(|unscored| of_criterion(criterion, unscored)));
        }
        let scores: Result<Vec<Score>, Unscored> = scores.into_iter().collect();
        Judged::of(scores.map(|scores| combine(&self.rubric, scores)), attempts)
    }
}

impl Strategy for Criteria {
    fn questions(&self) -> Vec<&Question> {
        self.parts.iter().flat_map(|part| part.questions()).collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut all = Vec::new();
        for (criterion, part) in self.rubric.criteria.iter().zip(&self.parts) {
            let of_part = |planned: Planned| {
                let call = planned.part.as_ref().map(|part| format!(", {part}")).unwrap_or_default();
                Planned { part: Some(format!("{}{call}", criterion.name)), ..planned }
            };
            all.extend(part.requests(asker, inputs)?.into_iter().map(of_part));
        }
        Ok(all)
    }

    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64> {
        let each = self.parts.iter().map(|part| part.calls(options));
        let (least, most) =
            each.fold((0, 0), |(least, most), part| (least + part.start(), most + part.end()));
        least..=most
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.each(asker, inputs).boxed()
    }
}

/// Why a criterion has no score, with its name.
pub(super) fn of_criterion(criterion: &Criterion, unscored: Unscored) -> Unscored {
    Unscored { detail: format!("{}: {}", criterion.name, unscored.detail), ..unscored }
}

/// The weighted mean of the criteria, Σ wᵢsᵢ / Σ wᵢ, and the level nearest to it.
pub(super) fn combine(rubric: &Rubric, scores: Vec<Score>) -> Score {
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
            confidence: None,
            is_member: false,
        });
    }
    whole.value = (weights > 0.0).then(|| sum / weights);
    whole.label = whole.value.map_or_else(String::new, |value| nearest_level(rubric, value));
    whole.reasoning = reasons(&whole.parts);
    whole
}

fn nearest_level(rubric: &Rubric, value: f64) -> String {
    let level = real(rubric.min) + value * real(rubric.max - rubric.min);
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
