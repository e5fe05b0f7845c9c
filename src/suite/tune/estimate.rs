//! What a tuning would take, before anything is asked: at most, and as expected by a search simulated on
//! drawn verdicts.

use serde::Serialize;

use super::optimizer::proposer;
use super::rates::{Prices, Rates, Sizes};
use super::request::{OptimizerName, TuneRequest};
use super::setup::Setup;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::model::Price;
use crate::number::{real, rounded};
use crate::optimizer::{
    CostSimulation, Errors, Proposer, SearchContext, Subject, Takes, TuneOptions, TuneSpending,
};

/// What a tuning would take. Answers asked for again come on top; the cache takes off.
#[derive(Debug, Serialize)]
pub(crate) struct TuneEstimate {
    pub(crate) suite: String,
    pub(crate) model: String,
    /// The models that it is tuned for besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also_for: Vec<String>,
    pub(crate) optimizer: &'static str,
    /// Records to learn from, to compare on, and to test on.
    pub(crate) parts: [u64; 3],
    /// Candidates at most, the baseline not counted.
    pub(crate) candidates: u64,
    pub(crate) expected: Expected,
    pub(crate) most: Most,
    /// How often the search was simulated for it.
    pub(crate) rehearsals: u32,
    /// Calls of earlier runs that tokens of answers and times are from.
    pub(crate) measured_calls: u64,
}

/// What it takes at most.
#[derive(Debug, Serialize)]
pub(crate) struct Most {
    /// Calls for demos and instructions, for comparing, and for the test.
    pub(crate) calls: [u64; 3],
    /// All of them, cut to the budget; and tokens and cost if every prompt is the longest.
    pub(crate) all: TuneSpending,
}

pub(super) fn estimate(
    forecaster: &Forecaster<'_>,
    model: &str,
    proposer: &dyn Proposer,
    rates: &Rates,
) -> Result<TuneEstimate> {
    let setup = forecaster.setup;
    Ok(TuneEstimate {
        suite: setup.suite.clone(),
        model: model.to_owned(),
        also_for: setup.also_for.clone(),
        optimizer: proposer.name(),
        parts: [setup.learning.train.len(), setup.learning.validation.len(), setup.held_out]
            .map(|number| number as u64),
        candidates: proposer.most_candidates() as u64,
        expected: forecaster.expected(&Errors::default(), rates, None)?,
        most: most(forecaster, proposer),
        rehearsals: forecaster.times(),
        measured_calls: rates.measured,
    })
}

fn most(forecaster: &Forecaster<'_>, proposer: &dyn Proposer) -> Most {
    let Forecaster { setup, sizes, prices, .. } = forecaster;
    let each = setup.calls_each;
    let calls = [
        proposer.most_trained() as u64 * each + proposer.most_written() as u64,
        (1 + proposer.most_candidates() as u64) * setup.calls_of_a_candidate(),
        setup.calls_of_the_test(),
    ];
    let all = calls.iter().sum::<u64>().min(setup.most_calls.unwrap_or(u64::MAX));
    let answer = match setup.judge.options().reading {
        // One verdict's worth; nothing else is decoded.
        Reading::Weighted => 16.0,
        _ => f64::from(setup.most_answer),
    };
    // No byte is more than one token.
    let prompt = sizes.most(setup.longest_bytes, &setup.learning.train, setup.limits.demos, answer);
    let (prompts, answers) = (rounded(prompt * real(all)), rounded(answer * real(all)));
    let known = prices.judges.iter().chain([&prices.teacher, &prices.writer]);
    let cost = known.map(|price| price.map(|price| price.of(prompts, answers))).collect::<Option<Vec<f64>>>();
    Most {
        calls,
        all: TuneSpending {
            calls: all,
            prompt_tokens: Some(prompts),
            completion_tokens: Some(answers),
            cost_usd: cost.map(|costs| costs.into_iter().fold(0.0, f64::max)),
            seconds: None,
        },
    }
}

/// So many judgments are drawn in all, about.
const DRAWN: u64 = 1500;
/// Tokens of an instruction that a model writes.
const WRITTEN_TOKENS: f64 = 200.0;
/// Bytes of the reasons in an answer, where none was seen.
const REASONS: usize = 120;
/// How far apart candidates may lie, of how far is assumed: a race between close ones takes longer.
const CLOSE: f64 = 0.25;
const FAR: f64 = 2.5;

/// Forecasts of one tuning.
pub(super) struct Forecaster<'a> {
    pub(super) setup: &'a Setup,
    pub(super) request: &'a TuneRequest,
    pub(super) context: SearchContext<'a>,
    pub(super) sizes: Sizes,
    pub(super) options: TuneOptions,
    pub(super) prices: Prices,
    /// Calls at the same time, at most.
    pub(super) at_once: usize,
    /// Candidates at most.
    pub(super) candidates: usize,
}

