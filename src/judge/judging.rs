//! A judge: a signature, a model, and a way to read the verdict.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::calibration::Calibration;
use super::criteria;
use super::draws;
use super::order::{Order, OrderVerdict};
use super::pair;
use super::reasons;
use super::score::Score;
use super::verdict;
use crate::ask::{Asked, Attempt, Purpose, Question, Reading, Reason, Unscored, ask_request};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, Parameters, Request};
use crate::prompt::RenderFault;
use crate::signature::Spec;

/// How a judge asks.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeOptions {
    /// How the verdict is read.
    pub reading: Reading,
    /// How a rubric's criteria become one score.
    pub aggregation: Aggregation,
    /// How often an invalid answer is asked for again; a sampled draw never is.
    pub retries: u32,
    /// How many draws a sampled reading takes; at least 1.
    pub samples: u32,
    /// The decoding parameters. A sampled reading needs a temperature above 0, or none, for the server's own.
    pub parameters: Parameters,
    /// The map that distributions go through, if one was fitted.
    pub calibration: Option<Arc<Calibration>>,
}

impl Default for JudgeOptions {
    fn default() -> Self {
        Self {
            reading: Reading::Text,
            aggregation: Aggregation::Holistic,
            retries: 3,
            samples: draws::DEFAULT,
            parameters: Parameters::default(),
            calibration: None,
        }
    }
}

/// How a rubric's criteria become one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// One call judges the whole, and gives the score.
    #[default]
    Holistic,
    /// One call for each criterion; the score is their weighted mean.
    Criteria,
}

/// A judge. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Judge {
    pub(super) model: Model,
    pub(super) options: JudgeOptions,
    pub(super) questions: Arc<[Question]>,
    spec: Arc<Spec>,
    repeat: u32,
}

/// What came of judging one record.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The score, or why there is none.
    pub result: Result<Score, Unscored>,
    /// Every call that was made.
    pub attempts: Vec<Attempt>,
    /// Of a pair, the verdict in each order.
    pub orders: Vec<OrderVerdict>,
}

impl Judged {
    /// What came of what is asked in one order.
    #[must_use]
    pub fn of(result: Result<Score, Unscored>, attempts: Vec<Attempt>) -> Self {
        Self { result, attempts, orders: Vec::new() }
    }
}

impl Judge {
    /// A judge for a spec.
    ///
    /// # Errors
    /// The spec cannot be compiled, has no verdict, or none that can be read this way; its pair does not fit
    /// it; or draws are to be taken at a temperature of 0.
    pub fn new(spec: Spec, model: Model, options: JudgeOptions) -> Result<Self> {
        if options.calibration.is_some() && !takes_a_map(&spec, &options) {
            let detail = format!("`{}`: only one verdict with a distribution can be calibrated", spec.name);
            return Err(Error::new(ErrorKind::Config, detail)
                .help("read it weighted or sampled, in one call, or remove `calibration`"));
        }
        draws::check(&options)?;
        if let Some(pair) = &spec.pair {
            pair.check(&spec)?;
        }
        let questions = match (&spec.rubric, options.aggregation) {
            (Some(_), Aggregation::Criteria) => criteria::questions(&spec, &options)?,
            _ => vec![Question::new(spec.clone(), options.reading, options.parameters.clone())?],
        };
        Ok(Self { model, options, questions: questions.into(), spec: Arc::new(spec), repeat: 0 })
    }

    /// The spec it was made from.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The model it asks.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The same judge, asking about a record: its id is noted beside the replies in the cache.
    #[must_use]
    pub fn about(&self, record: &str) -> Self {
        Self { model: self.model.about(record), ..self.clone() }
    }

    /// The same judge, asking anew: requests of another number, from 0, are others to the cache and to recordings.
    #[must_use]
    pub fn repeat(&self, number: u32) -> Self {
        Self { repeat: number, ..self.clone() }
    }

    /// How it asks.
    #[must_use]
    pub fn options(&self) -> &JudgeOptions {
        &self.options
    }

