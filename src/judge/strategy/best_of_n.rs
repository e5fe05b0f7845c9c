//! Several answers at one temperature, and the best of them: by its own confidence, or by a further call.
//!
//! Best-of-n sampling as in Stiennon et al. 2020 (arXiv 2009.01325) and Cobbe et al. 2021 (arXiv 2110.14168), with the
//! judge itself in place of a trained scorer. An answer that is empty or invalid is never chosen.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::draws::{Answered, Drawn, Draws, Needed, take};
use super::kind::{AskOptions, Asker, Planned, Registered, Strategy, only, unrendered};
use super::option::{OptionFact, OptionKind, Settings};
use crate::ask::stage::{Stage, Staged, listed};
use crate::ask::{Attempt, Question, Reading, Reason, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::Judged;
use crate::prompt::RenderFault;

const NAME: &str = "best_of_n";

const CHOOSE: &str = "Do not judge anew. Below are judgments of this record, one a line, each with its number. Which of \
                      them does the record support best? Hold the reasons of each against the record; neither length \
                      nor certainty counts. Answer with one JSON object and nothing else, with the fields \"reason\", \
                      one sentence, and \"best\", the number of the best judgment.";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "several answers at one temperature, and the best of them",
    options: &[
        OptionFact {
            name: "n",
            about: "How many answers are drawn",
            kind: OptionKind::Count { least: 1, most: 100, default: 3 },
        },
        OptionFact {
            name: "temperature",
            about: "Their temperature",
            kind: OptionKind::Temperature { default: 0.7 },
        },
        OptionFact {
            name: "scorer",
            about: "What the best is chosen by: the answers' own confidence; a further call; or the confidence where \
                    the signature has that output, and else a further call",
            kind: OptionKind::Choice { choices: &["auto", "confidence", "call"], default: "auto" },
        },
    ],
    texts: &[CHOOSE],
    make,
};

fn make(question: &Question, options: &AskOptions, settings: &Settings) -> Result<Box<dyn Strategy>> {
    only(&[Reading::Text], NAME, options, "draws whole answers")?;
    let spec = question.compiled().spec();
    let has_confidence = spec.output("confidence").is_some();
    let by_confidence = match settings.text("scorer") {
        Some("confidence") if !has_confidence => {
            let detail = format!("strategy `{NAME}`: `{}` has no output `confidence`", spec.name);
            return Err(Error::new(ErrorKind::Config, detail)
                .help("set `scorer = \"call\"`, or add a number `confidence` to its outputs"));
        }
        Some("call") => false,
        _ => has_confidence,
    };
    let n = settings.count("n");
    // One for each number of valid answers.
    let most = if by_confidence { 1 } else { n };
    let choosers = (2..=most).map(|valid| chooser(question, valid)).collect::<Result<Vec<Stage>>>()?;
    let temperature = settings.number("temperature");
    let draws = (1..=n).map(|number| (format!("answer {number}"), temperature));
    Ok(Box::new(BestOfN { draws: Draws::at(question, draws), question: question.clone(), choosers }))
}

fn chooser(question: &Question, valid: u32) -> Result<Stage> {
    let properties = json!({
        "reason": {"type": "string", "maxLength": 300},
        "best": {"type": "integer", "minimum": 1, "maximum": valid},
    });
    Stage::beside(question, "choice", &properties)
}

#[derive(Debug)]
struct BestOfN {
    question: Question,
    draws: Draws,
    /// The call that chooses among two valid answers, among three, and so on; none where the confidence chooses.
    choosers: Vec<Stage>,
}

impl BestOfN {
    async fn best(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let requests = match self.draws.requests(asker, inputs) {
            Ok(requests) => requests,
            Err(fault) => return unrendered(&fault),
        };
        let Drawn { result, mut attempts } = take(asker, requests, inputs, Needed::One).await;
        let valid = match result {
            Ok(valid) => valid,
            Err(unscored) => return Judged::of(Err(unscored), attempts),
        };
        let (place, further) = self.place(asker, inputs, &valid).await;
        attempts.extend(further);
        let score = place.and_then(|place| {
            let best = valid.into_iter().nth(place).map(|answered| answered.score);
            best.ok_or_else(|| Unscored::new(Reason::InvalidAnswer, "no answer was chosen"))
        });
        Judged::of(score, attempts)
    }

    /// The place of the best among the valid answers, and what was asked to find it: nothing where they agree.
    async fn place(
        &self,
        asker: &Asker,
        inputs: &Map<String, Value>,
        valid: &[Answered],
    ) -> (Result<usize, Unscored>, Vec<Attempt>) {
        if self.choosers.is_empty() {
            return (Ok(surest(valid)), Vec::new());
        }
        let labels = || valid.iter().map(|answered| answered.score.label.as_str());
        let differ = labels().any(|label| labels().next() != Some(label));
        let chooser = self.choosers.iter().zip(2..).find(|(_, number)| *number == valid.len());
        let Some((chooser, _)) = chooser.filter(|_| differ) else {
            return (Ok(0), Vec::new());
        };
        let request = match asker.request(&self.question, inputs, 1) {
            Ok(request) => request,
            Err(fault) => return (Err(Unscored::new(Reason::Subject, fault.to_string())), Vec::new()),
        };
        let answers = listed(valid.iter().map(|answered| answered.text.as_str()));
        let request = chooser.request(&request, &format!("{CHOOSE}\n{answers}"));
        let Staged { result, attempts } = chooser.ask(&asker.model, asker.options.retries, request).await;
        (result.map(|answer| chosen(&answer)), attempts)
    }
}

/// The place of the answer that is surest of itself, the earlier of several.
fn surest(valid: &[Answered]) -> usize {
    let sure = |answered: &Answered| answered.score.confidence.unwrap_or(f64::NEG_INFINITY);
    let mut best: Option<(usize, f64)> = None;
    for (place, answered) in valid.iter().enumerate() {
        if best.is_none_or(|(_, most)| sure(answered) > most) {
            best = Some((place, sure(answered)));
        }
    }
    best.map_or(0, |(place, _)| place)
}

/// The place that a valid choice names.
fn chosen(answer: &Value) -> usize {
    let number = answer.get("best").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    number.map_or(0, |number| number.saturating_sub(1))
}

impl Strategy for BestOfN {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut planned = self.draws.planned(asker, inputs)?;
        if let Some(last) = planned.last_mut() {
            last.follow_ups = u32::from(!self.choosers.is_empty());
        }
        Ok(planned)
    }

    /// Answers that agree are not chosen among.
    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let draws = u64::from(self.draws.number());
        draws..=draws + u64::from(!self.choosers.is_empty())
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.best(asker, inputs).boxed()
    }
}
