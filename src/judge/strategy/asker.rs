//! Who is asked, and under which number.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::ask::{Asked, Purpose, Question, Reading, Reason, Unscored, ask_request};
use crate::judge::judged::Judged;
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
