//! A population of answers, and rounds in which each new answer is made from some of those before; then the majority.
//!
//! Recursive self-aggregation, Venkatraman et al. 2025 (arXiv 2509.26626). Which answers are shown is random with a
//! seed, and the same for every record.

use std::ops::RangeInclusive;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::draws::{Answered, Drawn, Needed, take};
use super::kind::{AskOptions, Asker, Planned, Registered, Strategy, named, only, unrendered};
use super::majority::majority;
use super::option::{OptionFact, OptionKind, Settings};
use super::sampled::scores;
use crate::ask::stage::{after_record, listed};
use crate::ask::{Question, Reading};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::Judged;
use crate::model::Request;
use crate::prompt::RenderFault;
use crate::stats::Random;

const NAME: &str = "self_aggregation";

const AGGREGATE: &str = "Below are earlier judgments of this record, one a line. Some may be wrong. Hold them against the \
                         record and against each other, keep what is right in them, correct what is wrong, and answer \
                         the question anew, with one JSON object and nothing else, with every field asked for at the \
                         beginning.";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "several answers, rounds in which each new answer is made from some of those before, and then the majority",
    options: &[
        OptionFact {
            name: "population",
            about: "How many answers there are in each round",
            kind: OptionKind::Count { least: 2, most: 100, default: 4 },
        },
        OptionFact {
            name: "subset",
            about: "How many of the answers before are shown for each new one; at most the population",
            kind: OptionKind::Count { least: 2, most: 100, default: 2 },
        },
        OptionFact {
            name: "rounds",
            about: "How many rounds follow the first answers",
            kind: OptionKind::Count { least: 1, most: 20, default: 2 },
        },
        OptionFact {
            name: "temperature",
            about: "The temperature of all answers",
            kind: OptionKind::Temperature { default: 0.7 },
        },
        OptionFact {
            name: "seed",
            about: "What decides which answers are shown",
            kind: OptionKind::Count { least: 0, most: u32::MAX, default: 0 },
        },
    ],
    texts: &[AGGREGATE],
    make,
};

fn make(question: &Question, options: &AskOptions, settings: &Settings) -> Result<Box<dyn Strategy>> {
    only(&[Reading::Text], NAME, options, "draws whole answers")?;
    let (population, subset) = (settings.count("population"), settings.count("subset"));
    if subset > population {
        let detail =
            format!("strategy `{NAME}`: `subset` is {subset}, and there are only {population} answers");
        return Err(Error::new(ErrorKind::Config, detail).help("set `subset` to at most the `population`"));
    }
    Ok(Box::new(SelfAggregation {
        question: question.clone(),
        population,
        subset: subset as usize,
        rounds: settings.count("rounds"),
        temperature: settings.number("temperature"),
        seed: settings.count("seed"),
    }))
}

#[derive(Debug)]
struct SelfAggregation {
    question: Question,
    population: u32,
    subset: usize,
    rounds: u32,
    temperature: f64,
    seed: u32,
}

impl SelfAggregation {
    fn answers(&self) -> u32 {
        self.population.saturating_mul(self.rounds + 1)
    }

    /// The request of each answer of a round: every one of a record has a number of its own.
    fn round(
        &self,
        asker: &Asker,
        inputs: &Map<String, Value>,
        round: u32,
    ) -> Result<Vec<Request>, RenderFault> {
        let mut request = asker.request(&self.question, inputs, self.answers())?;
        request.parameters.temperature = Some(self.temperature);
        let first = request.repeat.saturating_add(round.saturating_mul(self.population));
        let numbered = |number| Request { repeat: first.saturating_add(number), ..request.clone() };
        Ok((0..self.population).map(numbered).collect())
    }

    /// The same, each with some of the answers before.
    fn aggregating(&self, requests: Vec<Request>, round: u32, before: &[Answered]) -> Vec<Request> {
        let texts: Vec<&str> = before.iter().map(|answered| answered.text.as_str()).collect();
        let mut random = Random::new(u64::from(self.seed) << 32 | u64::from(round));
        let mut with_some = |request| {
            let mut shown = texts.clone();
            random.shuffle(&mut shown);
            shown.truncate(self.subset);
            after_record(request, &format!("{AGGREGATE}\n{}", listed(shown)))
        };
        requests.into_iter().map(&mut with_some).collect()
    }

    async fn rounds(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let mut attempts = Vec::new();
        let mut answers: Vec<Answered> = Vec::new();
        for round in 0..=self.rounds {
            let requests = match self.round(asker, inputs, round) {
                Ok(requests) if round == 0 => requests,
                Ok(requests) => self.aggregating(requests, round, &answers),
                Err(fault) => return unrendered(&fault),
            };
            let questions: Vec<Question> = (1..=self.population)
                .map(|number| named(&self.question, &format!("round {round}, answer {number}")))
                .collect();
            let draws = questions.iter().zip(requests).collect();
            let Drawn { result, attempts: calls } = take(asker, draws, inputs, Needed::Half).await;
            attempts.extend(calls);
            answers = match result {
                Ok(answers) => answers,
                Err(unscored) => return Judged::of(Err(unscored), attempts),
            };
        }
        let scale = self.question.compiled().spec().scale.as_ref();
        Judged::of(majority(&scores(answers), scale), attempts)
    }
}

impl Strategy for SelfAggregation {
    fn questions(&self) -> Vec<&Question> {
        vec![&self.question]
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let first = self.round(asker, inputs, 0)?;
        let planned = |(draw, request)| Planned { draw, follow_ups: self.rounds, ..Planned::new(request) };
        Ok((0..).zip(first).map(planned).collect())
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let answers = u64::from(self.answers());
        answers..=answers
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.rounds(asker, inputs).boxed()
    }
}
