//! A judge: a signature, a model, a way to read the verdict, and what it says when nothing is to be judged.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::jury::rule::JuryRule;
use super::options::JudgeOptions;
use super::route::rules::{RouteOptions, RouteRule};
use super::score::{Calibration, Judged, Order, Score};
use super::strategy::{AskOptions, Asker, Planned, Strategy};
use super::{reasons, strategy};
use crate::ask::{AnswerOrders, Attempt, Question, Reading, Reason, Unscored, left_out};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, Parameters, Request};
use crate::number::real;
use crate::prompt::RenderFault;
use crate::signature::Spec;
use crate::stats::Promise;

/// A judge. Cheap to clone.
///
/// ```
/// use evenhand::judge::{Judge, JudgeOptions};
/// use evenhand::signature::bundled;
/// # use evenhand::model::{Model, ModelOptions, Provider, Response};
/// # let model = Model::new(Provider::from_fn("example/yes", |_request| async {
/// #     let text = r#"{"evidence": "", "reasoning": "It says so.", "verdict": "pass", "confidence": 0.9}"#;
/// #     Ok(Response { text: text.to_owned(), ..Response::default() })
/// # }), ModelOptions::default());
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let judge = Judge::new(bundled("relevance")?, model, JudgeOptions::default())?;
/// let inputs = serde_json::json!({"ground_truth": "Say that order 7 is late", "artifact": "Order 7 is late."});
/// let judged = judge.judge(inputs.as_object().expect("an object")).await;
/// assert_eq!(judged.result.expect("a score").value, Some(1.0));
/// assert_eq!(judged.attempts.len(), 1);
/// # Ok::<(), evenhand::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Judge {
    asker: Asker,
    options: JudgeOptions,
    strategy: Arc<dyn Strategy>,
    spec: Arc<Spec>,
    /// The judges that it is made of, where it asks others; none otherwise.
    members: Arc<[JuryMember]>,
    /// How their votes become its verdict.
    rule: Option<JuryRule>,
    /// By which rules it chooses one of them, where it is a route.
    route: Option<Arc<RouteOptions>>,
    /// What its thresholds promise, where it is a cascade and labels gave them.
    promise: Option<Promise>,
}

