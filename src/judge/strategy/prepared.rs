//! A verdict that other calls prepare: they are made first, side by side, and the verdict is asked for with their
//! answers. One of them without a valid answer leaves the record without a score.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Strategy, named, only, unrendered};
use crate::ask::stage::{Stage, Staged};
use crate::ask::{Question, Reading};
use crate::error::Result;
use crate::judge::score::Judged;
use crate::model::Request;
use crate::prompt::RenderFault;

/// What is asked before a verdict, and how the verdict is asked for then.
pub(super) trait Preparation: Debug + Send + Sync {
    /// The calls before the verdict.
    fn stages(&self) -> &[Stage];

    /// The request of each of them, in their order.
    ///
    /// # Errors
    /// The record cannot be shown.
    fn requests(
        &self,
        asker: &Asker,
        verdict: &Request,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Request>, RenderFault>;

    /// The request for the verdict with what came of those before.
    fn verdict(&self, verdict: Request, before: &[(Request, Value)]) -> Request;
}

/// The question, after what prepares it.
#[derive(Debug)]
pub(super) struct Prepared<P> {
    question: Question,
    preparation: P,
}

impl<P: Preparation> Prepared<P> {
    /// # Errors
    /// The verdict is drawn several times: then nobody could say which of the draws is prepared by what.
    pub(super) fn new(
        strategy: &str,
        question: &Question,
        options: &AskOptions,
        preparation: P,
    ) -> Result<Self> {
        only(&[Reading::Text, Reading::Weighted], strategy, options, "asks for one verdict")?;
        Ok(Self { question: named(question, "verdict"), preparation })
    }

    /// The request for the verdict alone, and of each call before it.
    fn planned(
        &self,
        asker: &Asker,
        inputs: &Map<String, Value>,
    ) -> Result<(Request, Vec<Request>), RenderFault> {
        let verdict = asker.request(&self.question, inputs, 1)?;
        let before = self.preparation.requests(asker, &verdict, inputs)?;
        Ok((verdict, before))
    }

    async fn in_stages(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let (verdict, requests) = match self.planned(asker, inputs) {
            Ok(planned) => planned,
            Err(fault) => return unrendered(&fault),
        };
        let planned = self.preparation.stages().iter().zip(&requests);
        let asks = planned
            .map(|(stage, request)| stage.ask(&asker.model, asker.options.retries, request.clone()).boxed())
            .collect();
        let staged = asker.each(asks, |staged: &Staged| staged.result.is_err()).await;
        let (mut attempts, mut before) = (Vec::new(), Vec::new());
        for (staged, request) in staged.into_iter().zip(requests) {
            attempts.extend(staged.attempts);
            before.push(staged.result.map(|answer| (request, answer)));
        }
        let before: Vec<(Request, Value)> = match before.into_iter().collect() {
            Ok(before) => before,
            Err(unscored) => return Judged::of(Err(unscored), attempts),
        };
        let request = self.preparation.verdict(verdict, &before);
        let judged = asker.put(&self.question, request, inputs, asker.options.retries).await;
        attempts.extend(judged.attempts);
        Judged::of(judged.result, attempts)
    }
}

impl<P: Preparation> Strategy for Prepared<P> {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let (_, requests) = self.planned(asker, inputs)?;
        let stages = self.preparation.stages();
        let planned = |(stage, request): (&Stage, Request)| Planned {
            part: Some(stage.name().to_owned()),
            ..Planned::new(request)
        };
        let mut planned: Vec<Planned> = stages.iter().zip(requests).map(planned).collect();
        // The verdict is asked for after the last of them.
        if let Some(last) = planned.last_mut() {
            last.follow_ups = 1;
        }
        Ok(planned)
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let calls = self.preparation.stages().len() as u64 + 1;
        calls..=calls
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.in_stages(asker, inputs).boxed()
    }
}
