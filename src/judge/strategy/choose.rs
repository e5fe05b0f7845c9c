//! Which strategy a judge has: the one that its options name, around it what its signature asks for.

use super::both_orders::BothOrders;
use super::criteria::Criteria;
use super::kind::{AskOptions, Strategy};
use crate::ask::Question;
use crate::error::Result;
use crate::judge::options::{Aggregation, JudgeOptions};
use crate::signature::Spec;

/// The strategy of a judge.
///
/// # Errors
/// The spec cannot be compiled, or the options do not fit it.
pub(in crate::judge) fn choose(
    spec: &Spec,
    options: &JudgeOptions,
    ask: &AskOptions,
) -> Result<Box<dyn Strategy>> {
    let make = options.strategy.name().registered().make;
    let of_question = |question| make(question, ask, options.strategy.settings());
    let question = |spec: Spec| Question::new(spec, options.reading, options.parameters.clone());
    let inner: Box<dyn Strategy> = match (&spec.rubric, options.aggregation) {
        (Some(rubric), Aggregation::Criteria) => {
            let mut parts = Vec::new();
            for (index, criterion) in rubric.criteria.iter().enumerate() {
                let Some(spec) = spec.criterion(index) else { continue };
                let mut question = question(spec)?;
                question.part = Some(criterion.name.clone());
                parts.push(of_question(question)?);
            }
            Box::new(Criteria::new(rubric.clone(), parts))
        }
        _ => of_question(question(spec.clone())?)?,
    };
    Ok(match &spec.pair {
        Some(pair) => Box::new(BothOrders::new(pair.clone(), spec.scale.clone(), inner)),
        None => inner,
    })
}