/// One of the judges that another is made of.
#[derive(Clone, Debug)]
pub struct JuryMember {
    /// Its name in reports.
    pub name: String,
    /// The judge. It takes inputs of the whole's, and gives the whole's verdicts.
    pub judge: Judge,
    /// How often it is right, in `0..=1`, as measured on labels: what its vote weighs where votes are weighted.
    pub accuracy: Option<f64>,
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
        if let Some(pair) = &spec.pair {
            pair.check(&spec)?;
        }
        let ask = AskOptions {
            reading: options.reading,
            retries: options.retries,
            samples: options.samples,
            temperature: options.parameters.temperature,
        };
        let strategy = strategy::choose(&spec, &options, &ask, &model)?.into();
        let asker = Asker { model, options: ask, repeat: 0, rule: None };
        Ok(Self {
            asker,
            options,
            strategy,
            spec: Arc::new(spec),
            members: Arc::new([]),
            rule: None,
            promise: None,
            route: None,
        })
    }

    /// A judge that asks others; what is said of one judge's options is the first one's.
    pub(super) fn of_members(
        spec: Spec,
        members: Arc<[JuryMember]>,
        rule: Option<JuryRule>,
        strategy: Arc<dyn Strategy>,
    ) -> Result<Self> {
        let first = members.first().map(|member| member.judge.clone()).ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("`{}`: there is nobody to ask", spec.name))
        })?;
        Ok(Self { strategy, spec: Arc::new(spec), members, rule, ..first })
    }

    /// The same judge, choosing one of its members by these rules.
    pub(super) fn routed_by(self, route: Arc<RouteOptions>) -> Self {
        let asker = Asker { rule: route.usual(), ..self.asker };
        Self { asker, route: Some(route), ..self }
    }

    /// The same judge, asking about a record: where it is a route, those whom its rules choose.
    #[must_use]
    pub(crate) fn for_record(&self, record: &Record) -> Self {
        let Some(route) = &self.route else { return self.clone() };
        Self { asker: Asker { rule: route.fitting(record), ..self.asker.clone() }, ..self.clone() }
    }

    /// The rule by which its route chooses; `None` where none fits, or without a route.
    pub(super) fn rule_taken(&self) -> Option<&RouteRule> {
        self.route.as_ref()?.rules.get(self.asker.rule?)
    }

    /// The rules by which it chooses one of its members, where it is a route.
    #[must_use]
    pub(crate) fn route_rules(&self) -> Option<&RouteOptions> {
        self.route.as_deref()
    }

    /// What a decision model that it asks gives nothing of, by the model: outputs besides the verdict, and demos.
    pub(crate) fn left_out(&self) -> Vec<(&str, String)> {
        match &*self.members {
            [] => {
                let asks_one = self.model().decision_limits().is_some();
                let by_criteria = self.options.asks_by_criterion(&self.spec);
                let one = if by_criteria { self.spec.criterion(0) } else { None };
                let what = if asks_one { left_out(one.as_ref().unwrap_or(&self.spec)) } else { None };
                what.map(|what| (self.model().name(), what)).into_iter().collect()
            }
            members => members.iter().flat_map(|member| member.judge.left_out()).collect(),
        }
    }

    /// The judges that it is made of, where it asks others; none otherwise.
    #[must_use]
    pub fn members(&self) -> &[JuryMember] {
        &self.members
    }

    /// The same judge, a cascade whose thresholds promise this.
    #[must_use]
    pub(crate) fn promising(self, promise: Promise) -> Self {
        Self { promise: Some(promise), ..self }
    }

    /// What its thresholds promise, where it is a cascade and labels gave them.
    #[must_use]
    pub(crate) fn promise(&self) -> Option<Promise> {
        self.promise
    }

    /// How its members' votes become its verdict, where it has members.
    #[must_use]
    pub fn rule(&self) -> Option<JuryRule> {
        self.rule
    }

    /// The verdict besides those of its scale: a tie of a jury that counts votes, or that a cascade abstains.
    #[must_use]
    pub(crate) fn undecided(&self) -> Option<&'static str> {
        self.strategy.undecided()
    }

    /// The models that it asks; of several members one for each.
    #[must_use]
    pub(crate) fn models(&self) -> Vec<&Model> {
        match &*self.members {
            [] => vec![self.model()],
            members => members.iter().flat_map(|member| member.judge.models()).collect(),
        }
    }

    /// Its questions, compiled.
    pub(super) fn questions(&self) -> Vec<&Question> {
        self.strategy.questions()
    }

    /// The spec it was made from.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The model it asks.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.asker.model
    }

    /// The same judge, asking about a record: its id is noted beside the replies in the cache.
    #[must_use]
    pub fn about(&self, record: &str) -> Self {
        Self { asker: Asker { model: self.asker.model.about(record), ..self.asker.clone() }, ..self.clone() }
    }

    /// The same judge, asking anew: requests of another number, from 0, are others to the cache and to recordings.
    #[must_use]
    pub fn repeat(&self, number: u32) -> Self {
        Self { asker: Asker { repeat: number, ..self.asker.clone() }, ..self.clone() }
    }

    /// How it asks.
    #[must_use]
    pub fn options(&self) -> &JudgeOptions {
        &self.options
    }

    /// How many calls a record takes at least and at most, those for answers asked for again left out.
    #[must_use]
    pub fn calls(&self) -> RangeInclusive<u64> {
        self.strategy.calls(&self.asker.options)
    }

    /// How many questions it asks about a record, of a pair in both orders.
    #[must_use]
    pub fn requests_each(&self) -> u64 {
        if self.model().decision_limits().is_some() {
            return *self.calls().start();
        }
        let orders = if self.spec.pair.is_some() { 2 } else { 1 };
        orders * self.strategy.questions().len() as u64
    }

    /// Every request for a record that can be made before a reply is known, exactly as it would be sent: one for
    /// each question, of a pair in both orders, of a sampled reading all draws.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    pub(crate) fn plan(&self, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        self.strategy.requests(&self.asker, inputs)
    }

    /// The first requests for a record, exactly as they would be sent: one for each question, of a pair in both
    /// orders. Of a sampled reading, only the first draw.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    pub fn requests(&self, inputs: &Map<String, Value>) -> crate::Result<Vec<Request>> {
        let planned = self.plan(inputs).map_err(|fault| Error::new(ErrorKind::Prompt, fault.to_string()))?;
        let first = planned.into_iter().filter(|planned| planned.draw == 0);
        Ok(first.map(|planned| planned.request).collect())
    }

    /// A hash of everything that decides what is asked: the compiled
    /// questions, the reading and the parameters, but not the calibration; 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let options = self.options();
        let mut hasher = blake3::Hasher::new();
        if let Some(rule) = self.strategy.rule() {
            hasher.update(rule.as_bytes());
            for member in self.members.iter() {
                hasher.update(member.judge.fingerprint().as_bytes());
            }
            return hasher.finalize().to_hex().to_string();
        }
        for question in self.strategy.questions() {
            hasher.update(question.fingerprint().as_bytes());
        }
        hasher.update(format!("{:?}", (options.reading, options.aggregation)).as_bytes());
        if options.reading == Reading::Sampled {
            hasher.update(&options.samples.to_le_bytes());
        }
        hasher.update(options.strategy.mark().as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The same of what is said to the models alone, at whatever parameters and number of draws; 64 hex digits.
    ///
    /// # Errors
    /// As for [`Judge::new`].
    pub(crate) fn prompt_fingerprint(&self) -> Result<String> {
        if let Some(rule) = self.strategy.rule() {
            let mut hasher = blake3::Hasher::new();
            hasher.update(rule.as_bytes());
            for member in self.members.iter() {
                hasher.update(member.judge.prompt_fingerprint()?.as_bytes());
            }
            return Ok(hasher.finalize().to_hex().to_string());
        }
        let own = self.options();
        let temperature = if own.reading == Reading::Sampled { Some(1.0) } else { None };
        let options = JudgeOptions {
            reading: own.reading,
            orders: own.orders,
            answer_labels: own.answer_labels,
            strategy: own.strategy.clone(),
            aggregation: own.aggregation,
            parameters: Parameters { temperature, ..Parameters::default() },
            ..JudgeOptions::default()
        };
        Ok(Self::new(self.spec().clone(), self.model().clone(), options)?.fingerprint())
    }

    /// The map that its scores go through.
    #[must_use]
    pub fn calibration(&self) -> Option<&Calibration> {
        self.options.calibration.as_deref()
    }

    /// Judges one record's inputs. A failure of the judge's is an outcome, never an error.
    pub async fn judge(&self, inputs: &Map<String, Value>) -> Judged {
        let judged = self.strategy.judge(&self.asker, inputs).await;
        if !self.members.is_empty() {
            return judged;
        }
        Judged { result: judged.result.and_then(|score| self.calibrated(score)), ..judged }
    }

    /// The score through the map that was fitted for this judge. A score
    /// without a distribution goes through none.
    fn calibrated(&self, score: Score) -> Result<Score, Unscored> {
        let questions = self.strategy.questions();
        let weighed = questions.first().and_then(|question: &&Question| question.weighed.as_ref());
        let (Some(calibration), Some(weighed)) = (self.calibration(), weighed) else {
            return Ok(score);
        };
        calibration.apply(&score, weighed).ok_or_else(|| {
            let detail = format!("the calibration {} does not fit the verdicts", calibration.name);
            Unscored::new(Reason::InvalidAnswer, detail)
        })
    }

    /// The request for a question of its own, with the number of its first draw.
    fn first_request(
        &self,
        question: &Question,
        inputs: &Map<String, Value>,
    ) -> Result<Request, RenderFault> {
        let options = self.options();
        let draws = if options.reading == Reading::Sampled { options.samples } else { 1 };
        self.asker.request(question, inputs, draws)
    }

    /// Asks for the reasons of a score that was read without any, and puts
    /// them into it, marked as given after the fact. Whatever fails here
    /// leaves the score as it was. Of a pair it is asked about the verdict in its own order.
    pub async fn explain(&self, inputs: &Map<String, Value>, judged: &mut Judged) {
        if let Some(answered) = self.answered(judged) {
            let before = judged.attempts.len();
            Box::pin(answered.judge.explain(inputs, judged)).await;
            let model = judged
                .attempts
                .first()
                .and_then(|attempt| attempt.model.as_ref())
                .map(|_| answered.judge.model().name().to_owned());
            for attempt in judged.attempts.iter_mut().skip(before) {
                (attempt.role, attempt.model) = (Some(answered.name.clone()), model.clone());
            }
            return;
        }
        // A decision model writes no reasons.
        let (Ok(score), None) = (&mut judged.result, self.asker.model.decision_limits()) else {
            return;
        };
        // A rubric judged criterion by criterion has a verdict for each; the
        // reasons are asked of the first question only where it is the only one.
        let mut questions = self.strategy.questions();
        if self.options.orders != AnswerOrders::Own && !self.options.asks_by_criterion(&self.spec) {
            questions.truncate(1);
        }
        let ([question], None) = (questions.as_slice(), &score.reasoning) else {
            return;
        };
        let Ok(request) = self.first_request(question, inputs) else {
            return;
        };
        let own = judged.orders.first().and_then(|order| order.label.as_deref());
        let label = own.unwrap_or(&score.label);
        let asked = reasons::reasons(self.model(), question, request, label, self.options().retries).await;
        let order = own.map(|_| Order::Own.name().to_owned());
        judged
            .attempts
            .extend(asked.attempts.into_iter().map(|attempt| Attempt { order: order.clone(), ..attempt }));
        if let Ok(replied) = asked.result {
            let reasons = reasons::text(&replied);
            let is_whole = judged.orders.iter().all(|order| order.label.as_ref() == Some(&score.label));
            score.reasoning = match own {
                Some(label) if !is_whole => {
                    reasons.map(|reasons| strategy::named(Order::Own, label, &reasons))
                }
                _ => reasons,
            };
            score.post_hoc = score.reasoning.is_some();
        }
    }
}

