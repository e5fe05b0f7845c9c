//! A rubric judged criterion by criterion.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Question, Reason, Unscored};
use crate::judge::score::{Judged, JudgedCriteria, Part, Score};
use crate::number::real;
use crate::prompt::RenderFault;
use crate::signature::{Criterion, Rubric};

/// A question for each criterion; the score is their weighted mean, or follows from their points.
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

    /// Asks about some criteria. One without a score takes none from the others.
    async fn some(&self, asker: &Asker, inputs: &Map<String, Value>, wanted: &[usize]) -> JudgedCriteria {
        let parts = wanted.iter().filter_map(|place| self.parts.get(*place));
        let asks = parts.map(|part| part.judge(asker, inputs)).collect();
        let judged =
            asker.each(asks, |judged: &Judged| judged.result.as_ref().is_err_and(Unscored::ends)).await;
        let (mut attempts, mut results) = (Vec::new(), Vec::new());
        for judged in judged {
            attempts.extend(judged.attempts);
            results.push(judged.result);
        }
        JudgedCriteria { results: of_criteria(&self.rubric, wanted, results), attempts }
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

    fn criteria<'a>(
        &'a self,
        asker: &'a Asker,
        inputs: &'a Map<String, Value>,
        wanted: &'a [usize],
    ) -> Option<BoxFuture<'a, JudgedCriteria>> {
        Some(self.some(asker, inputs, wanted).boxed())
    }
}

/// The results of criteria, a failure with its criterion's name. What was not asked any more failed as the last one did.
pub(super) fn of_criteria(
    rubric: &Rubric,
    wanted: &[usize],
    results: Vec<Result<Score, Unscored>>,
) -> Vec<Result<Score, Unscored>> {
    let over = results.last().and_then(|last| last.as_ref().err()).cloned();
    let over = over.unwrap_or_else(|| Unscored::new(Reason::Cancelled, "it was not asked"));
    let mut results = results.into_iter();
    let criteria = wanted.iter().filter_map(|place| rubric.criteria.get(*place));
    let result = |criterion| {
        let result = results.next().unwrap_or_else(|| Err(over.clone()));
        result.map_err(|unscored| of_criterion(criterion, unscored))
    };
    criteria.map(result).collect()
}

/// Why a criterion has no score, with its name.
pub(super) fn of_criterion(criterion: &Criterion, unscored: Unscored) -> Unscored {
    Unscored { detail: format!("{}: {}", criterion.name, unscored.detail), ..unscored }
}

/// From this score on a criterion is met.
const MET: f64 = 0.5;

/// The weighted mean of the criteria, Σ wᵢsᵢ / Σ wᵢ, and the level nearest to it. With points it is Σ pᵢsᵢ by the sum
/// of the points above 0, held within `0..=1` (`HealthBench`, Arora et al. 2025, arXiv 2505.08775). Where an essential
/// criterion is not met it is 0.
pub(super) fn combine(rubric: &Rubric, scores: Vec<Score>) -> Score {
    let mut whole = Score::default();
    let (mut sum, mut best) = (0.0, 0.0_f64);
    let mut is_met = true;
    for (criterion, score) in rubric.criteria.iter().zip(scores) {
        if let Some(value) = score.value {
            sum += criterion.worth() * value;
            best += criterion.worth().max(0.0);
            is_met &= !criterion.essential || value >= MET;
        }
        whole.suggestions.extend(score.suggestions);
        whole.parts.push(Part {
            name: criterion.name.clone(),
            weight: criterion.worth(),
            value: score.value.map(|value| if criterion.is_fault() { 1.0 - value } else { value }),
            label: score.label,
            reasoning: score.reasoning,
            confidence: None,
            is_member: false,
            essential: criterion.essential,
        });
    }
    whole.value = (best > 0.0).then(|| if is_met { (sum / best).clamp(0.0, 1.0) } else { 0.0 });
    whole.label = whole.value.map_or_else(String::new, |value| nearest_level(rubric, value));
    whole.reasoning = reasons(&whole.parts);
    whole
}

fn nearest_level(rubric: &Rubric, value: f64) -> String {
    let level = real(rubric.min) + value * real(rubric.max - rubric.min);
    format!("{}", level.round())
}

fn reasons(parts: &[Part]) -> Option<String> {
    let unmet = |part: &&Part| part.essential && part.value.is_some_and(|value| value < MET);
    let unmet = parts.iter().filter(unmet);
    let unmet = unmet.map(|part| format!("{} is essential and not met, so the whole is worth 0.", part.name));
    let each = parts.iter().filter_map(|part| Some(format!("{}: {}", part.name, part.reasoning.as_ref()?)));
    let reasons: Vec<String> = unmet.chain(each).collect();
    (!reasons.is_empty()).then(|| reasons.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_weighed_and_the_nearest_level_named() {
        let criterion = |name: &str, weight| Criterion { name: name.into(), weight, ..Criterion::default() };
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

    /// A rubric whose criteria are met or not.
    fn by_points(points: &[f64], essential: &[usize], met: &[f64]) -> Score {
        let criterion = |(at, points): (usize, &f64)| Criterion {
            name: format!("c{at}"),
            points: Some(*points),
            essential: essential.contains(&at),
            ..Criterion::default()
        };
        let criteria = points.iter().enumerate().map(criterion).collect();
        let rubric = Rubric { min: 0, max: 1, levels: Vec::new(), criteria };
        let score = |value: &f64| Score { value: Some(*value), ..Score::default() };
        combine(&rubric, met.iter().map(score).collect())
    }

    #[test]
    fn points_are_added_and_divided_by_those_above_zero() {
        // METHODS of HealthBench: points 10, 5, −4, the first and the last met, give 6/15.
        let whole = by_points(&[10.0, 5.0, -4.0], &[], &[1.0, 0.0, 1.0]);
        assert!((whole.value.unwrap() - 0.4).abs() < 1e-15);
        let parts: Vec<_> = whole.parts.iter().map(|part| (part.weight, part.value)).collect();
        assert_eq!(parts, [(10.0, Some(1.0)), (5.0, Some(0.0)), (-4.0, Some(0.0))]);
        assert_eq!(by_points(&[10.0, 5.0, -4.0], &[], &[1.0, 1.0, 0.0]).value, Some(1.0));
        let harmful = by_points(&[2.0, -4.0], &[], &[1.0, 1.0]);
        assert_eq!((harmful.value, harmful.label.as_str()), (Some(0.0), "0"), "the sum is below 0");
        let half = by_points(&[10.0, -4.0], &[], &[0.9, 0.5]);
        assert!((half.value.unwrap() - 0.7).abs() < 1e-15, "a level or a probability counts in part");
    }

    #[test]
    fn an_essential_criterion_that_is_not_met_makes_the_whole_zero() {
        let unmet = by_points(&[10.0, 5.0], &[1], &[1.0, 0.4]);
        assert_eq!((unmet.value, unmet.label.as_str()), (Some(0.0), "0"));
        assert_eq!(unmet.reasoning.as_deref(), Some("c1 is essential and not met, so the whole is worth 0."));
        let met = by_points(&[10.0, 5.0], &[1], &[1.0, 0.5]);
        assert!((met.value.unwrap() - 12.5 / 15.0).abs() < 1e-15);
        assert_eq!(met.reasoning, None);
    }
}