    /// The orders in which it asks about a record; none where it asks in one only.
    #[must_use]
    pub fn orders(&self) -> &'static [Order] {
        if self.spec.pair.is_some() { &Order::BOTH } else { &[] }
    }

    /// How many requests it makes for a record, those for draws and for answers asked for again left out.
    #[must_use]
    pub fn requests_each(&self) -> usize {
        self.questions.len() * self.orders().len().max(1)
    }

    /// The first requests for a record, one for each question, and of a pair one for each of its
    /// [`orders`](Self::orders), exactly as they would be sent.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    pub fn requests(&self, inputs: &Map<String, Value>) -> Result<Vec<Request>, RenderFault> {
        let all = |inputs: &Map<String, Value>| {
            self.questions
                .iter()
                .map(|question| self.request(question, inputs))
                .collect::<Result<Vec<_>, _>>()
        };
        let Some(pair) = &self.spec.pair else {
            return all(inputs);
        };
        let mut requests = Vec::new();
        for order in self.orders() {
            requests.extend(all(&order.shown(pair, inputs))?);
        }
        Ok(requests)
    }

    /// The same, and where a sampled reading draws several answers, all of them.
    ///
    /// # Errors
    /// As [`requests`](Self::requests).
    pub fn draws(&self, inputs: &Map<String, Value>) -> Result<Vec<Request>, RenderFault> {
        let mut draws = Vec::new();
        for request in self.requests(inputs)? {
            draws.extend(self.numbers().map(|repeat| Request { repeat, ..request.clone() }));
        }
        Ok(draws)
    }

    /// A hash of everything that decides what is asked: the compiled
    /// questions, the reading and the parameters, but not the calibration; 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for question in self.questions.iter() {
            hasher.update(question.fingerprint().as_bytes());
        }
        hasher.update(format!("{:?}", (self.options.reading, self.options.aggregation)).as_bytes());
        if self.options.reading == Reading::Sampled {
            hasher.update(&self.options.samples.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The map that its scores go through.
    #[must_use]
    pub fn calibration(&self) -> Option<&Calibration> {
        self.options.calibration.as_deref()
    }

    /// Judges one record's inputs. A failure of the judge's is an outcome, never an error.
    pub async fn judge(&self, inputs: &Map<String, Value>) -> Judged {
        if let (Some(rubric), Aggregation::Criteria) = (&self.spec.rubric, self.options.aggregation) {
            return criteria::judge(self, rubric, inputs).await;
        }
        let Some(question) = self.questions.first() else {
            return unasked(&self.spec.name);
        };
        let judged = match &self.spec.pair {
            Some(pair) => pair::judge(self, pair, question, inputs).await,
            None => self.put(question, inputs).await,
        };
        Judged { result: judged.result.and_then(|score| self.calibrated(score, question)), ..judged }
    }

    /// The numbers of its requests for one question: each repeat has as many of its own as draws are taken.
    pub(super) fn numbers(&self) -> Range<u32> {
        let draws = if self.options.reading == Reading::Sampled { self.options.samples } else { 1 };
        let first = self.repeat.saturating_mul(draws);
        first..first.saturating_add(draws)
    }

    /// The first request for a question.
    pub(super) fn request(
        &self,
        question: &Question,
        inputs: &Map<String, Value>,
    ) -> Result<Request, RenderFault> {
        Ok(Request { repeat: self.numbers().start, ..question.request(inputs)? })
    }

    /// Puts one question about a record, and scores what comes.
    pub(super) async fn put(&self, question: &Question, inputs: &Map<String, Value>) -> Judged {
        if self.options.reading == Reading::Sampled {
            return draws::judge(self, question, inputs).await;
        }
        let request = match self.request(question, inputs) {
            Ok(request) => request,
            Err(fault) => {
                let result = Err(Unscored::new(Reason::Subject, fault.to_string()));
                return Judged::of(result, Vec::new());
            }
        };
        let Asked { result, attempts } =
            ask_request(&self.model, question, request, Purpose::Verdict, self.options.retries).await;
        Judged::of(result.and_then(|replied| verdict::score(&replied, question, inputs)), attempts)
    }

    /// The score through the map that was fitted for this judge. A score
    /// without a distribution goes through none.
    fn calibrated(&self, score: Score, question: &Question) -> Result<Score, Unscored> {
        let (Some(calibration), Some(weighed)) = (self.calibration(), &question.weighed) else {
            return Ok(score);
        };
        calibration.apply(&score, weighed).ok_or_else(|| {
            let detail = format!("the calibration {} does not fit the verdicts", calibration.name);
            Unscored::new(Reason::InvalidAnswer, detail)
        })
    }

    /// Asks for the reasons of a score that was read without any, and puts
    /// them into it, marked as given after the fact. Whatever fails here
    /// leaves the score as it was. Of a pair it is asked about the verdict in its own order.
    pub async fn explain(&self, inputs: &Map<String, Value>, judged: &mut Judged) {
        let Ok(score) = &mut judged.result else {
            return;
        };
        // A rubric judged criterion by criterion has a verdict for each; the
        // reasons are asked of the first question only where it is the only one.
        let ([question], None) = (&*self.questions, &score.reasoning) else {
            return;
        };
        let Ok(request) = self.request(question, inputs) else {
            return;
        };
        let own = judged.orders.first().and_then(|order| order.label.as_deref());
        let label = own.unwrap_or(&score.label);
        let asked = reasons::reasons(&self.model, question, request, label, self.options.retries).await;
        let order = own.map(|_| Order::Own.name().to_owned());
        judged
            .attempts
            .extend(asked.attempts.into_iter().map(|attempt| Attempt { order: order.clone(), ..attempt }));
        if let Ok(replied) = asked.result {
            let reasons = reasons::text(&replied);
            let is_whole = judged.orders.iter().all(|order| order.label.as_ref() == Some(&score.label));
            score.reasoning = match own {
                Some(label) if !is_whole => reasons.map(|reasons| pair::named(Order::Own, label, &reasons)),
                _ => reasons,
            };
            score.post_hoc = score.reasoning.is_some();
        }
    }
}

/// A map needs a distribution over one verdict.
fn takes_a_map(spec: &Spec, options: &JudgeOptions) -> bool {
    let in_one_call = spec.rubric.is_none() || options.aggregation == Aggregation::Holistic;
    in_one_call && options.reading != Reading::Text
}

fn unasked(name: &str) -> Judged {
    let detail = format!("`{name}` has nothing to ask");
    Judged::of(Err(Unscored::new(Reason::InvalidAnswer, detail)), Vec::new())
}
