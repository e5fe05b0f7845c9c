//! What a search would take: the search itself, run on verdicts that are drawn.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use serde_json::{Map, Value};

use super::examiner::{Examiner, Reply};
use super::example::Example;
use super::objective::Given;
use super::options::{Event, Part, TuneOptions};
use super::proposer::Proposer;
use super::search::{Found, Subject, search};
use crate::error::Result;
use crate::eval::{Expected, Stop};
use crate::number::real;
use crate::signature::Spec;

/// How often a record decides for all ways to ask alike whether its verdict is right: judges that differ
/// in their prompts alone stumble over the same records.
const SHARED: f64 = 0.7;

/// How far the rates of other ways to ask lie from the baseline's, at most.
const SPREAD: f64 = 0.1;

/// Characters of an instruction that a model writes.
const WRITTEN: usize = 600;

/// How often ways to ask are wrong: each has its own rate, spread evenly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Errors {
    /// The lowest rate, in `0..=1`.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The baseline's by label, as far as they are known; drawn like the others' otherwise. A judge that
    /// is kind to all is right about one label alone, and so are the demos that are harvested from it.
    pub baseline: BTreeMap<String, f64>,
}

impl Default for Errors {
    fn default() -> Self {
        Self { low: 0.25, high: 0.45, baseline: BTreeMap::new() }
    }
}

impl Errors {
    /// Rates spread about a baseline's, whose rates by label and on the whole are known.
    #[must_use]
    pub(crate) fn around(baseline: BTreeMap<String, f64>, whole: f64) -> Self {
        Self { low: whole - SPREAD, high: whole + SPREAD, baseline }.spread(1.0)
    }

    /// Other ways to ask lie so many times as far apart. What a race saves hangs on that, and nobody
    /// knows it before: below 1 it saves less, above more.
    #[must_use]
    pub(crate) fn spread(&self, times: f64) -> Self {
        let (middle, half) = (self.low.midpoint(self.high), times * (self.high - self.low) / 2.0);
        let (low, high) = ((middle - half).max(0.02), (middle + half).min(0.98));
        Self { low, high, baseline: self.baseline.clone() }
    }
}

/// A search to simulate.
pub(crate) struct CostSimulation<'a> {
    /// What is tuned.
    pub subject: Subject<'a>,
    /// How the search is run.
    pub options: &'a TuneOptions,
    /// How many target models there are.
    pub models: usize,
    /// How many records are held out.
    pub held_out: usize,
    /// Calls of one judgment by one model.
    pub calls_each: u64,
    /// How often ways to ask are wrong.
    pub errors: &'a Errors,
    /// Bytes of the prompts of one judgment.
    pub size: &'a (dyn Fn(&Spec, &Example) -> u64 + Sync),
    /// Bytes by which a test record's prompts are longer than a validation record's, on average.
    pub longer: f64,
    /// Bytes of the reasons in an answer.
    pub reasons: usize,
    /// How often it is simulated.
    pub times: u32,
}

/// Judgments, one model's each, and the bytes of their prompts; texts written, and the bytes of what was asked for them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount {
    /// How many.
    pub number: f64,
    /// Bytes that were sent.
    pub bytes: f64,
}

/// What a search and its test took, on average over simulations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Takes {
    /// Training records judged for demos.
    pub trained: Amount,
    /// Instructions written by a model.
    pub written: Amount,
    /// Validation records judged.
    pub compared: Amount,
    /// Test records judged.
    pub tested: Amount,
    /// The share of the simulations in which a candidate beat the baseline.
    pub won: f64,
    /// Judgments and texts of the simulation that took fewest, and of the one that took most.
    pub range: [f64; 2],
}

impl Takes {
    /// Judgments and texts together.
    fn number(&self) -> f64 {
        self.trained.number + self.written.number + self.compared.number + self.tested.number
    }
}

impl CostSimulation<'_> {
    /// Simulates the search of an optimizer that is made anew each time.
    ///
    /// # Errors
    /// The optimizer cannot be made.
    pub(crate) fn run<'p>(&self, optimizer: impl Fn() -> Result<Box<dyn Proposer + 'p>>) -> Result<Takes> {
        let mut takes = Takes { range: [f64::INFINITY, 0.0], ..Takes::default() };
        for number in 0..self.times.max(1) {
            let before = takes.number();
            self.once(u64::from(number), optimizer()?.as_mut(), &mut takes)?;
            let took = takes.number() - before;
            takes.range = [takes.range[0].min(took), takes.range[1].max(took)];
        }
        let times = f64::from(self.times.max(1));
        for amount in [&mut takes.trained, &mut takes.written, &mut takes.compared, &mut takes.tested] {
            amount.number /= times;
            amount.bytes /= times;
        }
        takes.won /= times;
        Ok(takes)
    }

    fn once(&self, number: u64, proposer: &mut dyn Proposer, takes: &mut Takes) -> Result<()> {
        let drawn = |model: usize| Drawn { cost_simulation: self, number, model, written: Mutex::default() };
        let models: Vec<Drawn<'_>> = (0..self.models.max(1)).map(drawn).collect();
        let options = TuneOptions { resamples: 0, concurrency: 1, ..self.options.clone() };
        let listen = |event: Event<'_>| {
            if let Event::Judged { part, reply, .. } = event {
                let amount = if part == Part::Train { &mut takes.trained } else { &mut takes.compared };
                amount.add(1.0, real(reply.prompt_tokens.unwrap_or(0)));
            }
            Ok(())
        };
        let found = ready(search(self.subject, &models, proposer, options, &Stop::default(), listen))?;
        for drawn in models {
            let written = drawn.written.into_inner().unwrap_or_else(PoisonError::into_inner);
            takes.written.add(written.number, written.bytes);
        }
        self.test(&found, takes);
        Ok(())
    }

    /// Each model judges the test part, asked by the baseline and by the winner.
    fn test(&self, found: &Found, takes: &mut Takes) {
        let winner = (found.best > 0).then_some(found.best);
        takes.won += f64::from(u8::from(winner.is_some()));
        let records = real(self.held_out * self.models.max(1));
        for place in [0].into_iter().chain(winner) {
            let size = found.standings.get(place).and_then(|standing| standing.prompt_tokens).unwrap_or(0.0);
            takes.tested.add(records, records * (size + self.longer));
        }
    }
}

