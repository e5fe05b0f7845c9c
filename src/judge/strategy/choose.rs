//! Which strategy a judge has: the one that its options name, around it what its signature asks for.

use super::both_orders::BothOrders;
use super::criteria::Criteria;
use super::decisions::Decisions;
use super::kind::{AskOptions, Strategy};
use super::registry::StrategyName;
use crate::ask::{Question, Reading};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::options::JudgeOptions;
use crate::model::{DecisionLimits, Model};
use crate::signature::Spec;

/// The strategy of a judge.
///
/// # Errors
/// The spec cannot be compiled, or the options do not fit it.
pub(in crate::judge) fn choose(
    spec: &Spec,
    options: &JudgeOptions,
    ask: &AskOptions,
    model: &Model,
) -> Result<Box<dyn Strategy>> {
    let make = options.strategy.name().registered().make;
    let of_question = |question: &Question| make(question, ask, options.strategy.settings());
    let question = |spec: Spec| Question::new(spec, options.reading, options.parameters.clone());
    if let Some(limits) = model.decision_limits() {
        return decisions(spec, options, model, limits);
    }
    let inner: Box<dyn Strategy> = match &spec.rubric {
        Some(rubric) if options.asks_by_criterion(spec) => {
            let mut parts = Vec::new();
            for (index, criterion) in rubric.criteria.iter().enumerate() {
                let Some(spec) = spec.criterion(index) else { continue };
                let mut question = question(spec)?;
                question.part = Some(criterion.name.clone());
                parts.push(of_question(&question)?);
            }
            Box::new(Criteria::new(rubric.clone(), parts))
        }
        _ => of_question(&question(spec.clone())?)?,
    };
    Ok(in_both_orders(spec, inner))
}

/// The strategy of a judge that asks a decision model: typed questions, asked once.
fn decisions(
    spec: &Spec,
    options: &JudgeOptions,
    model: &Model,
    limits: DecisionLimits,
) -> Result<Box<dyn Strategy>> {
    let refused = |what: &str, help: &str| {
        let detail = format!("{} gives probabilities and writes nothing: {what}", model.name());
        Err(Error::new(ErrorKind::Config, detail).help(help))
    };
    if options.reading != Reading::Weighted {
        let what = format!("its verdicts cannot be read {}", options.reading.name());
        return refused(&what, "set `reading = \"weighted\"`, or leave it out");
    }
    if options.strategy.name() != StrategyName::default() {
        let what = format!("strategy `{}` cannot ask it", options.strategy.name().as_str());
        return refused(&what, "set `strategy = \"direct\"`, or leave it out");
    }
    let inner = match &spec.rubric {
        Some(rubric) if options.asks_by_criterion(spec) => Decisions::criteria(spec, rubric, limits)?,
        _ => Decisions::whole(spec.clone(), limits)?,
    };
    Ok(in_both_orders(spec, Box::new(inner)))
}

fn in_both_orders(spec: &Spec, inner: Box<dyn Strategy>) -> Box<dyn Strategy> {
    match &spec.pair {
        Some(pair) => Box::new(BothOrders::new(pair.clone(), spec.scale.clone(), inner)),
        None => inner,
    }
}