impl Judge {
    /// The member that answered, where its route chose one.
    fn answered(&self, judged: &Judged) -> Option<&JuryMember> {
        self.route.as_ref()?;
        let role = judged.attempts.last()?.role.as_ref()?;
        self.members.iter().find(|member| member.name == *role)
    }
}

/// A map needs a distribution over one verdict.
fn takes_a_map(spec: &Spec, options: &JudgeOptions) -> bool {
    !options.asks_by_criterion(spec) && options.reading != Reading::Text
}

/// Texts without content, as in Zhao et al. 2021, section 4.2.
const NOTHING: [&str; 3] = ["N/A", "[MASK]", ""];

impl Judge {
    /// The mean share of each possible verdict over records that say nothing: the
    /// prior that a content-free correction divides by (Zhao et al. 2021, arXiv 2102.09690).
    ///
    /// # Errors
    /// The judge gives no distribution, an input is no text, or a call failed.
    pub async fn content_free(&self) -> Result<Vec<f64>, Unscored> {
        let mut sums: Vec<f64> = Vec::new();
        for nothing in NOTHING {
            let score = self.judge(&self.inputs_of(nothing)?).await.result?;
            if score.distribution.is_empty() {
                let detail = "the reading gives no distribution, so nothing can be corrected";
                return Err(Unscored::new(Reason::InvalidAnswer, detail));
            }
            sums.resize(score.distribution.len(), 0.0);
            for (sum, (_, share)) in sums.iter_mut().zip(&score.distribution) {
                *sum += share;
            }
        }
        let texts = real(NOTHING.len());
        Ok(sums.into_iter().map(|sum| sum / texts).collect())
    }

