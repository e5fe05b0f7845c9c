//! A decision model is asked: typed questions in one request, one for each criterion of a rubric that is judged so.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::criteria::{combine, of_criteria, of_criterion};
use super::kind::{AskOptions, Asker, Planned, Strategy, unrendered};
use crate::ask::{AnswerOrders, AskedDecision, Question, Reason, Unscored, ask_decision};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::score::{Judged, JudgedCriteria, Score};
use crate::judge::verdict;
use crate::model::{DecisionAnswers, DecisionLimits, DecisionQuestion, Request};
use crate::prompt::RenderFault;
use crate::signature::{Rubric, Spec};

/// Typed questions about a record, in as few requests as the server takes them.
#[derive(Debug)]
pub(super) struct Decisions {
    /// The rubric whose criteria are asked about, where the judge does not ask about the whole.
    rubric: Option<Rubric>,
    questions: Vec<Question>,
    /// The same questions as they are sent.
    calls: Vec<Arc<[DecisionQuestion]>>,
}

impl Decisions {
    /// One question about the whole.
    ///
    /// # Errors
    /// The spec cannot be asked so.
    pub(super) fn whole(spec: Spec, limits: DecisionLimits) -> Result<Self> {
        let (question, typed) = Question::for_decisions(spec, None, limits)?;
        Ok(Self { rubric: None, questions: vec![question], calls: vec![Arc::from([typed])] })
    }

    /// The one question, once for each order of its answers.
    ///
    /// # Errors
    /// Its answers have one order, or too many.
    pub(super) fn in_orders(self, orders: AnswerOrders) -> Result<Vec<Self>> {
        let typed = self.calls.first().and_then(|typed| typed.first());
        let (Some(question), Some(typed)) = (self.questions.first(), typed) else { return Ok(vec![self]) };
        let DecisionAnswers::Choice(answers) = &typed.answers else {
            if orders == AnswerOrders::Own {
                return Ok(vec![self]);
            }
            let what = "true and false, and levels, have one order for a decision model";
            let detail = format!("orders = \"{}\": {what}", orders.name());
            return Err(Error::new(ErrorKind::Config, detail).help("leave out `orders`"));
        };
        let in_order = |order: Vec<usize>| {
            let answers = order.into_iter().filter_map(|place| answers.get(place).cloned()).collect();
            let typed = DecisionQuestion { answers: DecisionAnswers::Choice(answers), ..typed.clone() };
            let question = question.asked_as(typed.clone());
            Self { rubric: None, questions: vec![question], calls: vec![Arc::from([typed])] }
        };
        Ok(orders.of(answers.len())?.into_iter().map(in_order).collect())
    }

    /// A question for each criterion.
    ///
    /// # Errors
    /// The spec cannot be asked so.
    pub(super) fn criteria(spec: &Spec, rubric: &Rubric, limits: DecisionLimits) -> Result<Self> {
        let (mut questions, mut typed) = (Vec::new(), Vec::new());
        for (index, criterion) in rubric.criteria.iter().enumerate() {
            let Some(spec) = spec.criterion(index) else { continue };
            let (question, one) = Question::for_decisions(spec, Some(criterion.name.clone()), limits)?;
            questions.push(question);
            typed.push(one);
        }
        let calls = typed.chunks(limits.questions.max(1)).map(Arc::from).collect();
        Ok(Self { rubric: Some(rubric.clone()), questions, calls })
    }

