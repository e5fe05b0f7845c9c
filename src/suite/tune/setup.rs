//! What a tuning starts from: the judge, the models it is for, the parts of the records, and what may
//! be spent.

use super::data::{LabelledExamples, shares};
use super::request::{OptimizerName, StoreThreshold, TuneRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Judge;
use crate::number::real;
use crate::optimizer::{DemoLimits, Example, HeldOut, Learning, split};
use crate::report::count_of;
use crate::stats::mean;
use crate::suite::calibrate::only_judge;
use crate::suite::config::Config;
use crate::suite::judges::{Asked, Suite};
use crate::suite::model_config::ModelConfig;
use crate::suite::one_judge::{OneJudge, tell_decided};
use crate::suite::run::RunOptions;
use crate::suite::subjects::nobody;

/// Unless told otherwise, a random search spends the calls of so many candidates that judge every
/// validation record: with races they reach for about 16.
const WHOLE: u64 = 12;

/// What a tuning starts from.
pub(crate) struct Setup {
    pub(super) suite: String,
    pub(super) judge: Judge,
    pub(super) targets: Targets,
    /// The models that it is tuned for besides the judge's own.
    pub(super) also_for: Vec<String>,
    pub(super) learning: Learning,
    /// How many records are held out.
    pub(super) held_out: usize,
    /// Questions about each record, a pair's in both orders, and one model's calls for all of them.
    pub(super) questions: u64,
    pub(super) calls_each: u64,
    /// Bytes of the longest record's questions.
    pub(super) longest_bytes: f64,
    /// Bytes of a validation record's questions, and of a test record's, on average.
    pub(super) validation_bytes: f64,
    pub(super) test_bytes: f64,
    /// Tokens of an answer, at most.
    pub(super) most_answer: u32,
    /// So many calls are to be spent on as many candidates as they reach for, those of the test part
    /// included; `None` where the number of candidates is set.
    pub(super) to_spend: Option<u64>,
    /// Calls at most, those of the test part included.
    pub(super) most_calls: Option<u64>,
    pub(super) limits: DemoLimits,
    pub(super) optimizer: OptimizerName,
}

/// The judge that is tuned: the suite with it alone.
///
/// # Errors
/// There is no such judge, several and none is named, or the threshold that is to be stored would be for one of several.
pub(crate) fn tuned_judge(suite: Suite, config: &Config, request: &TuneRequest) -> Result<Suite> {
    let options = RunOptions { model: request.model.clone(), ..RunOptions::default() };
    // A route that is named for it is refused where its model is looked for.
    let options = RunOptions {
        model: options.model.filter(|model| !config.file.routes.contains_key(model)),
        ..options
    };
    let OneJudge { suite, has_others } =
        suite.judge_for_labels(request.judge.as_deref(), &options, config)?;
    if has_others && request.store_threshold != StoreThreshold::No {
        return Err(only_judge(&suite.name));
    }
    if let Some(judge) = suite.file.judges.keys().next() {
        let name = &suite.name;
        config
            .environment
            .tell(&format!("a signature that is found goes into [suites.{name}.judges.{judge}]"));
    }
    Ok(suite)
}

pub(crate) fn setup(suite: &Suite, config: &Config, request: &TuneRequest) -> Result<(Setup, HeldOut)> {
    let targets = Targets::new(suite, config, request)?;
    let model_config = &targets.judge;
    let reading = suite.reading(0, request.reading).unwrap_or_else(|| model_config.default_reading());
    let panel =
        suite.panel(&[Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)])?;
    let judge = panel.alone().cloned().ok_or_else(|| {
        Error::new(ErrorKind::Internal, format!("suite {} has several parts: {}", suite.name, panel.title()))
    })?;
    if judge.spec().scale.is_none() {
        let detail = format!("suite {}: its judge gives no verdict", suite.name);
        return Err(Error::new(ErrorKind::Signature, detail).help("its signature needs a [score]"));
    }
    let labelled = LabelledExamples::read(suite, config, model_config, &panel, request)?;
    tell_decided(config, labelled.decided);
    for (number, why) in
        [(labelled.unlabelled, "without a label"), (labelled.without_output, "without an output to judge")]
    {
        if number > 0 {
            config.environment.tell(&format!("left out: {} {why}", count_of(number, "record")));
        }
    }
    let longest_bytes = lengths(&judge, &labelled.examples).into_iter().fold(0.0, f64::max);
    let all_bytes: f64 = lengths(&judge, &labelled.examples).iter().sum();
    let wished = request.split;
    let shares = shares(&[wished.train, wished.validation, wished.test])?;
    let (learning, held_out) = split(labelled.examples, shares, request.seed)?;
    let calls_each = *judge.calls().end();
    let questions = judge.requests_each();
    let both = [&learning.train, &learning.validation];
    let learning_bytes: f64 = both.into_iter().flat_map(|part| lengths(&judge, part)).sum();
    let setup = Setup {
        suite: suite.name.clone(),
        held_out: held_out.len(),
        questions,
        longest_bytes,
        validation_bytes: mean(&lengths(&judge, &learning.validation)).unwrap_or(0.0),
        // What is left of all is the test part's, which nobody looks at.
        test_bytes: (all_bytes - learning_bytes) / real(held_out.len().max(1)),
        learning,
        judge,
        also_for: targets.others.iter().map(ModelConfig::full_name).collect(),
        most_answer: targets.all().map(|model| model.parameters(reading).max_tokens).max().unwrap_or(0),
        calls_each,
        to_spend: None,
        most_calls: None,
        limits: DemoLimits { demos: request.demos, harvested: request.harvested, ..DemoLimits::default() },
        optimizer: request.optimizer,
        targets,
    };
    Ok((setup.spending(request), held_out))
}