/// What is expected.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Expected {
    /// Calls for demos and instructions, for comparing, and for the test.
    pub(crate) calls: [u64; 3],
    pub(crate) all: TuneSpending,
    /// All calls of the simulations that took fewest and most, with candidates far apart and close together.
    pub(crate) range: [u64; 2],
}

impl Forecaster<'_> {
    /// What the whole takes if ways to ask err so, and a judgment takes that.
    pub(super) fn expected(
        &self,
        errors: &Errors,
        rates: &Rates,
        reasons: Option<usize>,
    ) -> Result<Expected> {
        let times = self.times();
        let mut expected = self.priced(&self.takes(errors, reasons, times)?, rates);
        if self.options.race_error.is_some() {
            let range = |apart: f64| -> Result<[u64; 2]> {
                let takes = self.takes(&errors.spread(apart), reasons, times.div_ceil(2))?;
                Ok(self.priced(&takes, rates).range)
            };
            let [low, high] = expected.range;
            expected.range = [low.min(range(FAR)?[0]), high.max(range(CLOSE)?[1])];
        }
        Ok(expected)
    }

    /// What the search and its test took, on average over so many simulations.
    fn takes(&self, errors: &Errors, reasons: Option<usize>, times: u32) -> Result<Takes> {
        let setup = self.setup;
        let scale = self.context.spec.scale.as_ref();
        let scale = scale.ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
        let subject = Subject {
            spec: self.context.spec,
            scale,
            reading: self.context.reading,
            learning: &setup.learning,
        };
        CostSimulation {
            subject,
            options: &self.options,
            models: setup.models(),
            held_out: setup.held_out,
            calls_each: setup.calls_each,
            errors,
            size: &|spec, example| self.sizes.of(spec, example),
            longer: self.sizes.all_calls(setup.test_bytes - setup.validation_bytes),
            reasons: reasons.unwrap_or(REASONS),
            times,
        }
        .run(|| proposer(self.context, self.setup, self.request))
    }

    /// How often the search is simulated: less often where it is long, and its length more certain.
    pub(super) fn times(&self) -> u32 {
        let judgments = (self.candidates + 1) * self.setup.learning.validation.len() * self.setup.models();
        let judgments = (judgments.max(1) as u64).min(self.options.most_calls.unwrap_or(u64::MAX));
        u32::try_from((DRAWN / judgments).clamp(4, 16)).unwrap_or(4)
    }

    fn priced(&self, takes: &Takes, rates: &Rates) -> Expected {
        let calls = [
            rounded(takes.trained.number * rates.calls + takes.written.number),
            rounded(takes.compared.number * rates.calls),
            rounded(takes.tested.number * rates.calls),
        ];
        let most = self.setup.most_calls.unwrap_or(u64::MAX);
        let tokens = |bytes: f64| bytes * rates.tokens_per_byte;
        let judged = takes.compared.number + takes.tested.number;
        let [train, write, judge] = [
            tokens(takes.trained.bytes),
            tokens(takes.written.bytes),
            tokens(takes.compared.bytes + takes.tested.bytes),
        ];
        let answers = |judgments: f64| rates.completion_tokens.map(|tokens| tokens * judgments);
        let written = takes.written.number * WRITTEN_TOKENS;
        let cost = || {
            let Prices { judges, teacher, writer } = &self.prices;
            // Each model judges the same records.
            let each = 1.0 / real(judges.len().max(1));
            let of_judge = |price: &Option<Price>| Some(((*price)?, judge * each, answers(judged * each)?));
            let mut parts = judges.iter().map(of_judge).collect::<Option<Vec<_>>>()?;
            parts.push(((*teacher)?, train, answers(takes.trained.number)?));
            parts.push(((*writer)?, write, written));
            Some(
                parts
                    .iter()
                    .map(|(price, prompt, answer)| price.of(rounded(*prompt), rounded(*answer)))
                    .sum(),
            )
        };
        let all = calls.iter().sum::<u64>().min(most);
        Expected {
            calls,
            range: takes.range.map(|judgments| rounded(judgments * rates.calls).min(most)),
            all: TuneSpending {
                calls: all,
                prompt_tokens: Some(rounded(train + write + judge)),
                completion_tokens: answers(judged + takes.trained.number)
                    .map(|tokens| rounded(tokens + written)),
                cost_usd: cost(),
                seconds: self.seconds(takes, rates),
            },
        }
    }

    /// The time grows with the prompts; how much of them the server keeps, nobody knows before.
    fn seconds(&self, takes: &Takes, rates: &Rates) -> Option<f64> {
        let bytes = takes.trained.bytes + takes.compared.bytes + takes.tested.bytes;
        let alike = bytes / rates.bytes.max(1.0);
        // One candidate at a time judges a block at a time.
        let at_once = match self.setup.optimizer {
            OptimizerName::RandomSearch | OptimizerName::Knn => self.at_once,
            _ => self.at_once.min(self.options.block),
        };
        Some(rates.seconds? * alike / real(at_once.max(1)))
    }
}
