//! Gates as lines of text.

use super::lines::Lines;
use super::number::percent;
use crate::golden::{GateResult, GateVerdict};

/// Gates as lines of plain text, as they stand under a report.
#[must_use]
pub fn gates_text(gates: &[GateResult]) -> String {
    let mut lines = Lines::default();
    add(&mut lines, gates);
    lines.text
}

pub(super) fn add(lines: &mut Lines, gates: &[GateResult]) {
    for gate in gates {
        lines.under("gates", &line(gate));
    }
}

fn line(gate: &GateResult) -> String {
    let said = match gate.verdict {
        GateVerdict::Holds => "holds",
        GateVerdict::Fails => "FAILS",
        GateVerdict::Inconclusive => "inconclusive",
    };
    let number = |value: f64| match gate.gate.as_str() {
        "max_unscored" => percent(value),
        "max_cost_usd" => format!("${value:.4}"),
        "max_p95_latency_ms" => format!("{value:.0} ms"),
        _ => format!("{value:.2}"),
    };
    let value = gate.value.map_or_else(|| "not measured".to_owned(), number);
    let interval = gate.interval.map_or_else(String::new, |interval| format!(" (95 % {interval:.2})"));
    let why = gate.why.as_ref().map_or_else(String::new, |why| format!("; {why}"));
    format!("{} {}: {said}, {value}{interval}{why}", gate.gate, number(gate.bound))
}
