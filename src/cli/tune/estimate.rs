//! What a tuning would take at most, before anything is asked.

use serde::Serialize;

use super::args::OptimizerName;
use super::setup::Setup;
use crate::cli::config::Config;
use crate::cli::measured::measured;
use crate::cli::models::Chosen;
use crate::model::Request;
use crate::optimizer::{Ground, Proposer};
use crate::report::{count, duration};

/// Bytes of a token in English prose, where nothing was measured.
const BYTES_PER_TOKEN: f64 = 4.0;

/// What a tuning would take at most. Answers asked for again come on top; racing and the cache take off.
#[derive(Debug, Serialize)]
pub(super) struct TuneEstimate {
    pub(super) suite: String,
    pub(super) model: String,
    pub(super) optimizer: &'static str,
    /// Records to learn from, to compare on, and to test on.
    pub(super) parts: [u64; 3],
    /// Candidates at most, the baseline not counted.
    pub(super) candidates: u64,
    /// Calls at most, for demos, for comparing and for the test.
    pub(super) most_calls: [u64; 3],
    /// All of them, cut to the budget.
    pub(super) calls: u64,
    pub(super) prompt_tokens: f64,
    pub(super) completion_tokens: Option<f64>,
    pub(super) cost_usd: Option<f64>,
    pub(super) seconds: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "estimates of numbers far below 2^53")]
pub(super) fn estimate(
    setup: &Setup,
    proposer: &dyn Proposer,
    ground: &Ground<'_>,
    chosen: &Chosen,
    config: &Config,
) -> TuneEstimate {
    let each = setup.calls_each;
    let candidates = proposer.most_candidates() as u64;
    let validation = setup.learning.validation.len() as u64;
    let test = 2 * setup.held_out as u64 * each;
    let train = proposer.most_trained() as u64 * each + proposer.most_written() as u64;
    let compare = (1 + candidates) * validation * each;
    let all = train + compare + test;
    let calls = setup.max_calls.map_or(all, |most| most.min(all));
    let base = base_bytes(setup);
    let before = measured(config, &chosen.file.model, &setup.suite);
    let tokens_of_base = before.and_then(|before| before.prompt_tokens).unwrap_or(base / BYTES_PER_TOKEN);
    let demo_tokens = demo_bytes(ground) * tokens_of_base / base.max(1.0);
    // The baseline's calls show no more demos than it has; the candidates' show what theirs show on average.
    let plain = (train + validation * each + test / 2).min(calls) as f64;
    let with_demos = calls as f64 - plain;
    let prompt_tokens = calls as f64 * tokens_of_base + with_demos * demo_tokens * setup.typical_demos();
    let completion_tokens =
        before.and_then(|before| before.completion_tokens).map(|tokens| tokens * calls as f64);
    // The time grows with the prompt; how much of it the server keeps, nobody knows before.
    let longer = prompt_tokens / (calls as f64 * tokens_of_base).max(1.0);
    let seconds = before
        .map(|before| before.seconds * longer * calls as f64 / chosen.calls_at_once(Some(8)).max(1) as f64);
    let price = chosen.budget_price().zip(completion_tokens);
    TuneEstimate {
        suite: setup.suite.clone(),
        model: chosen.file.model.clone(),
        optimizer: proposer.name(),
        parts: [setup.learning.train.len() as u64, validation, setup.held_out as u64],
        candidates,
        most_calls: [train, compare, test],
        calls,
        prompt_tokens,
        completion_tokens,
        cost_usd: price.map(|(price, completion)| price.of(whole(prompt_tokens), whole(completion))),
        seconds,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sums of tokens, never negative")]
fn whole(tokens: f64) -> u64 {
    tokens.ceil() as u64
}

/// Bytes of a prompt of the baseline, on average.
fn base_bytes(setup: &Setup) -> f64 {
    let bytes =
        |request: &Request| -> usize { request.messages.iter().map(|message| message.content.len()).sum() };
    let of_examples = setup.learning.validation.iter().take(50).map(|example| {
        let requests = setup.judge.requests(&example.inputs).unwrap_or_default();
        requests.first().map_or(0, bytes)
    });
    mean(of_examples.collect())
}

/// Bytes of a demo, on average: its inputs, and a short answer.
fn demo_bytes(ground: &Ground<'_>) -> f64 {
    let bytes = |text: String| text.len() + 60;
    mean(ground.train.iter().take(50).map(|example| bytes(example.text())).collect())
}

#[expect(clippy::cast_precision_loss, reason = "bytes of prompts are far below 2^53")]
fn mean(sizes: Vec<usize>) -> f64 {
    let sizes: Vec<f64> = sizes.into_iter().map(|size| size as f64).collect();
    crate::stats::mean(&sizes).unwrap_or(0.0)
}

impl Setup {
    /// How many demos a candidate shows on average.
    #[expect(clippy::cast_precision_loss, reason = "few demos")]
    fn typical_demos(&self) -> f64 {
        let most = self.limits.demos as f64;
        match self.optimizer {
            OptimizerName::RandomSearch | OptimizerName::Tpe => most / 2.0,
            OptimizerName::Knn => most.min(4.0),
            OptimizerName::Bootstrap | OptimizerName::Labelled => most,
        }
    }
}

pub(super) fn estimate_text(estimate: &TuneEstimate) -> String {
    let TuneEstimate { suite, model, optimizer, parts: [train, validation, test], .. } = estimate;
    let [for_demos, compare, for_test] = estimate.most_calls;
    let mut lines = format!("{suite}: tuned by {optimizer}, judged by {model}\n");
    let mut row = |name: &str, what: &str| lines += &format!("  {name:<9} {what}\n");
    row("records", &format!("{train} to learn from, {validation} to compare on, {test} to test on"));
    row("tried", &format!("{} candidates at most, and the baseline", estimate.candidates));
    let all = for_demos + compare + for_test;
    let budget = if estimate.calls < all {
        format!(", cut to the budget of {}", count(estimate.calls))
    } else {
        String::new()
    };
    row(
        "calls",
        &format!(
            "at most {} ({} for demos and instructions, {} to compare, {} to test){budget}; racing and the cache take off",
            count(all),
            count(for_demos),
            count(compare),
            count(for_test)
        ),
    );
    let completion = match estimate.completion_tokens {
        Some(tokens) => format!("about {} in answers", count(whole(tokens))),
        None => "answers not measured yet".into(),
    };
    row("tokens", &format!("about {} in prompts, {completion}", count(whole(estimate.prompt_tokens))));
    match estimate.cost_usd {
        Some(cost) => row("cost", &format!("about ${cost:.4}")),
        None => row("cost", "unknown: no price, or no earlier run to measure answers by"),
    }
    match estimate.seconds {
        Some(seconds) => row("time", &format!("about {}", duration(seconds))),
        None => row("time", "unknown: no earlier run of this model to measure by"),
    }
    lines
}
