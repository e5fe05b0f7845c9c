//! What a strategy is, who is asked, and under which number.

use std::fmt::Debug;
use std::ops::{Range, RangeInclusive};

use futures_util::future::{BoxFuture, join_all};
use serde_json::{Map, Value};

use super::option::{OptionFact, Settings};
pub(super) use crate::ask::stage::named;
use crate::ask::{Asked, Purpose, Question, Reading, Reason, Unscored, ask_request};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::{Judged, JudgedCriteria, Order};
use crate::judge::verdict;
use crate::model::{Model, Request};
use crate::prompt::RenderFault;

/// How every question of a judge is asked.
#[derive(Clone, Debug)]
pub(in crate::judge) struct AskOptions {
    pub(in crate::judge) reading: Reading,
    /// How often an invalid answer is asked for again.
    pub(in crate::judge) retries: u32,
    /// How many draws a sampled reading takes.
    pub(in crate::judge) samples: u32,
    /// The temperature, where one is set.
    pub(in crate::judge) temperature: Option<f64>,
}

/// Who is asked, how, and for which time.
#[derive(Clone, Debug)]
pub(in crate::judge) struct Asker {
    pub(in crate::judge) model: Model,
    pub(in crate::judge) options: AskOptions,
    pub(in crate::judge) repeat: u32,
    /// The place of the rule by which a route asks.
    pub(in crate::judge) rule: Option<usize>,
}

impl Asker {
    /// The numbers of the requests for one question that is drawn so often: each repeat has as many of its own.
    pub(super) fn numbers(&self, draws: u32) -> Range<u32> {
        let first = self.repeat.saturating_mul(draws);
        first..first.saturating_add(draws)
    }

    /// The first request for a question that is drawn so often.
    pub(in crate::judge) fn request(
        &self,
        question: &Question,
        inputs: &Map<String, Value>,
        draws: u32,
    ) -> Result<Request, RenderFault> {
        Ok(Request { repeat: self.numbers(draws).start, ..question.request(inputs)? })
    }

    /// What comes of several questions about a record, in their order: asked side by side, or in turn of a model that
    /// takes one call at a time, and then no further than the first that ends it.
    pub(super) async fn each<T>(&self, asks: Vec<BoxFuture<'_, T>>, ends: impl Fn(&T) -> bool) -> Vec<T> {
        if !self.model.is_asked_in_turn() {
            return join_all(asks).await;
        }
        let mut came = Vec::new();
        for ask in asks {
            let one = ask.await;
            let is_over = ends(&one);
            came.push(one);
            if is_over {
                break;
            }
        }
        came
    }

    /// Makes a request, again while the answer is invalid, and scores what comes.
    pub(super) async fn put(
        &self,
        question: &Question,
        request: Request,
        inputs: &Map<String, Value>,
        retries: u32,
    ) -> Judged {
        let Asked { result, attempts } =
            ask_request(&self.model, question, request, Purpose::Verdict, retries).await;
        Judged::of(result.and_then(|replied| verdict::score(&replied, question, inputs)), attempts)
    }
}

/// What comes of a record that does not fit the signature.
pub(super) fn unrendered(fault: &RenderFault) -> Judged {
    Judged::of(Err(Unscored::new(Reason::Subject, fault.to_string())), Vec::new())
}

/// Refuses every reading but these.
pub(super) fn only(readings: &[Reading], strategy: &str, options: &AskOptions, why: &str) -> Result<()> {
    if readings.contains(&options.reading) {
        return Ok(());
    }
    let detail =
        format!("strategy `{strategy}` {why}: its verdicts cannot be read {}", options.reading.name());
    Err(Error::new(ErrorKind::Config, detail).help("set `reading = \"text\"`, or `strategy = \"direct\"`"))
}

/// A strategy for one question, as a suite names it.
pub(super) struct Registered {
    pub(super) name: &'static str,
    /// One line on what it does.
    pub(super) about: &'static str,
    pub(super) options: &'static [OptionFact],
    /// What it says to the judge besides the question: it is part of the judge's fingerprint.
    pub(super) texts: &'static [&'static str],
    pub(super) make: fn(&Question, &AskOptions, &Settings) -> Result<Box<dyn Strategy>>,
}

/// A way to come to a verdict on one record.
pub(in crate::judge) trait Strategy: Debug + Send + Sync {
    /// All its questions, compiled.
    fn questions(&self) -> Vec<&Question>;

    /// The requests that can be made before any reply is known, exactly as they would be sent.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault>;

    /// What decides the verdict besides the questions, where judges are members of another: a hash of it stands for
    /// the judge.
    fn rule(&self) -> Option<String> {
        None
    }

    /// The verdict besides those of the scale, where it may decide nothing itself.
    fn undecided(&self) -> Option<&'static str> {
        None
    }

    /// How many calls a record takes at least and at most, where every answer is valid at once.
    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64>;

    /// Asks, and makes one score of the replies.
    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged>;

    /// Asks about these criteria of its rubric, by their places, each for itself; `None` where it does not ask criterion
    /// by criterion.
    fn criteria<'a>(
        &'a self,
        _asker: &'a Asker,
        _inputs: &'a Map<String, Value>,
        _wanted: &'a [usize],
    ) -> Option<BoxFuture<'a, JudgedCriteria>> {
        None
    }
}

/// A request that a strategy will make.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// The request, exactly as it would be sent.
    pub request: Request,
    /// The order in which a pair is shown.
    pub order: Option<Order>,
    /// The criterion that it asks about, where each has a question of its own.
    pub part: Option<String>,
    /// The place of the member that makes it, where a judge has several.
    pub member: usize,
    /// Its number among the draws of one question, from 0.
    pub draw: u32,
    /// How many calls follow that repeat it with its reply: they cannot be shown before the reply is known.
    pub follow_ups: u32,
}

impl Planned {
    pub(crate) fn new(request: Request) -> Self {
        Self { request, order: None, part: None, member: 0, draw: 0, follow_ups: 0 }
    }
}
