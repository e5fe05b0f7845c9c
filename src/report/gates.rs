//! A suite's gates as lines of text.

use super::formatting::{Lines, percent};
use crate::golden::{GateResult, GateVerdict};

/// One line for each gate.
pub(super) fn add(lines: &mut Lines, gates: &[GateResult]) {
    for gate in gates {
        lines.under("gates", &line(gate));
    }
}

pub(super) fn line(gate: &GateResult) -> String {
    let said = match gate.verdict {
        GateVerdict::Holds => "holds",
        GateVerdict::Fails => "FAILS",
        GateVerdict::Inconclusive => "inconclusive",
    };
    let value = gate.value.map_or_else(|| "not measured".to_owned(), |value| number(gate, value));
    let interval = gate.interval.map_or_else(String::new, |interval| {
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
        "max_cost_usd" => format!("${value:.4}"),
        "max_p95_latency_ms" => format!("{value:.0} ms"),
        // A share of records, or a number of them.
        name if name.ends_with("max_failures") && gate.bound > 0.0 && gate.bound < 1.0 => percent(value),
        name if name.ends_with("max_failures") => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}
