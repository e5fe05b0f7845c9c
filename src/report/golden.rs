//! A checked suite as text or JSON, and its gates as lines of text.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, WIDTH, count, percent, wrapped};
use crate::golden::{
    Change, Checked, Conclusion, Diff, GateResult, GateVerdict, GoldenComparison, Locked, Method, RecordDiff,
    Verdict,
};

/// The most records that are shown of one kind.
const MOST_SHOWN: usize = 12;

/// A checked suite as a line: `{"type": "check", "format": 1, "check": …}`.
#[must_use]
pub fn checked_line(checked: &Checked) -> Value {
    json!({"type": "check", "format": JSON_FORMAT, "check": checked})
}

/// A checked suite as lines of plain text.
#[must_use]
pub fn checked_text(checked: &Checked) -> String {
    let mut lines = Lines::default();
    lines.whole(&title(checked));
    lines.blank();
    if let Some(diff) = &checked.diff {
        subject(&mut lines, diff);
        counts(&mut lines, diff);
    }
    unscored(&mut lines, checked);
    if let Some(diff) = &checked.diff {
        measures(&mut lines, diff);
    }
    add(&mut lines, &checked.gates);
    if let Some(diff) = &checked.diff {
        for change in Change::ALL {
            records(&mut lines, diff, change);
        }
    }
    lines.text
}

fn title(checked: &Checked) -> String {
    let held = match (&checked.golden, checked.gates.is_empty()) {
        (Some(golden), true) => format!("against {golden}"),
        (Some(golden), false) => format!("against {golden} and its gates"),
        (None, _) => "against its gates; it has no golden file".to_owned(),
    };
    format!("{}: {}, {held}", checked.suite, checked.conclusion.name().to_uppercase())
}

fn subject(lines: &mut Lines, diff: &Diff) {
    let judge = if diff.model == diff.golden_model {
        diff.model.clone()
    } else {
        format!("{}; locked were the scores of {}", diff.model, diff.golden_model)
    };
    lines.under("judge", &judge);
    if !diff.subject.is_empty() {
        lines.under("changed", &diff.subject.join("; "));
    }
}

fn counts(lines: &mut Lines, diff: &Diff) {
    let counted: Vec<String> =
        diff.counts.iter().map(|(change, n)| format!("{} {change}", count(*n))).collect();
    lines.under("records", &counted.join(", "));
}

fn unscored(lines: &mut Lines, checked: &Checked) {
    for (reason, n) in &checked.unscored {
        let example = checked.unscored_examples.get(reason).map_or("", String::as_str);
        lines.under("unscored", &format!("{} {reason}: {example}", count(*n)));
    }
    if checked.conclusion == Conclusion::NotRecorded {
        lines.under("unscored", "these records were not judged at all: record what is asked now");
        lines.under("unscored", &format!("evenhand golden lock {} --replies", checked.suite));
    }
}

fn measures(lines: &mut Lines, diff: &Diff) {
    measure(lines, "score", "", &diff.whole);
    let width =
        diff.parts.iter().filter_map(|part| part.part.as_ref()).map(|name| name.chars().count()).max();
    for part in &diff.parts {
        let name = part.part.as_deref().unwrap_or_default();
        measure(lines, "parts", &format!("{name:<width$}  ", width = width.unwrap_or(0)), part);
    }
}

fn measure(lines: &mut Lines, heading: &'static str, name: &str, measure: &GoldenComparison) {
    let (Some(golden), Some(new), Some(difference)) =
        (measure.golden_mean, measure.new_mean, measure.difference)
    else {
        lines.under(heading, &format!("{name}nothing to compare: no record has a score on both sides"));
        return;
    };
    let means = format!("{golden:.3} → {new:.3}");
    if measure.method == Method::Unchanged {
        let n = records_of(measure);
        lines.under(heading, &format!("{name}{means}, unchanged on all {n}: {}", measure.verdict));
        return;
    }
    let interval = measure.interval.map_or_else(String::new, |interval| {
        format!(" ({} % {} to {})", percent_of(interval.level), signed(interval.low), signed(interval.high))
    });
    lines.under(
        heading,
        &format!(
            "{name}{means}, difference {}{interval}, margin {}, {}: {}",
            signed(difference),
            trimmed(measure.margin),
            records_of(measure),
            loud(measure.verdict)
        ),
    );
    if heading == "score" {
        tests(lines, measure);
    }
    if measure.verdict == Verdict::Inconclusive && heading == "score" {
        power(lines, measure);
    }
}

