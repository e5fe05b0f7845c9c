//! Answers drawn side by side, each a request of its own number.

use std::cell::Cell;

use futures_util::FutureExt as _;
use serde_json::{Map, Value};

use super::kind::{Asker, Planned, named};
use crate::ask::{Attempt, Question, Reason, Unscored};
use crate::judge::score::{Judged, Score};
use crate::model::Request;
use crate::prompt::RenderFault;

/// The draws of a question, each under its name and at its temperature; where it has none, at the request's own.
#[derive(Debug)]
pub(super) struct Draws(Vec<(Question, Option<f64>)>);

impl Draws {
    /// As many draws as there are, which the journal does not tell apart.
    pub(super) fn alike(question: &Question, number: u32) -> Self {
        Self((0..number).map(|_| (question.clone(), None)).collect())
    }

    /// A draw at each temperature, under its own name.
    pub(super) fn at(question: &Question, draws: impl IntoIterator<Item = (String, f64)>) -> Self {
        let draw = |(name, temperature): (String, f64)| (named(question, &name), Some(temperature));
        Self(draws.into_iter().map(draw).collect())
    }

    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The question, under the name of the first draw.
    pub(super) fn question(&self) -> Option<&Question> {
        self.0.first().map(|(question, _)| question)
    }

    /// The request of each draw, with its question.
    pub(super) fn requests(
        &self,
        asker: &Asker,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<(&Question, Request)>, RenderFault> {
        let Some(question) = self.question() else { return Ok(Vec::new()) };
        let request = asker.request(question, inputs, self.number())?;
        let draws = self.0.iter().zip(asker.numbers(self.number()));
        let drawn = draws.map(|((question, temperature), repeat)| {
            let mut request = Request { repeat, ..request.clone() };
            request.parameters.temperature = temperature.or(request.parameters.temperature);
            (question, request)
        });
        Ok(drawn.collect())
    }

    /// The same as what is planned: draws 0, 1, 2 of one question.
    pub(super) fn planned(
        &self,
        asker: &Asker,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Planned>, RenderFault> {
        let requests = self.requests(asker, inputs)?;
        let planned = |(draw, (_, request))| Planned { draw, ..Planned::new(request) };
        Ok((0..).zip(requests).map(planned).collect())
    }
}

/// How many of the draws must be valid answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needed {
    /// At least half.
    Half,
    /// One.
    One,
}

impl Needed {
    /// How many may be invalid.
    fn spare(self, draws: usize) -> usize {
        match self {
            Self::Half => draws / 2,
            Self::One => draws.saturating_sub(1),
        }
    }

    fn in_words(self, draws: usize) -> String {
        match self {
            Self::Half => format!("at least half of {draws} must be"),
            Self::One => "one must be".to_owned(),
        }
    }
}

/// A draw that is a valid answer.
pub(super) struct Answered {
    pub(super) score: Score,
    /// The answer as the judge wrote it.
    pub(super) text: String,
}

/// What came of draws: the valid answers, or why they cannot be used.
pub(super) struct Drawn {
    pub(super) result: Result<Vec<Answered>, Unscored>,
    pub(super) attempts: Vec<Attempt>,
}

/// Draws answers. A draw that is no valid answer is not asked for again, which would be another question. A draw
/// without a reply leaves the record without a score: the rest would be another sample. A model that gives too few
/// valid answers is asked no further.
pub(super) async fn take(
    asker: &Asker,
    mut draws: Vec<(&Question, Request)>,
    inputs: &Map<String, Value>,
    needed: Needed,
) -> Drawn {
    let number = draws.len();
    let spare = needed.spare(number);
    let rest = draws.split_off(number.min(spare + 1));
    let (mut attempts, mut valid, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
    for wave in [draws, rest] {
        let asks =
            wave.into_iter().map(|(question, request)| asker.put(question, request, inputs, 0).boxed());
        let unusable = Cell::new(invalid.len());
        let ends = move |drawn: &Judged| match &drawn.result {
            Ok(_) => false,
            Err(unscored) if unscored.reason == Reason::InvalidAnswer => {
                unusable.set(unusable.get() + 1);
                unusable.get() > spare
            }
            Err(_) => true,
        };
        let mut failed = None;
        for drawn in asker.each(asks.collect(), ends).await {
            let reply = drawn.attempts.last().and_then(|attempt| attempt.response.as_ref());
            let text = reply.map(|reply| reply.text.clone()).unwrap_or_default();
            attempts.extend(drawn.attempts);
            match drawn.result {
                Ok(score) => valid.push(Answered { score, text }),
                Err(unscored) if unscored.reason == Reason::InvalidAnswer => invalid.push(unscored),
                Err(unscored) => failed = failed.or(Some(unscored)),
            }
        }
        if let Some(unscored) = failed {
            return Drawn { result: Err(unscored), attempts };
        }
        if let Some(last) = invalid.last().filter(|_| invalid.len() > spare) {
            let result = Err(too_few(valid.len(), invalid.len(), &needed.in_words(number), last));
            return Drawn { result, attempts };
        }
    }
    Drawn { result: Ok(valid), attempts }
}

fn too_few(valid: usize, invalid: usize, needed: &str, last: &Unscored) -> Unscored {
    let detail = format!(
        "{invalid} of {} draws were no valid answer, and {needed}; the last: {}",
        valid + invalid,
        last.detail
    );
    Unscored::new(Reason::InvalidAnswer, detail)
}
