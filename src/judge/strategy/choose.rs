//! Which strategy a judge has: the one that its options name, around it what its signature asks for.

use super::answer_orders::AveragedOrders;
use super::both_orders::BothOrders;
use super::criteria::Criteria;
use super::decisions::Decisions;
use super::kind::{AskOptions, Strategy};
use super::registry::StrategyName;
use crate::ask::{AnswerLabels, AnswerOrders, Question, Reading};
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
    let of_question = |question: &Question| {
        let ask_in = |question: &Question| make(question, ask, options.strategy.settings());
        question.in_orders().iter().map(ask_in).collect::<Result<Vec<_>>>().map(averaged)
    };
    let question =
        |spec: Spec| Question::listing(spec, options.reading, options.listing(), options.parameters.clone());
    check_listing(options)?;
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
    if options.answer_labels != AnswerLabels::Words {
        let what = format!("it knows no {} for its answers", options.answer_labels.name());
        return refused(&what, "leave out `answer_labels`");
    }
    let inner: Box<dyn Strategy> = match &spec.rubric {
        Some(_) if options.asks_by_criterion(spec) && options.orders != AnswerOrders::Own => {
            return refused("the levels of criteria have one order", "leave out `orders`");
        }
        Some(rubric) if options.asks_by_criterion(spec) => {
            Box::new(Decisions::criteria(spec, rubric, limits)?)
        }
        _ => {
            let whole = Decisions::whole(spec.clone(), limits)?.in_orders(options.orders)?;
            averaged(whole.into_iter().map(|one| Box::new(one) as _).collect())
        }
    };
    Ok(in_both_orders(spec, inner))
}

/// What asks in each order, as one.
fn averaged(mut each: Vec<Box<dyn Strategy>>) -> Box<dyn Strategy> {
    match each.len() {
        1 => each.swap_remove(0),
        _ => Box::new(AveragedOrders::new(each)),
    }
}

/// Orders and labels of answers are for a distribution that one call gives.
fn check_listing(options: &JudgeOptions) -> Result<()> {
    let mut keys = Vec::new();
    if options.orders != AnswerOrders::Own {
        keys.push(format!("orders = \"{}\"", options.orders.name()));
    }
    if options.answer_labels != AnswerLabels::Words {
        keys.push(format!("answer_labels = \"{}\"", options.answer_labels.name()));
    }
    let Some(key) = keys.first() else { return Ok(()) };
    let refused = |why: String, help: &str| {
        Err(Error::new(ErrorKind::Config, format!("{key} is for {why}")).help(help))
    };
    if options.reading != Reading::Weighted {
        let why = format!("a weighted reading, and the verdicts are read {}", options.reading.name());
        return refused(why, "set `reading = \"weighted\"`, or leave the key out");
    }
    if options.strategy.name() != StrategyName::default() {
        let why = format!("strategy `direct`, and this is `{}`", options.strategy.name().as_str());
        return refused(why, "set `strategy = \"direct\"`, or leave the key out");
    }
    Ok(())
}

fn in_both_orders(spec: &Spec, inner: Box<dyn Strategy>) -> Box<dyn Strategy> {
    match &spec.pair {
        Some(pair) => Box::new(BothOrders::new(pair.clone(), spec.scale.clone(), inner)),
        None => inner,
    }
}
