//! A strategy made ready for a question, and the output that comes of it.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::asking::{Asking, Needed, Sample};
use super::choice::{OutputStrategy, Scorer};
use super::sampled::{agree, most_frequent, surest};
use crate::ask::stage::{Stage, after_answer, after_record, listed};
use crate::ask::{Question, Reason, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Request;
use crate::prompt::Role;
use crate::stats::Random;

const CONFIRM: &str = "Read this once more, from the beginning. Then check your answer against it, point by point. \
                       Confirm the answer, or change what is wrong. Answer with the whole JSON object again.";

const CHOOSE: &str = "Do not answer anew. Below are answers to this task, one a line, each with its number. Which of \
                      them is the best? Check each against the task; neither length nor certainty counts. Answer with \
                      one JSON object and nothing else, with the fields \"reason\", one sentence, and \"best\", the \
                      number of the best answer.";

const OBSERVE: &str = "Do not answer yet. List what helps to answer well: what is asked for exactly, special cases, and \
                       the steps of a plan. Each is one short sentence. Answer with one JSON object and nothing else, \
                       with the one field \"observations\": a list of 1 to 8 texts.";

const ANSWER: &str = "Now answer. Check each observation against the task, drop what is wrong, and use the rest. Answer \
                      with one JSON object and nothing else, with every field asked for at the beginning.";

const VERIFY: &str = "Check this answer against the task, as someone would who wants to find a mistake. Name only real \
                      mistakes, each in one short sentence. Answer with one JSON object and nothing else, with the one \
                      field \"mistakes\": a list of 0 to 8 texts, empty if the answer is right.";

const REVISE: &str = "A check names these mistakes, one a line. Some may be none. Correct what is wrong in your answer. \
                      Answer with the whole JSON object again.";

const AGGREGATE: &str = "Below are earlier answers to this task, one a line. Some may be wrong. Compare them with the \
                         task and with each other, keep what is right in them, correct what is wrong, and answer anew, \
                         with one JSON object and nothing else, with every field asked for at the beginning.";

/// A strategy made ready for a question.
#[derive(Debug)]
pub(in crate::subject) struct Prepared {
    strategy: OutputStrategy,
    /// The calls whose answers are no outputs: of best-of-n, the choice among two answers, among three, and so on.
    stages: Vec<Stage>,
}

impl Prepared {
    /// # Errors
    /// The options do not fit the question.
    pub(in crate::subject) fn new(strategy: OutputStrategy, question: &Question) -> Result<Self> {
        let unusable = |detail: String, help: &str| {
            Error::new(ErrorKind::Config, format!("the strategy of the outputs: {detail}")).help(help)
        };
        if let Some(fault) = strategy.fault() {
            return Err(unusable(fault, "docs/guides/strategies.md lists the options"));
        }
        let outputs: Vec<&str> = question.spec().outputs.iter().map(|field| field.name.as_str()).collect();
        let compares = matches!(
            strategy,
            OutputStrategy::SelfConsistency { .. }
                | OutputStrategy::DiverseSampling { .. }
                | OutputStrategy::SelfAggregation { .. }
        );
        let listed = format!("`{}` has the outputs {}", question.spec().name, outputs.join(", "));
        match strategy.by() {
            Some(by) if !outputs.contains(&by) => {
                return Err(unusable(format!("there is no output `{by}`"), &listed));
            }
            None if compares && outputs.len() > 1 => {
                let detail = "`by` must name the output by which answers are the same".to_owned();
                return Err(unusable(detail, &listed));
            }
            _ => {}
        }
        let by_confidence = matches!(strategy, OutputStrategy::BestOfN { scorer: Scorer::Confidence, .. });
        if by_confidence && !outputs.contains(&"confidence") {
            return Err(unusable("there is no output `confidence`".to_owned(), "set `scorer = \"call\"`"));
        }
        let stages = stages(&strategy, question)?;
        Ok(Self { strategy, stages })
    }

    pub(in crate::subject) fn strategy(&self) -> &OutputStrategy {
        &self.strategy
    }

    pub(in crate::subject) fn calls(&self) -> RangeInclusive<u64> {
        self.strategy.calls()
    }

    /// What a fingerprint has of it; nothing where it asks once.
    pub(in crate::subject) fn mark(&self) -> String {
        let texts: &[&str] = match self.strategy {
            OutputStrategy::ReRead {} => &[CONFIRM],
            OutputStrategy::BestOfN { .. } => &[CHOOSE],
            OutputStrategy::PlanSearch {} => &[OBSERVE, ANSWER],
            OutputStrategy::ProverVerifier { .. } => &[VERIFY, REVISE],
            OutputStrategy::SelfAggregation { .. } => &[AGGREGATE],
            _ => &[],
        };
        self.strategy.mark() + &texts.concat()
    }

    /// The answer that becomes the output. One that is empty or invalid never does, and a failed call leaves none.
    pub(in crate::subject) async fn answer(&self, asking: &mut Asking<'_>) -> Result<Value, Unscored> {
        let sample = match &self.strategy {
            OutputStrategy::Direct {} => asking.put("answer", asking.numbered(1, 0)).await,
            OutputStrategy::ReRead {} => re_read(asking).await,
            OutputStrategy::SelfConsistency { n, temperature, by } => {
                let drawn = asking.draw(at_one(asking, *n, *temperature), Needed::Half).await?;
                chosen(most_frequent(drawn, by.as_deref()))
            }
            OutputStrategy::DiverseSampling { temperatures, by } => {
                let drawn = asking.draw(at_each(asking, temperatures), Needed::Half).await?;
                chosen(most_frequent(drawn, by.as_deref()))
            }
            OutputStrategy::BestOfN { n, temperature, scorer } => {
                let drawn = asking.draw(at_one(asking, *n, *temperature), Needed::One).await?;
                self.best(asking, drawn, *scorer).await
            }
            OutputStrategy::PlanSearch {} => self.planned(asking).await,
            OutputStrategy::ProverVerifier { rounds } => self.verified(asking, *rounds).await,
            OutputStrategy::SelfAggregation { .. } => self.aggregated(asking).await,
        };
        sample.map(|sample| sample.answer)
    }

    async fn best(
        &self,
        asking: &mut Asking<'_>,
        drawn: Vec<Sample>,
        scorer: Scorer,
    ) -> Result<Sample, Unscored> {
        let place = match self.stages.iter().zip(2..).find(|(_, number)| *number == drawn.len()) {
            _ if scorer == Scorer::Confidence => surest(&drawn),
            Some((chooser, _)) if !agree(&drawn) => {
                let answers = listed(drawn.iter().map(|sample| sample.text.as_str()));
                let request = chooser.request(&asking.numbered(1, 0), &format!("{CHOOSE}\n{answers}"));
                let choice = asking.beside(chooser, request).await?;
                let number = choice.get("best").and_then(Value::as_u64).unwrap_or(1);
                usize::try_from(number).map_or(0, |number| number.saturating_sub(1))
            }
            _ => 0,
        };
        chosen(drawn.into_iter().nth(place))
    }

    async fn planned(&self, asking: &mut Asking<'_>) -> Result<Sample, Unscored> {
        let request = asking.numbered(1, 0);
        let Some(stage) = self.stages.first() else { return asking.put("answer", request).await };
        let first = stage.request(&request, OBSERVE);
        let messages = first.messages.clone();
        let observations = asking.beside(stage, first).await?;
        let request = Request { messages, ..request };
        asking.put("answer", after_answer(request, &observations.to_string(), ANSWER)).await
    }

    /// The answer, corrected as long as its check names mistakes and rounds are left.
    async fn verified(&self, asking: &mut Asking<'_>, rounds: u32) -> Result<Sample, Unscored> {
        let mut request = asking.numbered(1, 0);
        let mut sample = asking.put("answer", request.clone()).await?;
        let Some(stage) = self.stages.first() else { return Ok(sample) };
        for round in 1..=rounds {
            let check = stage.form(after_answer(request.clone(), &sample.text, VERIFY));
            let checked = asking.beside(stage, check).await?;
            let mistakes: Vec<&str> = checked
                .get("mistakes")
                .and_then(Value::as_array)
                .map(|list| list.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            if mistakes.is_empty() {
                break;
            }
            request = after_answer(request, &sample.text, &format!("{REVISE}\n{}", listed(mistakes)));
            sample = asking.put(&format!("correction {round}"), request.clone()).await?;
        }
        Ok(sample)
    }

    async fn aggregated(&self, asking: &mut Asking<'_>) -> Result<Sample, Unscored> {
        let OutputStrategy::SelfAggregation { population, subset, rounds, temperature, seed, by } =
            &self.strategy
        else {
            return chosen(None);
        };
        let draws = population.saturating_mul(rounds + 1);
        let mut answers: Vec<Sample> = Vec::new();
        for round in 0..=*rounds {
            let mut random = Random::new(u64::from(*seed) << 32 | u64::from(round));
            let requests = (0..*population).map(|place| {
                let mut request =
                    asking.numbered(draws, round.saturating_mul(*population).saturating_add(place));
                request.parameters.temperature = Some(*temperature);
                let mut shown: Vec<&str> = answers.iter().map(|sample| sample.text.as_str()).collect();
                random.shuffle(&mut shown);
                shown.truncate(*subset as usize);
                if !shown.is_empty() {
                    request = after_record(request, &format!("{AGGREGATE}\n{}", listed(shown)));
                }
                (format!("round {round}, answer {}", place + 1), request)
            });
            let requests = requests.collect();
            answers = asking.draw(requests, Needed::Half).await?;
        }
        chosen(most_frequent(answers, by.as_deref()))
    }
}

fn stages(strategy: &OutputStrategy, question: &Question) -> Result<Vec<Stage>> {
    let texts = |least: u32| {
        let text = json!({"type": "string", "minLength": 1, "maxLength": 400});
        json!({"type": "array", "items": text, "minItems": least, "maxItems": 8})
    };
    match strategy {
        OutputStrategy::PlanSearch {} => {
            Ok(vec![Stage::beside(question, "observations", &json!({"observations": texts(1)}))?])
        }
        OutputStrategy::ProverVerifier { .. } => {
            Ok(vec![Stage::beside(question, "check", &json!({"mistakes": texts(0)}))?])
        }
        OutputStrategy::BestOfN { n, scorer: Scorer::Call, .. } => {
            let chooser = |valid: u32| {
                let properties = json!({
                    "reason": {"type": "string", "maxLength": 300},
                    "best": {"type": "integer", "minimum": 1, "maximum": valid},
                });
                Stage::beside(question, "choice", &properties)
            };
            (2..=*n).map(chooser).collect()
        }
        _ => Ok(Vec::new()),
    }
}

async fn re_read(asking: &mut Asking<'_>) -> Result<Sample, Unscored> {
    let request = asking.numbered(1, 0);
    let first = asking.put("answer", request.clone()).await?;
    let task = request.messages.iter().rev().find(|message| message.role == Role::User);
    let task = task.map(|message| message.content.clone()).unwrap_or_default();
    let second = after_answer(request, &first.text, &format!("{task}\n\n{CONFIRM}"));
    asking.put("re-read", second).await
}

/// Draws at one temperature, each under its name.
fn at_one(asking: &Asking<'_>, n: u32, temperature: f64) -> Vec<(String, Request)> {
    let draw = |number: u32| {
        let mut request = asking.numbered(n, number);
        request.parameters.temperature = Some(temperature);
        (format!("draw {}", number + 1), request)
    };
    (0..n).map(draw).collect()
}

fn at_each(asking: &Asking<'_>, temperatures: &[f64]) -> Vec<(String, Request)> {
    let draws = u32::try_from(temperatures.len()).unwrap_or(u32::MAX);
    let draw = |(number, temperature): (u32, &f64)| {
        let mut request = asking.numbered(draws, number);
        request.parameters.temperature = Some(*temperature);
        (format!("temperature {temperature}"), request)
    };
    (0..).zip(temperatures).map(draw).collect()
}

fn chosen(sample: Option<Sample>) -> Result<Sample, Unscored> {
    sample.ok_or_else(|| Unscored::new(Reason::InvalidAnswer, "no answer was chosen"))
}
