//! How long prompts are, in bytes, before they are sent.

use std::collections::BTreeMap;

use super::asked_bytes::{asked_bytes, length};
use super::setup::Setup;
use crate::judge::Judge;
use crate::optimizer::{Example, Pool, SearchContext};
use crate::signature::{Demo, Spec};
use crate::suite::nobody::nobody;

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
            questions: number(questions),
            draws: number(setup.calls_each) / number(questions),
        };
        let own = sizes.demos(context.spec) * sizes.questions;
        for example in setup.learning.train.iter().chain(&setup.learning.validation) {
            sizes.bare.insert(example.id.clone(), asked_bytes(&setup.judge, example) - own);
        }
        sizes
    }

    /// Bytes of all calls of one judgment.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, cut at 0")]
    pub(super) fn of(&self, spec: &Spec, example: &Example) -> u64 {
        let bare = self.bare.get(&example.id).copied().unwrap_or(0.0);
        let longer = length(spec.instruction.len()) - length(self.instruction) + self.demos(spec);
        ((bare + longer * self.questions) * self.draws).max(0.0) as u64
    }

    /// Bytes of all calls of a judgment, from the bytes of its questions.
    pub(super) fn all_calls(&self, questions: f64) -> f64 {
        questions * self.draws
    }

    /// Bytes of a prompt with so many of the longest demos, at most.
    pub(super) fn most(&self, longest: f64, demos: &[Example], shown: usize, answer: f64) -> f64 {
        let texts = demos.iter().map(|example| length(example.text().len()));
        let demo = texts.fold(0.0, f64::max) + answer + self.frame;
        (longest / self.questions + length(shown) * demo).max(0.0)
    }

    /// Bytes of the demos that are shown. Those that are looked up for each record are as long as all
    /// of them are on average.
    fn demos(&self, spec: &Spec) -> f64 {
        let all: f64 = spec.demos.iter().map(|demo| texts(demo) + self.frame).sum();
        let pool = spec.demos.len().max(1);
        let shown = spec.nearest_demos.map_or(pool, |nearest| nearest.show.min(pool));
        all * length(shown) / length(pool)
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
        let judge = Judge::new(spec, nobody(), setup.judge.options().clone()).ok()?;
        Some(asked_bytes(&judge, example) / number(setup.questions.max(1)))
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
    all.map(|value| length(value.as_str().map_or_else(|| value.to_string().len(), str::len))).sum()
}

#[expect(clippy::cast_precision_loss, reason = "few questions")]
fn number(number: u64) -> f64 {
    number as f64
}
