//! A suite's gates as lines of text.

use super::formatting::{Detail, Lines, dollars, percent};
use crate::golden::{GateResult, GateVerdict};

/// One line for each gate.
pub(super) fn add(lines: &mut Lines, gates: &[GateResult], detail: Detail) {
    for gate in gates {
        lines.folded_under("gates", &line(gate, detail));
    }
}

/// `min_score 0.80: passes, 0.85`; with its interval where that decides, and among the statistics.
pub(super) fn line(gate: &GateResult, detail: Detail) -> String {
    let said = match gate.verdict {
        GateVerdict::Holds => "passes",
        GateVerdict::Fails => "FAILS",
        GateVerdict::Inconclusive => "inconclusive",
    };
    let value = gate.value.map_or_else(|| "not measured".to_owned(), |value| number(gate, value));
    let wanted = detail == Detail::Statistics || gate.verdict == GateVerdict::Inconclusive;
    let interval = gate.interval.filter(|_| wanted).map_or_else(String::new, |interval| {
        format!(" (95 % {} to {})", number(gate, interval.low), number(gate, interval.high))
    });
    let why = gate.why.as_ref().map_or_else(String::new, |why| format!("; {why}"));
    format!("{} {}: {said}, {value}{interval}{why}", gate.gate, number(gate, gate.bound))
}

/// `min_score is 0.71, and at least 0.8 is required`.
pub(super) fn in_words(gate: &GateResult) -> String {
    let [asked, word] =
        if gate.gate.starts_with("min_") { ["at least", "required"] } else { ["at most", "allowed"] };
    let bound = number(gate, gate.bound);
    let value = gate.value.map_or_else(|| "not measured".to_owned(), |value| number(gate, value));
    let why = gate.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
    format!("{} is {value}, and {asked} {bound} is {word}{why}", gate.gate)
}

fn number(gate: &GateResult, value: f64) -> String {
    match gate.gate.as_str() {
        "max_unscored" | "min_pass_rate" => percent(value),
        name if name.starts_with("probes.") => percent(value),
        "max_cost_usd" => dollars(value),
        "max_p95_latency_ms" => format!("{value:.0} ms"),
        // A share of records, or a number of them.
        name if name.ends_with("max_failures") && gate.bound > 0.0 && gate.bound < 1.0 => percent(value),
        name if name.ends_with("max_failures") => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}