    /// A record in which every required input says the same.
    fn inputs_of(&self, text: &str) -> Result<Map<String, Value>, Unscored> {
        let mut inputs = Map::new();
        for field in self.spec().inputs.iter().filter(|field| field.required) {
            let choices = field.schema.get("enum").and_then(Value::as_array);
            let is_text = field.schema.get("type").is_some_and(|wanted| wanted == "string");
            if choices.is_some() || !is_text {
                let detail =
                    format!("input `{}` is no text, so a record without content cannot be made", field.name);
                return Err(Unscored::new(Reason::Subject, detail));
            }
            inputs.insert(field.name.clone(), Value::from(text));
        }
        Ok(inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{JudgeOptions, Reading};
    use crate::model::{Model, ModelOptions, Provider, Request, Response};
    use crate::signature::bundled;

    #[tokio::test]
    async fn the_prior_is_the_mean_over_three_texts_that_say_nothing() {
        let provider = Provider::from_fn("custom/leaning", |request: Request| async move {
            let says_mask = request.messages.last().is_some_and(|message| message.content.contains("[MASK]"));
            let (pass, fail): (f64, f64) = if says_mask { (0.9, 0.1) } else { (0.6, 0.4) };
            let weights = vec![pass.ln(), fail.ln(), f64::NEG_INFINITY];
            Ok(Response { weights: Some(weights), ..Response::default() })
        });
        let options = JudgeOptions { reading: Reading::Weighted, ..JudgeOptions::default() };
        let model = Model::new(provider, ModelOptions::default());
        let judge = Judge::new(bundled("relevance").unwrap(), model, options).unwrap();
        let prior = judge.content_free().await.unwrap();
        for (share, expected) in prior.iter().zip([0.7, 0.3, 0.0]) {
            assert!((share - expected).abs() < 1e-12, "{prior:?}");
        }
    }
}
