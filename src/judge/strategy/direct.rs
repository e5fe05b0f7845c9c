//! One call: the verdict as it is decoded, or its distribution where it is read weighted.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Registered, Strategy, unrendered};
use super::option::Settings;
use super::sampled::Sampled;
use crate::ask::{Question, Reading};
use crate::error::Result;
use crate::judge::score::Judged;
use crate::prompt::RenderFault;

pub(super) const REGISTERED: Registered = Registered {
    name: "direct",
    about: "the question, once; as often as it is drawn where it is read sampled",
    options: &[],
    texts: &[],
    make,
};

fn make(question: Question, options: &AskOptions, _: &Settings) -> Result<Box<dyn Strategy>> {
    if options.reading == Reading::Sampled {
        return Ok(Box::new(Sampled::new(&question, options)?));
    }
    Ok(Box::new(Direct { question }))
}

#[derive(Debug)]
struct Direct {
    question: Question,
}

impl Strategy for Direct {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        Ok(vec![Planned::new(asker.request(&self.question, inputs, 1)?)])
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        1..=1
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        async move {
            match asker.request(&self.question, inputs, 1) {
                Ok(request) => asker.put(&self.question, request, inputs, asker.options.retries).await,
                Err(fault) => unrendered(&fault),
            }
        }
        .boxed()
    }
}