fn tests(lines: &mut Lines, measure: &GoldenComparison) {
    let Some(p) = measure.p_value else { return };
    let adjusted = match measure.adjusted_p {
        Some(adjusted) if adjusted > p + 1e-12 => format!(", {} with Holm's adjustment", p_value(adjusted)),
        _ => String::new(),
    };
    let beside = measure.p_no_difference.map_or_else(String::new, |p| {
        let test = if measure.method == Method::Tango { "exact McNemar" } else { "permutation" };
        format!("; {} for none at all ({test})", p_value(p))
    });
    let (test, margin) = (measure.method.name(), signed(-measure.margin));
    lines.under(
        "score",
        &format!("{} for a difference of exactly {margin} ({test}){adjusted}{beside}", p_value(p)),
    );
}

fn power(lines: &mut Lines, measure: &GoldenComparison) {
    if let Some(effect) = measure.smallest_effect {
        let mut line = format!("{} show a difference of {} or more", records_of(measure), trimmed(effect));
        if let Some(needed) = measure.n_needed.filter(|needed| *needed > measure.n) {
            let margin = trimmed(measure.margin);
            line += &format!("; it takes about {} to show that nothing is worse by {margin}", count(needed));
        }
        lines.under("score", &line);
    }
}

fn records_of(measure: &GoldenComparison) -> String {
    let records =
        if measure.n == 1 { "1 record".to_owned() } else { format!("{} records", count(measure.n)) };
    match measure.clusters {
        Some(clusters) => format!("{records} in {} sources", count(clusters)),
        None => records,
    }
}

fn loud(verdict: Verdict) -> String {
    match verdict {
        Verdict::Regression | Verdict::Improvement => verdict.name().to_uppercase(),
        quiet => quiet.name().to_owned(),
    }
}

fn records(lines: &mut Lines, diff: &Diff, change: Change) {
    let heading = match change {
        // Those are told with their reasons above, and those need no telling.
        Change::NotRecorded | Change::Same => return,
        Change::NewRecord => "not in the golden file",
        Change::MissingRecord => "no longer in the dataset",
        other => other.name(),
    };
    let number = diff.count(change);
    if number == 0 {
        return;
    }
    lines.blank();
    lines.whole(&format!("  {heading}: {}", count(number)));
    for record in diff.of(change).take(MOST_SHOWN) {
        one(lines, record);
    }
    let more = number.saturating_sub(MOST_SHOWN as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more; --json lists them all", count(more)));
    }
}

fn one(lines: &mut Lines, record: &RecordDiff) {
    lines.whole(&format!("    {}: {}", record.id, change_of(record.was.as_ref(), record.now.as_ref())));
    let shown = record.now.is_some() && record.change != Change::NewRecord;
    if let Some(reasoning) = record.reasoning.as_ref().filter(|_| shown) {
        for line in wrapped(reasoning, WIDTH - 8) {
            lines.whole(&format!("        {line}"));
        }
    }
}

/// `yes → no, score 1.00 → 0.00`.
pub(super) fn change_of(was: Option<&Locked>, now: Option<&Locked>) -> String {
    let (was, now) = match (was, now) {
        (Some(was), Some(now)) => (was, now),
        (Some(only), None) | (None, Some(only)) => return state(only),
        (None, None) => return String::new(),
    };
    let parts: Vec<String> = was
        .parts
        .iter()
        .filter_map(|(name, was)| Some((name, was, now.parts.get(name)?)))
        .filter(|(_, was, now)| (**was - **now).abs() > 1e-9)
        .map(|(name, was, now)| format!("{name} {was:.2} → {now:.2}"))
        .collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    match (&was.label, &now.label) {
        (Some(before), Some(after)) => {
            let label = if before == after { before.clone() } else { format!("{before} → {after}") };
            format!("{label}, score {} → {}{parts}", score(was), score(now))
        }
        _ => format!("{} → {}", state(was), state(now)),
    }
}

fn state(locked: &Locked) -> String {
    match (&locked.label, locked.unscored) {
        (_, Some(reason)) => format!("unscored ({reason})"),
        (Some(label), None) => format!("{label}, score {}", score(locked)),
        (None, None) => format!("score {}", score(locked)),
    }
}

fn score(locked: &Locked) -> String {
    locked.score.map_or_else(|| "undecided".to_owned(), |score| format!("{score:.2}"))
}

/// With its sign, a true minus for a negative number.
fn signed(number: f64) -> String {
    let text = format!("{:.3}", number.abs());
    if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return text;
    }
    format!("{}{text}", if number < 0.0 { '−' } else { '+' })
}

fn p_value(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p {p:.4}") }
}

/// Without zeros at its end.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// 95, 97.5, 99.67.
fn percent_of(level: f64) -> String {
    let text = format!("{:.2}", level * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

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
