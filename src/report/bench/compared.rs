//! Two benches compared, as text and JSON.

use serde_json::{Value, json};

use super::rows::{milliseconds, or_none};
use crate::bench::{Bench, Compared};
use crate::report::formatting::{Lines, count_of, p_value};

/// The answer first, then each cell.
pub(crate) fn bench_comparison_text(old: &Bench, new: &Bench, compared: &[Compared]) -> String {
    let mut lines = Lines::default();
    lines.folded(&answer(compared));
    lines.blank();
    lines.folded(&format!(
        "  {}: {} compared with {}, by the records of both.",
        new.meta.suite, new.meta.begun, old.meta.begun
    ));
    for cell in compared {
        lines.blank();
        lines.folded(&cell.cell);
        lines.folded(&format!("  time: {}", time(cell)));
        lines.folded(&format!("  verdicts: {}", verdicts(cell)));
        if let [Some(before), Some(now)] = &cell.digests {
            let same = if before == now { "the same files" } else { "other files than before" };
            lines.folded(&format!("  model: {same}"));
        }
    }
    for (what, of, other) in [("only in the new bench", new, old), ("only in the old bench", old, new)] {
        let alone =
            of.cells.iter().filter(|cell| other.cells.iter().all(|known| known.meta.name != cell.meta.name));
        let alone: Vec<&str> = alone.map(|cell| cell.meta.name.as_str()).collect();
        if !alone.is_empty() {
            lines.blank();
            lines.folded(&format!("  {what}: {}", alone.join(", ")));
        }
    }
    lines.text
}

/// The same as JSON.
pub(crate) fn bench_comparison_json(old: &Bench, new: &Bench, compared: &[Compared]) -> Value {
    json!({"type": "bench_comparison", "format": 1, "answer": answer(compared), "old": old.meta, "new": new.meta, "cells": compared})
}

fn answer(compared: &[Compared]) -> String {
    if compared.is_empty() {
        return "the two benches have no model or setup in common".to_owned();
    }
    let named = |is: &dyn Fn(&Compared) -> bool| {
        let names: Vec<&str> =
            compared.iter().filter(|cell| is(cell)).map(|cell| cell.cell.as_str()).collect();
        names.join(", ")
    };
    let time =
        |cell: &Compared| cell.times_as_long.filter(|change| change.is_real).map(|change| change.value);
    let right = |cell: &Compared| cell.rightness.filter(|change| change.is_real).map(|change| change.value);
    let parts = [
        ("judges worse", named(&|cell| right(cell).is_some_and(|by| by < 0.0))),
        ("judges better", named(&|cell| right(cell).is_some_and(|by| by > 0.0))),
        ("slower", named(&|cell| time(cell).is_some_and(|times| times > 1.0))),
        ("faster", named(&|cell| time(cell).is_some_and(|times| times < 1.0))),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {names}"))
        .collect();
    if parts.is_empty() { "no change can be told from chance".to_owned() } else { parts.join("; ") }
}

fn time(cell: &Compared) -> String {
    let [before, now] = cell.p50_ms.map(|ms| or_none(ms.map(milliseconds)));
    let Some(change) = cell.times_as_long else {
        return "no record has a reply in both".to_owned();
    };
    let ends = change
        .interval
        .map_or_else(String::new, |ends| format!(" (95 % {:.2} to {:.2})", ends.low, ends.high));
    let told = if change.is_real { "" } else { "; it cannot be told from chance" };
    format!(
        "{before} before, {now} now; a record takes {:.2} times as long{ends}, p {}, {}{told}",
        change.value,
        p_value(change.p_adjusted),
        count_of(cell.n, "record")
    )
}

fn verdicts(cell: &Compared) -> String {
    let Some(change) = cell.rightness else {
        return "no labelled record has a verdict in both".to_owned();
    };
    let ends = change.interval.map_or_else(String::new, |ends| {
        format!(" (95 % {:+.1} to {:+.1})", ends.low * 100.0, ends.high * 100.0)
    });
    let told = if change.is_real { "" } else { "; it cannot be told from chance" };
    format!("{:+.1} points{ends}, p {}{told}", change.value * 100.0, p_value(change.p_adjusted))
}
