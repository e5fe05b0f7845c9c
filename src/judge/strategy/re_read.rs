//! Two calls: an answer, then the record once more, and the answer confirmed or changed.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::kind::{AskOptions, Asker, Planned, Registered, Strategy, named, unrendered};
use super::option::Settings;
use crate::ask::{Question, Reading};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::Judged;
use crate::model::Request;
use crate::prompt::{Message, RenderFault, Role};

pub(super) const REGISTERED: Registered = Registered {
    name: "re_read",
    about: "the question, then the record once more: the answer is confirmed or changed",
    options: &[],
    texts: &[],
    make,
};

/// The name of the second call in the journal.
const SECOND: &str = "re-read";

const CONFIRM: &str = "Read this once more, from the beginning. Then hold your answer against it, point by point. \
                       Confirm the answer, or change what is wrong. Answer with the whole JSON object again.";

fn make(question: Question, options: &AskOptions, _: &Settings) -> Result<Box<dyn Strategy>> {
    if options.reading != Reading::Text {
        let detail = format!(
            "strategy `re_read` shows the judge its own answer, and a {} reading has none",
            options.reading.name()
        );
        return Err(Error::new(ErrorKind::Config, detail)
            .help("set `reading = \"text\"`, or `strategy = \"direct\"`"));
    }
    Ok(Box::new(ReRead { second: named(&question, SECOND), question }))
}

#[derive(Debug)]
struct ReRead {
    question: Question,
    /// The same question under the second call's name.
    second: Question,
}

impl ReRead {
    /// An answer that is invalid at either call, however often it is asked for, leaves the record without a score.
    async fn twice(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let retries = asker.options.retries;
        let request = match asker.request(&self.question, inputs, 1) {
            Ok(request) => request,
            Err(fault) => return unrendered(&fault),
        };
        let first = asker.put(&self.question, request.clone(), inputs, retries).await;
        let answer = first.attempts.last().and_then(|attempt| attempt.response.as_ref());
        let (Ok(_), Some(answer)) = (&first.result, answer) else {
            return first;
        };
        let second = once_more(request, &answer.text);
        let second = asker.put(&self.second, second, inputs, retries).await;
        Judged::of(second.result, first.attempts.into_iter().chain(second.attempts).collect())
    }
}

/// The request with its answer, the record again, and the question whether the answer stands.
fn once_more(mut request: Request, answer: &str) -> Request {
    let is_record = |message: &&Message| message.role == Role::User;
    let record = request.messages.iter().rev().find(is_record).map(|message| message.content.clone());
    request.messages.push(Message::new(Role::Assistant, answer));
    request.messages.push(Message::new(Role::User, format!("{}\n\n{CONFIRM}", record.unwrap_or_default())));
    request
}

impl Strategy for ReRead {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let request = asker.request(&self.question, inputs, 1)?;
        Ok(vec![Planned { follow_ups: 1, ..Planned::new(request) }])
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        2..=2
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.twice(asker, inputs).boxed()
    }
}