    /// The requests about a record. Every one shows it in the same words.
    fn asked(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Request>, RenderFault> {
        let Some(first) = self.questions.first() else { return Ok(Vec::new()) };
        let request = |questions: &Arc<[DecisionQuestion]>| {
            let request = first.decision_request(questions, inputs)?;
            Ok(Request { repeat: asker.numbers(1).start, ..request })
        };
        self.calls.iter().map(request).collect()
    }

    /// Which call it is, where there are several.
    fn part(&self, call: usize) -> Option<String> {
        (self.calls.len() > 1).then(|| format!("call {} of {}", call + 1, self.calls.len()))
    }

    async fn ask(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let requests = match self.asked(asker, inputs) {
            Ok(requests) => requests,
            Err(fault) => return unrendered(&fault),
        };
        let asks = requests.into_iter().enumerate().map(|(call, request)| {
            async move { ask_decision(&asker.model, &request, self.part(call).as_deref()).await }.boxed()
        });
        let came = asker.each(asks.collect(), |asked: &AskedDecision| asked.result.is_err()).await;
        let (mut attempts, mut decided) = (Vec::new(), Vec::new());
        let mut failed = None;
        for AskedDecision { result, attempt } in came {
            attempts.push(attempt);
            match result {
                Ok(more) => decided.extend(more),
                Err(unscored) => failed = failed.or(Some(unscored)),
            }
        }
        if let Some(unscored) = failed {
            return Judged::of(Err(unscored), attempts);
        }
        let scores = self.questions.iter().zip(&decided).map(|(question, decided)| {
            question.replied(decided).and_then(|replied| verdict::score(&replied, question, inputs))
        });
        Judged::of(self.score(scores.collect()), attempts)
    }

    /// Asks about some criteria, by the requests that a run makes: one that holds a criterion asks about all that it holds.
    async fn some(&self, asker: &Asker, inputs: &Map<String, Value>, wanted: &[usize]) -> JudgedCriteria {
        let requests = match self.asked(asker, inputs) {
            Ok(requests) => requests,
            Err(fault) => {
                let Judged { result, attempts, .. } = unrendered(&fault);
                return JudgedCriteria { results: vec![result; wanted.len()], attempts };
            }
        };
        let (mut first, mut results, mut attempts) = (0, Vec::new(), Vec::new());
        for (call, (request, typed)) in requests.into_iter().zip(&self.calls).enumerate() {
            let places = first..first + typed.len();
            first = places.end;
            if !wanted.iter().any(|place| places.contains(place)) {
                results.extend(places.map(|_| Err(Unscored::new(Reason::Cancelled, "it was not asked"))));
                continue;
            }
            let AskedDecision { result, attempt } =
                ask_decision(&asker.model, &request, self.part(call).as_deref()).await;
            attempts.push(attempt);
            let questions = self.questions.get(places).unwrap_or_default();
            match result {
                Ok(decided) => results.extend(questions.iter().zip(&decided).map(|(question, decided)| {
                    question.replied(decided).and_then(|replied| verdict::score(&replied, question, inputs))
                })),
                Err(unscored) => results.extend(questions.iter().map(|_| Err(unscored.clone()))),
            }
        }
        let wished = wanted.iter().filter_map(|place| results.get(*place).cloned()).collect();
        let results = self.rubric.as_ref().map(|rubric| of_criteria(rubric, wanted, wished));
        JudgedCriteria { results: results.unwrap_or_default(), attempts }
    }

    /// One score of all. A criterion without one leaves the whole without one, and all that have none are named.
    fn score(&self, mut scores: Vec<Result<Score, Unscored>>) -> Result<Score, Unscored> {
        let Some(rubric) = &self.rubric else {
            return scores.pop().unwrap_or_else(|| Ok(Score::default()));
        };
        let (mut whole, mut refused) = (Vec::new(), Vec::new());
        for (criterion, score) in rubric.criteria.iter().zip(scores) {
            match score {
                Ok(score) => whole.push(score),
                Err(unscored) => refused.push(of_criterion(criterion, unscored)),
            }
        }
        let told: Vec<&str> = refused.iter().map(|unscored| unscored.detail.as_str()).collect();
        let detail = told.join("; ");
        match refused.into_iter().next() {
            Some(unscored) => Err(Unscored { detail, ..unscored }),
            None => Ok(combine(rubric, whole)),
        }
    }
}

impl Strategy for Decisions {
    fn questions(&self) -> Vec<&Question> {
        self.questions.iter().collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let planned = |(call, request)| Planned { part: self.part(call), ..Planned::new(request) };
        Ok(self.asked(asker, inputs)?.into_iter().enumerate().map(planned).collect())
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let calls = self.calls.len() as u64;
        calls..=calls
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.ask(asker, inputs).boxed()
    }

    fn criteria<'a>(
        &'a self,
        asker: &'a Asker,
        inputs: &'a Map<String, Value>,
        wanted: &'a [usize],
    ) -> Option<BoxFuture<'a, JudgedCriteria>> {
        self.rubric.as_ref().map(|_| self.some(asker, inputs, wanted).boxed())
    }
}