impl Setup {
    /// How many models it is tuned for.
    pub(super) fn models(&self) -> usize {
        1 + self.also_for.len()
    }

    /// Calls of a candidate that judges every validation record.
    pub(super) fn calls_of_a_candidate(&self) -> u64 {
        self.learning.validation.len() as u64 * self.calls_of_all()
    }

    /// Sets how many calls are to be spent, and how many at most. How much a race saves nobody knows
    /// before; spent on further candidates, the calls are known, so a random search does it unless told
    /// otherwise.
    fn spending(mut self, request: &TuneRequest) -> Self {
        let is_raced = request.optimizer == OptimizerName::RandomSearch && request.race_error > 0.0;
        let harvested = self.learning.train.len().min(self.limits.harvest_from) as u64 * self.calls_each;
        let whole = (1 + WHOLE) * self.calls_of_a_candidate();
        let by_default =
            (is_raced && request.candidates.is_none()).then(|| harvested + whole + self.calls_of_the_test());
        self.to_spend = request.calls.or(by_default);
        self.most_calls = [self.to_spend, request.budget.calls].into_iter().flatten().min();
        self
    }

    /// Calls of the test part, judged by the baseline and a winner.
    pub(super) fn calls_of_the_test(&self) -> u64 {
        2 * self.held_out as u64 * self.calls_of_all()
    }

    /// Calls of all models for one record.
    pub(super) fn calls_of_all(&self) -> u64 {
        self.calls_each * self.models() as u64
    }
}

/// Bytes of the questions about each.
fn lengths(judge: &Judge, examples: &[Example]) -> Vec<f64> {
    examples.iter().map(|example| asked_bytes(judge, example)).collect()
}

/// The judge's model, and those that the prompt is to be good for besides.
pub(super) struct Targets {
    pub(super) judge: ModelConfig,
    pub(super) others: Vec<ModelConfig>,
}

impl Targets {
    pub(super) fn new(suite: &Suite, config: &Config, request: &TuneRequest) -> Result<Self> {
        let options = RunOptions { model: request.model.clone(), ..RunOptions::default() };
        let judge = suite.first_model(&options, config)?;
        let mut targets = Self { judge, others: Vec::new() };
        for name in &request.also_for {
            let other = ModelConfig::new(Some(name), config)?;
            if targets.all().any(|known| *known == other) {
                let detail = format!("--also-for {name}: the tuning is for that model already");
                return Err(Error::new(ErrorKind::Usage, detail).help("name each model once"));
            }
            targets.others.push(other);
        }
        Ok(targets)
    }

    /// All of them, the judge's model first.
    pub(super) fn all(&self) -> impl Iterator<Item = &ModelConfig> {
        std::iter::once(&self.judge).chain(&self.others)
    }
}

/// What a message takes besides its text, in bytes: about four tokens of a chat template.
const MESSAGE: f64 = 16.0;

/// Bytes of all questions about a record, as the baseline asks them.
pub(super) fn asked_bytes(judge: &Judge, example: &Example) -> f64 {
    let requests = judge.requests(&example.inputs).unwrap_or_default();
    let messages = requests.iter().flat_map(|request| &request.messages);
    messages.map(|message| MESSAGE + real(message.content.len())).sum()
}
