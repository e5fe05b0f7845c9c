//! What a tuning would take, before anything is asked: at most, and as expected.

use serde::Serialize;

use super::forecast::{Expected, Forecaster, whole};
use super::rates::Rates;
use crate::error::Result;
use crate::judge::Reading;
use crate::optimizer::{Errors, Proposer, Spending};
use crate::report::{count, duration};

/// What a tuning would take. Answers asked for again come on top; the cache takes off.
#[derive(Debug, Serialize)]
pub(super) struct TuneEstimate {
    pub(super) suite: String,
    pub(super) model: String,
    /// The models that it is tuned for besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) also_for: Vec<String>,
    pub(super) optimizer: &'static str,
    /// Records to learn from, to compare on, and to test on.
    pub(super) parts: [u64; 3],
    /// Candidates at most, the baseline not counted.
    pub(super) candidates: u64,
    pub(super) expected: Expected,
    pub(super) most: Most,
    /// How often the search was simulated for it.
    pub(super) rehearsals: u32,
    /// Calls of earlier runs that tokens of answers and times are from.
    pub(super) measured_calls: u64,
}

/// What it takes at most.
#[derive(Debug, Serialize)]
pub(super) struct Most {
    /// Calls for demos and instructions, for comparing, and for the test.
    pub(super) calls: [u64; 3],
    /// All of them, cut to the budget; and tokens and cost if every prompt is the longest.
    pub(super) all: Spending,
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

#[expect(clippy::cast_precision_loss, reason = "estimates of numbers far below 2^53")]
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
    let (prompts, answers) = (whole(prompt * all as f64), whole(answer * all as f64));
    let known = prices.judges.iter().chain([&prices.teacher, &prices.writer]);
    let cost = known.map(|price| price.map(|price| price.of(prompts, answers))).collect::<Option<Vec<f64>>>();
    Most {
        calls,
        all: Spending {
            calls: all,
            prompt_tokens: Some(prompts),
            completion_tokens: Some(answers),
            cost_usd: cost.map(|costs| costs.into_iter().fold(0.0, f64::max)),
            seconds: None,
        },
    }
}

pub(super) fn estimate_text(estimate: &TuneEstimate) -> String {
    let TuneEstimate { suite, model, optimizer, parts: [train, validation, test], .. } = estimate;
    let (expected, most) = (&estimate.expected, &estimate.most);
    let models: Vec<&str> = std::iter::once(model).chain(&estimate.also_for).map(String::as_str).collect();
    let mut lines = format!("{suite}: tuned by {optimizer}, judged by {}\n", models.join(" and "));
    let mut row = |name: &str, what: &str| lines += &format!("  {name:<9} {what}\n");
    row("records", &format!("{train} to learn from, {validation} to compare on, {test} to test on"));
    row("tried", &format!("{} candidates at most, and the baseline", estimate.candidates));
    let budget = if most.all.calls < most.calls.iter().sum() { ", where it ends" } else { "" };
    row("calls", &format!("about {}; at most {}{budget}", calls(expected), count(most.all.calls)));
    let [demos, compare, tests] = expected.calls.map(count);
    row("", &format!("about {demos} for demos and instructions, {compare} to compare, {tests} to test"));
    row("tokens", &format!("about {}; at most {}", tokens(&expected.all), tokens(&most.all)));
    row("cost", &cost(&expected.all, &most.all));
    match expected.all.seconds {
        Some(seconds) => row(
            "time",
            &format!("about {}, as {} earlier calls took", duration(seconds), count(estimate.measured_calls)),
        ),
        None => {
            row("time", "unknown until the baseline is judged: no earlier run of this model to measure by");
        }
    }
    lines += &format!(
        "  Expected is what the search took on drawn verdicts, {} times over; the range is for candidates that lie far apart or close together. Answers that are asked for again come on top; the cache takes off.\n",
        estimate.rehearsals
    );
    lines
}

/// Calls in words, and how many they may be by how far the candidates lie apart.
pub(super) fn calls(expected: &Expected) -> String {
    let calls = count(expected.all.calls);
    match expected.range {
        [low, high] if low == high => calls,
        [low, high] => format!("{calls} ({} to {})", count(low), count(high)),
    }
}

fn cost(expected: &Spending, most: &Spending) -> String {
    match (expected.cost_usd, most.cost_usd) {
        (Some(cost), Some(most)) => format!("about ${cost:.4}; at most ${most:.4}"),
        (None, Some(most)) => format!("at most ${most:.4}"),
        _ => "unknown: the model has no price in evenhand.toml".into(),
    }
}

/// Tokens in words.
pub(super) fn tokens(spending: &Spending) -> String {
    let prompts = spending.prompt_tokens.map_or_else(|| "unknown".into(), count);
    match spending.completion_tokens {
        Some(answers) => format!("{prompts} in prompts and {} in answers", count(answers)),
        None => format!("{prompts} in prompts, answers not measured yet"),
    }
}
