//! Strategies: which requests a verdict takes, how many calls that is, and how the replies become one score.
//!
//! A strategy for one question stands in [`REGISTRY`] under a name, and a suite chooses it by that name. Two
//! others are made around it by the signature: [`Criteria`] asks about each criterion of a rubric, [`BothOrders`]
//! shows a pair in both orders.

mod asker;
mod both_orders;
mod criteria;
mod direct;
mod name;
mod re_read;
mod sampled;

use std::fmt::Debug;
use std::ops::RangeInclusive;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

pub(super) use self::asker::Asker;
use self::both_orders::BothOrders;
pub(super) use self::both_orders::named;
use self::criteria::Criteria;
pub use self::name::StrategyName;
pub(super) use self::sampled::DEFAULT as DEFAULT_SAMPLES;
use super::judging::{Aggregation, JudgeOptions, Judged};
use super::order::Order;
use crate::ask::Question;
use crate::error::Result;
use crate::model::Request;
use crate::prompt::RenderFault;
use crate::signature::Spec;

/// The strategies for one question, by name. A new one is a file beside this one and a line here.
const REGISTRY: &[Registered] = &[direct::REGISTERED, re_read::REGISTERED];

/// A strategy for one question, as a suite names it.
struct Registered {
    name: &'static str,
    /// One line on what it does.
    about: &'static str,
    make: fn(Question, &JudgeOptions) -> Result<Box<dyn Strategy>>,
}

/// A way to come to a verdict on one record.
pub(super) trait Strategy: Debug + Send + Sync {
    /// All its questions, compiled.
    fn questions(&self) -> Vec<&Question>;

    /// The requests that can be made before any reply is known, exactly as they would be sent.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault>;

    /// How many calls a record takes at least and at most, where every answer is valid at once.
    fn calls(&self, options: &JudgeOptions) -> RangeInclusive<u64>;

    /// Asks, and makes one score of the replies.
    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged>;
}

/// A request that a strategy will make.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The request, exactly as it would be sent.
    pub request: Request,
    /// The order in which a pair is shown.
    pub order: Option<Order>,
    /// The criterion that it asks about, where each has a question of its own.
    pub part: Option<String>,
    /// Its number among the draws of one question, from 0.
    pub draw: u32,
    /// How many calls follow that repeat it with its reply: they cannot be shown before the reply is known.
    pub follow_ups: u32,
}

impl Planned {
    fn new(request: Request) -> Self {
        Self { request, order: None, part: None, draw: 0, follow_ups: 0 }
    }
}

/// The strategy of a judge.
///
/// # Errors
/// The spec cannot be compiled, or the options do not fit it.
pub(super) fn choose(spec: &Spec, options: &JudgeOptions) -> Result<Box<dyn Strategy>> {
    let of_question = |question| (options.strategy.registered().make)(question, options);
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