impl Amount {
    fn add(&mut self, number: f64, bytes: f64) {
        self.number += number;
        self.bytes += bytes;
    }
}

/// Runs what waits for nothing to its end.
fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A model that answers by chance, the same way to the same question. Its tokens are bytes.
struct Drawn<'a> {
    cost_simulation: &'a CostSimulation<'a>,
    number: u64,
    model: usize,
    written: Mutex<Amount>,
}

impl Drawn<'_> {
    /// A number in `0..1` that belongs to these words for good.
    fn unit(&self, words: [&str; 3]) -> f64 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.number.to_le_bytes());
        for word in words {
            hasher.update(word.as_bytes()).update(&[0xff]);
        }
        let mut first = [0; 8];
        hasher.finalize_xof().fill(&mut first);
        real(u64::from_le_bytes(first) >> 11) / real(1_u64 << 53)
    }

    fn is_wrong(&self, spec: &Spec, example: &Example) -> bool {
        let Errors { low, high, baseline } = self.cost_simulation.errors;
        let own = self.cost_simulation.subject.spec;
        let way = way(spec);
        let known = baseline.get(&example.expected.label).filter(|_| way == self::way(own));
        let drawn = || low + (high - low) * self.unit(["rate", &way, ""]);
        let rate = known.copied().unwrap_or_else(drawn);
        // A way to ask is as good for every model, but each stumbles over records of its own.
        let record = format!("{}{}", example.id, "*".repeat(self.model));
        let is_shared = self.unit(["which", &way, &record]) < SHARED;
        let draw = self.unit(["draw", if is_shared { "" } else { &way }, &record]);
        draw < rate
    }

    /// What a wrong verdict says: another label of the records; none where there is no other.
    fn wrong(&self, example: &Example) -> Option<&Expected> {
        let learning = self.cost_simulation.subject.learning;
        let all = learning.train.iter().chain(&learning.validation).map(|example| &example.expected);
        all.into_iter().find(|expected| expected.label != example.expected.label)
    }

    /// A whole answer, with reasons as long as they usually are.
    fn answer(&self, spec: &Spec, example: &Example) -> Map<String, Value> {
        let mut answer = example.demo(spec).outputs;
        for field in &spec.outputs {
            if !answer.contains_key(&field.name) {
                answer.insert(field.name.clone(), "x".repeat(self.cost_simulation.reasons).into());
            }
        }
        answer
    }
}

/// What tells two ways to ask apart: the instruction, and the demos or which of the many are shown.
fn way(spec: &Spec) -> String {
    if let Some(nearest) = spec.nearest_demos {
        return format!("{nearest:?} of {} {}", spec.demos.len(), spec.instruction);
    }
    let demos = serde_json::to_string(&spec.demos).unwrap_or_default();
    blake3::hash((spec.instruction.clone() + &demos).as_bytes()).to_hex().to_string()
}

impl Examiner for Drawn<'_> {
    fn judge(&self, spec: Spec, example: &Example) -> impl Future<Output = Reply> + Send {
        let told = if self.is_wrong(&spec, example) { self.wrong(example) } else { Some(&example.expected) };
        let given = told.map_or(Given::Invalid, |expected| Given::Verdict {
            label: expected.label.clone(),
            value: expected.value,
        });
        let size = (self.cost_simulation.size)(&spec, example);
        std::future::ready(Reply {
            given,
            answer: Some(self.answer(&spec, example)),
            unscored: None,
            calls: self.cost_simulation.calls_each,
            cached: 0,
            prompt_tokens: Some(size),
            sent_tokens: Some(size),
            completion_tokens: None,
        })
    }

    fn write(&self, request: &str) -> impl Future<Output = Option<String>> + Send {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.add(1.0, real(request.len()));
        std::future::ready(Some(format!("{:x<WRITTEN$}", written.number)))
    }

    fn calls_each(&self) -> u64 {
        self.cost_simulation.calls_each
    }
}
