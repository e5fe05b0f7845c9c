//! What a strategy is.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::asker::{AskOptions, Asker};
use crate::ask::Question;
use crate::error::Result;
use crate::judge::judged::Judged;
use crate::judge::order::Order;
use crate::model::Request;
use crate::prompt::RenderFault;

/// A strategy for one question, as a suite names it.
pub(super) struct Registered {
    pub(super) name: &'static str,
    /// One line on what it does.
    pub(super) about: &'static str,
    pub(super) make: fn(Question, &AskOptions) -> Result<Box<dyn Strategy>>,
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

    /// How many calls a record takes at least and at most, where every answer is valid at once.
    fn calls(&self, options: &AskOptions) -> RangeInclusive<u64>;

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
    pub(super) fn new(request: Request) -> Self {
        Self { request, order: None, part: None, draw: 0, follow_ups: 0 }
    }
}
