//! A verdict from several draws: the sampled reading.
//!
//! Without probabilities, the share of each verdict among n answers drawn at a temperature takes the
//! place of its probability (G-Eval, Liu et al. 2023, section 2.2, which draws 20 at temperature 1).

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::draws::{Answered, Drawn, Draws, Needed, take};
use super::kind::{AskOptions, Asker, Planned, Strategy, unrendered};
use super::majority::majority;
use crate::ask::Question;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::{Judged, Score};
use crate::prompt::RenderFault;

/// How many draws are taken where nobody says: as many as in G-Eval.
pub(in crate::judge) const DEFAULT: u32 = 20;

/// The question as often as draws are taken, and the verdict of most.
#[derive(Debug)]
pub(super) struct Sampled {
    draws: Draws,
}

impl Sampled {
    /// The sampled reading.
    ///
    /// # Errors
    /// The draws would all be the same, or there would be none.
    pub(super) fn new(question: &Question, options: &AskOptions) -> Result<Self> {
        check(options)?;
        Ok(Self::of(Draws::alike(question, options.samples)))
    }

    /// The verdict of most of these draws.
    pub(super) fn of(draws: Draws) -> Self {
        Self { draws }
    }

    async fn draw(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let requests = match self.draws.requests(asker, inputs) {
            Ok(requests) => requests,
            Err(fault) => return unrendered(&fault),
        };
        let Drawn { result, attempts } = take(asker, requests, inputs, Needed::Half).await;
        let scale = self.draws.question().and_then(|question| question.compiled().spec().scale.as_ref());
        Judged::of(result.and_then(|valid| majority(&scores(valid), scale)), attempts)
    }
}

/// The scores of answers.
pub(super) fn scores(answers: Vec<Answered>) -> Vec<Score> {
    answers.into_iter().map(|answered| answered.score).collect()
}

impl Strategy for Sampled {
    fn questions(&self) -> Vec<&Question> {
        self.draws.question().into_iter().collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        self.draws.planned(asker, inputs)
    }

    /// Draws that are no valid answers end it when they are more than half.
    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let draws = u64::from(self.draws.number());
        draws..=draws
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.draw(asker, inputs).boxed()
    }
}

/// Refuses to take draws that would all be the same, or none.
fn check(options: &AskOptions) -> Result<()> {
    if options.temperature.is_some_and(|temperature| temperature <= 0.0) {
        let detail = "a sampled reading needs a temperature above 0: at 0 every draw is the same";
        return Err(Error::new(ErrorKind::Config, detail)
            .help("leave out the model's `temperature`, which is then 1, or set it above 0"));
    }
    if options.samples == 0 {
        let detail = "a sampled reading needs at least one draw";
        return Err(Error::new(ErrorKind::Config, detail).help("set `samples`; 20 is the default"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Reading;

    #[test]
    fn nothing_is_drawn_at_temperature_zero() {
        let options =
            |temperature, samples| AskOptions { reading: Reading::Sampled, retries: 0, samples, temperature };
        assert!(check(&options(Some(0.0), 3)).unwrap_err().to_string().contains("every draw is the same"));
        assert!(check(&options(Some(0.7), 0)).unwrap_err().to_string().contains("at least one draw"));
        assert!(check(&options(None, 3)).is_ok());
    }
}
