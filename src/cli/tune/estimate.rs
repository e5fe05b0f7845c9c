//! What a tuning would take, in words.

use crate::report::{count, duration};
use crate::suite::tune::{TuneEstimate, Used};

pub(super) fn estimate_text(estimate: &TuneEstimate) -> String {
    let TuneEstimate { suite, model, optimizer, parts: [train, validation, test], .. } = estimate;
    let (expected, most) = (&estimate.expected, &estimate.most);
    let models: Vec<&str> = std::iter::once(model).chain(&estimate.also_for).map(String::as_str).collect();
    let mut lines = format!("{suite}: tuned by {optimizer}, judged by {}\n", models.join(" and "));
    let mut row = |name: &str, what: &str| lines += &format!("  {name:<9} {what}\n");
    row("records", &format!("{train} to learn from, {validation} to compare on, {test} to test on"));
    row("tried", &format!("{} candidates at most, and the baseline", estimate.candidates));
    let budget = if most.all.calls < most.calls.iter().sum() { ", where it ends" } else { "" };
    row(
        "calls",
        &format!("about {}; at most {}{budget}", calls(&expected.all, expected.range), count(most.all.calls)),
    );
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
pub(super) fn calls(expected: &Used, range: [u64; 2]) -> String {
    let calls = count(expected.calls);
    match range {
        [low, high] if low == high => calls,
        [low, high] => format!("{calls} ({} to {})", count(low), count(high)),
    }
}

fn cost(expected: &Used, most: &Used) -> String {
    match (expected.cost_usd, most.cost_usd) {
        (Some(cost), Some(most)) => format!("about ${cost:.4}; at most ${most:.4}"),
        (None, Some(most)) => format!("at most ${most:.4}"),
        _ => "unknown: the model has no price in evenhand.toml".into(),
    }
}

/// Tokens in words.
pub(super) fn tokens(spending: &Used) -> String {
    let prompts = spending.prompt_tokens.map_or_else(|| "unknown".into(), count);
    match spending.completion_tokens {
        Some(answers) => format!("{prompts} in prompts and {} in answers", count(answers)),
        None => format!("{prompts} in prompts, answers not measured yet"),
    }
}
