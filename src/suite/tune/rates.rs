//! What one judgment takes, as far as it is known, and how long prompts are before they are sent.

use std::collections::BTreeMap;

use super::request::{OptimizerName, TuneRequest};
use super::setup::{Setup, Targets, asked_bytes};
use crate::error::Result;
use crate::judge::Judge;
use crate::model::Price;
use crate::number::{real, to_u64};
use crate::optimizer::{Example, Pool, SearchContext};
use crate::signature::{Demo, Spec};
use crate::suite::config::Config;
use crate::suite::estimate::measured;
use crate::suite::model_config::ModelConfig;
use crate::suite::subjects::nobody;

/// Bytes of a token in English prose, where nothing was measured.
const BYTES_PER_TOKEN: f64 = 4.0;

/// What one judgment by the baseline takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Calls, those for answers asked for again included.
    pub(super) calls: f64,
    pub(super) tokens_per_byte: f64,
    pub(super) completion_tokens: Option<f64>,
    /// Seconds from request to answer.
    pub(super) seconds: Option<f64>,
    /// Bytes of its prompts.
    pub(super) bytes: f64,
    /// Calls of earlier runs that this is from.
    pub(super) measured: u64,
}

impl Rates {
    /// What earlier runs of the model measured. `bytes` are those of a judgment.
    pub(super) fn earlier(setup: &Setup, model_config: &ModelConfig, config: &Config, bytes: f64) -> Self {
        let calls = real(setup.calls_each);
        let before = measured(config, &model_config.file.model, &setup.suite);
        let tokens = before.and_then(|before| before.prompt_tokens).map(|tokens| tokens * calls);
        Self {
            calls,
            tokens_per_byte: tokens
                .filter(|_| bytes > 0.0)
                .map_or(1.0 / BYTES_PER_TOKEN, |tokens| tokens / bytes),
            completion_tokens: before
                .and_then(|before| before.completion_tokens)
                .map(|tokens| tokens * calls),
            seconds: before.map(|before| before.seconds * calls),
            bytes,
            measured: before.map_or(0, |before| before.calls),
        }
    }
}

/// What the tokens of a tuning's models cost.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    /// Those of the models that it is tuned for, the judge's first.
    pub(super) judges: Vec<Option<Price>>,
    /// The teacher's; the judge's without one.
    pub(super) teacher: Option<Price>,
    /// The proposer's; nothing without one.
    pub(super) writer: Option<Price>,
}

impl Prices {
    pub(super) fn new(targets: &Targets, config: &Config, request: &TuneRequest) -> Result<Self> {
        let judge = targets.judge.budget_price();
        let of = |name: Option<&str>, otherwise: Option<Price>| match name {
            Some(name) => {
                ModelConfig::new(Some(name), config).map(|model_config| model_config.budget_price())
            }
            None => Ok(otherwise),
        };
        // Without a proposer the judge's own model writes principles, and nobody instructions.
        let unnamed = if request.optimizer == OptimizerName::Leap { judge } else { Some(Price::default()) };
        Ok(Self {
            judges: targets.all().map(ModelConfig::budget_price).collect(),
            teacher: of(request.teacher.as_deref(), judge)?,
            writer: of(request.proposer.as_deref(), unnamed)?,
        })
    }
}

/// Bytes that a demo takes besides its texts, where none could be looked at.
const FRAME: f64 = 90.0;

/// How long the prompts of a tuning are. Rendering every prompt would take long; a demo's length is known.
pub(super) struct Sizes {
    /// Bytes of the questions of a judgment without demos, by the record's id.
    bare: BTreeMap<String, f64>,
    instruction: usize,
    /// Bytes of a demo besides its texts.
    frame: f64,
    questions: f64,
    /// Calls of each question.
    draws: f64,
}

impl Sizes {
    pub(super) fn new(setup: &Setup, context: &SearchContext<'_>) -> Self {
        let questions = setup.questions.max(1);
        let frame = frame(setup, context).unwrap_or(FRAME);
        let mut sizes = Self {
            bare: BTreeMap::new(),
            instruction: context.spec.instruction.len(),
            frame,
            questions: real(questions),
            draws: real(setup.calls_each) / real(questions),
        };
        let own = sizes.demos(context.spec) * sizes.questions;
        for example in setup.learning.train.iter().chain(&setup.learning.validation) {
            sizes.bare.insert(example.id.clone(), asked_bytes(&setup.judge, example) - own);
        }
        sizes
    }

    /// Bytes of all calls of one judgment.
    pub(super) fn of(&self, spec: &Spec, example: &Example) -> u64 {
        let bare = self.bare.get(&example.id).copied().unwrap_or(0.0);
        let longer = real(spec.instruction.len()) - real(self.instruction) + self.demos(spec);
        to_u64((bare + longer * self.questions) * self.draws)
    }

    /// Bytes of all calls of a judgment, from the bytes of its questions.
    pub(super) fn all_calls(&self, questions: f64) -> f64 {
        questions * self.draws
    }

    /// Bytes of a prompt with so many of the longest demos, at most.
    pub(super) fn most(&self, longest: f64, demos: &[Example], shown: usize, answer: f64) -> f64 {
        let texts = demos.iter().map(|example| real(example.text().len()));
        let demo = texts.fold(0.0, f64::max) + answer + self.frame;
        (longest / self.questions + real(shown) * demo).max(0.0)
    }

    /// Bytes of the demos that are shown. Those that are looked up for each record are as long as all
    /// of them are on average.
    fn demos(&self, spec: &Spec) -> f64 {
        let all: f64 = spec.demos.iter().map(|demo| texts(demo) + self.frame).sum();
        let pool = spec.demos.len().max(1);
        let shown = spec.nearest_demos.map_or(pool, |nearest| nearest.show.min(pool));
        all * real(shown) / real(pool)
    }
}

/// Bytes that a demo takes besides its texts: what a prompt with one is longer by.
fn frame(setup: &Setup, context: &SearchContext<'_>) -> Option<f64> {
    let example = setup.learning.train.first()?;
    let pool = Pool::labelled(context.train, context.spec, context.reading);
    let demo =
        pool.entries.first().map_or_else(|| invented(example, context.spec), |entry| entry.demo.clone());
    let asked = |demos: Vec<Demo>| {
        let spec = Spec { demos, nearest_demos: None, ..context.spec.clone() };
        let judge =
            Judge::new(spec, nobody(setup.judge.model().decision_limits()), setup.judge.options().clone())
                .ok()?;
        Some(asked_bytes(&judge, example) / real(setup.questions.max(1)))
    };
    let texts = texts(&demo);
    Some((asked(vec![demo])? - asked(Vec::new())? - texts).max(0.0))
}

/// A demo as a harvested one may look.
fn invented(example: &Example, spec: &Spec) -> Demo {
    let mut demo = example.demo(spec);
    for field in &spec.outputs {
        demo.outputs.entry(field.name.clone()).or_insert_with(|| "Because of what it says.".into());
    }
    demo
}

/// Bytes of a demo's texts.
fn texts(demo: &Demo) -> f64 {
    let all = demo.inputs.values().chain(demo.outputs.values());
    all.map(|value| real(value.as_str().map_or_else(|| value.to_string().len(), str::len))).sum()
}
