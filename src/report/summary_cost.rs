//! Calls, tokens, cost and time of a run, for the terminal.

use super::formatting::{Detail, Lines, count, count_of, dollars, duration, share_by};
use crate::judge::Reading;
use crate::number::real;
use crate::summary::{Calls, Latency, ModelUse, Summary, Tokens};

/// What the outputs took that were produced for the run.
pub(super) fn subject(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let Some(subject) = &summary.subject else {
        return;
    };
    let kept = match subject.kept {
        0 => String::new(),
        n => format!("; {} of them kept from before", count(n)),
    };
    let produced = share_by(detail, "outputs produced", &subject.produced);
    lines.folded_under("subject", &format!("{produced}{kept}"));
    if subject.tokens != Tokens::default() {
        lines.folded_under("subject", &tokens(&subject.tokens, detail));
    }
    if let Some(cost) = is_worth_telling(subject.cost_usd, detail) {
        lines.folded_under("subject", &format!("cost, as it says itself: {}", dollars(cost)));
    }
    if let Some(latency) = &subject.latency {
        lines.folded_under("subject", &format!("an output: {}", latencies(latency)));
    }
}

/// What the judging took.
pub(super) fn calls_and_time(lines: &mut Lines, summary: &Summary, detail: Detail) {
    for used in &summary.models {
        lines.folded_under("models", &model(used, detail));
    }
    if summary.reading != Reading::Exact {
        lines.folded_under("calls", &calls(&summary.calls, detail));
        if summary.tokens != Tokens::default() || detail == Detail::Statistics {
            lines.folded_under("tokens", &tokens(&summary.tokens, detail));
        }
    }
    if let Some(cost) = is_worth_telling(summary.cost_usd, detail) {
        let bound = if summary.tokens.uncounted_calls > 0 { "at least " } else { "" };
        lines.folded_under("cost", &format!("{bound}{}", dollars(cost)));
    }
    let per_second = real(summary.records) / summary.wall_s.max(1e-9);
    let speed = if per_second >= 1.0 {
        format!("{per_second:.1} records a second")
    } else {
        format!("{:.1} s a record", 1.0 / per_second.max(1e-9))
    };
    lines.folded_under("time", &format!("{}, {speed}", duration(summary.wall_s)));
    if let Some(latency) = &summary.latency {
        lines.folded_under("time", &format!("a record: {}", latencies(latency)));
    }
}

/// What costs nothing is not told, but among the statistics.
fn is_worth_telling(cost: Option<f64>, detail: Detail) -> Option<f64> {
    cost.filter(|cost| *cost > 0.0 || detail == Detail::Statistics)
}

fn latencies(latency: &Latency) -> String {
    format!(
        "median {}, 95th percentile {}, longest {}",
        duration(latency.p50_ms / 1000.0),
        duration(latency.p95_ms / 1000.0),
        duration(latency.max_ms / 1000.0)
    )
}

/// What one of several models took.
fn model(used: &ModelUse, detail: Detail) -> String {
    let asked = used.calls.verdicts + used.calls.again + used.calls.reasons;
    let mut parts = vec![count_of(asked, "call")];
    if used.calls.failed > 0 {
        parts.push(format!("{} failed", count(used.calls.failed)));
    }
    parts.push(format!("{} + {} tokens", count(used.tokens.prompt), count(used.tokens.completion)));
    parts.extend(is_worth_telling(used.cost_usd, detail).map(dollars));
    parts.extend(used.call.map(|call| format!("median {}", duration(call.p50_ms / 1000.0))));
    format!("{}: {}", used.model, parts.join(", "))
}

fn calls(calls: &Calls, detail: Detail) -> String {
    let mut parts = vec![format!("{} for verdicts", count(calls.verdicts))];
    let mut more = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    more(calls.cached, "of all from the cache");
    more(calls.again, "again after an invalid answer");
    more(calls.reasons, "for reasons");
    more(calls.transport_retries, "sent again by the transport");
    more(calls.failed, "failed");
    more(calls.not_sent, "not sent");
    let all = detail == Detail::Statistics;
    let answers = [(calls.valid, "valid"), (calls.repaired, "repaired"), (calls.invalid, "invalid")];
    let answers: Vec<String> = answers
        .into_iter()
        .filter(|(number, what)| all || *number > 0 || *what == "valid")
        .map(|(number, what)| format!("{} {what}", count(number)))
        .collect();
    format!("{}; answers: {}", parts.join(", "), answers.join(", "))
}

fn tokens(tokens: &Tokens, detail: Detail) -> String {
    let uncounted = match tokens.uncounted_calls {
        0 => String::new(),
        n => format!("; {} whose tokens nobody counted", count_of(n, "call")),
    };
    let cached = match (tokens.cached, detail) {
        (0, Detail::Figures) => String::new(),
        (n, _) => format!(" ({} of them cached)", count(n)),
    };
    format!("{} in prompts{cached}, {} in answers{uncounted}", count(tokens.prompt), count(tokens.completion))
}
