//! A judge: a signature, a model, and a way to read the verdict.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::claims::NO_CLAIMS;
use super::jury::rule::JuryRule;
use super::options::JudgeOptions;
use super::route::rules::{RouteOptions, RouteRule};
use super::score::{Calibration, Judged, Score};
use super::strategy;
use super::strategy::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Question, Reading, Reason, Unscored, left_out};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, Parameters, Request};
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
    pub(super) asker: Asker,
    options: JudgeOptions,
    pub(super) strategy: Arc<dyn Strategy>,
    spec: Arc<Spec>,
    /// The judges that it is made of, where it asks others; none otherwise.
    pub(super) members: Arc<[JuryMember]>,
    /// How their votes become its verdict.
    rule: Option<JuryRule>,
    /// By which rules it chooses one of them, where it is a route.
    pub(super) route: Option<Arc<RouteOptions>>,
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

    /// The verdict besides those of its scale: a tie of a jury that counts votes, that a cascade abstains, or that there
    /// are no claims to count.
    #[must_use]
    pub(crate) fn undecided(&self) -> Option<&'static str> {
        let no_claims =
            || (self.spec.by_claims && self.options.reading != Reading::Weighted).then_some(NO_CLAIMS);
        self.strategy.undecided().or_else(no_claims)
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
}

/// A map needs a distribution over one verdict.
fn takes_a_map(spec: &Spec, options: &JudgeOptions) -> bool {
    !options.asks_by_criterion(spec) && options.reading != Reading::Text
}
