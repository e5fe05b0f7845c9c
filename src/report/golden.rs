//! A checked suite as text or JSON, and its gates as lines of text.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, WIDTH, count, percent, wrapped};
use super::side_by_side;
use crate::golden::{
    Change, Checked, Conclusion, Diff, GateResult, GateVerdict, GoldenComparison, Locked, Method, RecordDiff,
    Verdict,
};
use crate::summary::Rate;

/// The most records that are shown of one kind.
const MOST_SHOWN: usize = 20;

/// The most outputs that are shown of records with the same score.
const MOST_OUTPUTS: usize = 5;

/// How much a report tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The answer, the records it is about, and the figures.
    #[default]
    Figures,
    /// The tests behind them too.
    Statistics,
}

/// A checked suite as a line: `{"type": "check", "format": 1, "check": …}`.
#[must_use]
pub(crate) fn checked_line(checked: &Checked) -> Value {
    json!({"type": "check", "format": JSON_FORMAT, "check": checked})
}

/// A checked suite as lines of plain text: the answer, the records that broke a rule, what changed, the figures.
#[must_use]
pub fn checked_text(checked: &Checked, detail: Detail) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{}: {}", checked.suite, answer(checked)));
    broken(&mut lines, checked);
    lines.blank();
    held(&mut lines, checked);
    if let Some(diff) = &checked.diff {
        subject(&mut lines, diff);
        counts(&mut lines, diff);
    }
    unscored(&mut lines, checked);
    for note in &checked.notes {
        for line in wrapped(note, WIDTH - 14) {
            lines.under("note", &line);
        }
    }
    if let Some(diff) = &checked.diff {
        measures(&mut lines, diff, detail);
    }
    add(&mut lines, &checked.gates);
    if let Some(diff) = &checked.diff {
        for change in Change::ALL {
            records(&mut lines, diff, change);
        }
        other_outputs(&mut lines, diff);
    }
    lines.text
}

/// What came of it, in one line; in every case it says how many records have no score.
fn answer(checked: &Checked) -> String {
    let said = match checked.conclusion {
        Conclusion::Pass => format!("PASS. {}", nothing_worse(checked)),
        Conclusion::Improvement => format!("PASS, and better. {}", compared(checked)),
        Conclusion::Undecided => format!("INCONCLUSIVE, let pass. {}", not_told(checked)),
        Conclusion::Inconclusive => format!("INCONCLUSIVE. {}", not_told(checked)),
        Conclusion::NotRecorded => {
            let (missing, all) = (count(checked.not_recorded()), count(checked.records));
            format!("NOT RECORDED. {missing} of {all} records have no recorded reply to what is asked now")
        }
        Conclusion::Unscored => {
            let (without, all) = (count(checked.without_score()), count(checked.records));
            return format!("TOO MANY UNSCORED. {without} of {all} records have no score");
        }
        Conclusion::BelowGate => {
            let failed: Vec<String> = failing(checked).map(of_gate).collect();
            format!("FAILED. {}{}", passed(checked), failed.join("; "))
        }
        Conclusion::Regression => format!("FAILED. {}", worse(checked)),
    };
    match checked.without_score() {
        0 => said,
        unscored => format!("{said}; {} of {} unscored", count(unscored), count(checked.records)),
    }
}

fn failing(checked: &Checked) -> impl Iterator<Item = &GateResult> {
    checked.gates.iter().filter(|gate| gate.verdict == GateVerdict::Fails)
}

/// `11 of 12 passed; `, where anything has a score.
fn passed(checked: &Checked) -> String {
    let Rate { count: passed, n, .. } = checked.passed;
    if n == 0 { String::new() } else { format!("{} of {} passed; ", count(passed), count(n)) }
}

/// `98 of 100 as before or better; a loss of 7 points would have shown`.
fn nothing_worse(checked: &Checked) -> String {
    let Some(whole) = checked.diff.as_ref().map(|diff| &diff.whole) else {
        return format!("{}every gate holds", passed(checked));
    };
    let (kept, all) = (count(whole.n - whole.lower), count(whole.n));
    let shows = match whole.smallest_effect {
        Some(effect) => format!("a loss of {} would have shown", points(effect)),
        None => "they share one source, so no loss could have shown".to_owned(),
    };
    format!("{kept} of {all} as before or better; {shows}")
}

/// `1 point`, `7 points`: hundredths of the scale, rounded up.
fn points(of_one: f64) -> String {
    let points = (of_one * 100.0 - 1e-9).ceil().max(1.0);
    format!("{points} point{}", if points > 1.5 { "s" } else { "" })
}

/// What broke a rule, or what the test calls worse.
fn worse(checked: &Checked) -> String {
    let Some(diff) = &checked.diff else { return String::new() };
    if let Some(first) = diff.broken.first() {
        let more = match diff.broken.len() - 1 {
            0 => String::new(),
            more => format!("; and {} more", count(more as u64)),
        };
        return format!("{}{}{more}", passed(checked), first);
    }
    let part = diff.parts.iter().find(|part| part.verdict == Verdict::Regression);
    match part.filter(|_| diff.whole.verdict != Verdict::Regression) {
        Some(part) => format!("{} fell: {}", part.part.as_deref().unwrap_or_default(), fell(part)),
        None => compared(checked),
    }
}

/// `20 of 100 worse, 2 better; the score went from 0.92 to 0.74`.
fn compared(checked: &Checked) -> String {
    checked.diff.as_ref().map_or_else(String::new, |diff| fell(&diff.whole))
}

fn fell(measure: &GoldenComparison) -> String {
    let counts =
        format!("{} of {} worse, {} better", count(measure.lower), count(measure.n), count(measure.higher));
    match measure.golden_mean.zip(measure.new_mean) {
        Some((golden, new)) => format!("{counts}; the score went from {golden:.2} to {new:.2}"),
        None => counts,
    }
}

fn not_told(checked: &Checked) -> String {
    if let Some(gate) = checked.gates.iter().find(|gate| gate.verdict == GateVerdict::Inconclusive) {
        return format!("It is not proved, either way: {}", line(gate));
    }
    let Some(whole) = checked.diff.as_ref().map(|diff| &diff.whole) else { return String::new() };
    let Some(margin) = whole.prove.filter(|_| whole.n > 0) else {
        return "No record has a score both in the golden file and now, so nothing is compared".to_owned();
    };
    let needed = whole.n_needed.filter(|needed| *needed > whole.n);
    let needed =
        needed.map_or_else(String::new, |needed| format!("; it takes about {} records", count(needed)));
    format!("{} do not prove that nothing is worse by {}{needed}", records_of(whole), trimmed(margin))
}

/// The records that broke a rule, all but a first that is told already.
fn broken(lines: &mut Lines, checked: &Checked) {
    let broken = checked.diff.as_ref().map_or(&[][..], |diff| &diff.broken);
    if broken.len() < 2 {
        return;
    }
    for one in broken.iter().take(MOST_SHOWN) {
        for line in wrapped(&one.to_string(), WIDTH - 2) {
            lines.whole(&format!("  {line}"));
        }
    }
    let more = broken.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        lines.whole(&format!("  and {} more; --json lists them all", count(more as u64)));
    }
}

fn held(lines: &mut Lines, checked: &Checked) {
    let gates = if checked.gates.is_empty() { "" } else { " and its gates" };
    match (&checked.golden, &checked.diff) {
        (Some(golden), Some(diff)) => {
            lines.under("against", &format!("{golden}{gates}, policy {}", diff.policy));
        }
        (Some(golden), None) => lines.under("against", &format!("{golden}{gates}")),
        (None, _) => lines.under("against", "its gates; it has no golden file"),
    }
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
        lines.under("unscored", &format!("evenhand golden replies {}", checked.suite));
    }
}

fn measures(lines: &mut Lines, diff: &Diff, detail: Detail) {
    measure(lines, "score", "", &diff.whole, detail);
    let width =
        diff.parts.iter().filter_map(|part| part.part.as_ref()).map(|name| name.chars().count()).max();
    for part in &diff.parts {
        let name = part.part.as_deref().unwrap_or_default();
        measure(lines, "parts", &format!("{name:<width$}  ", width = width.unwrap_or(0)), part, detail);
    }
}

fn measure(lines: &mut Lines, heading: &'static str, name: &str, measure: &GoldenComparison, detail: Detail) {
    let (Some(golden), Some(new), Some(difference)) =
        (measure.golden_mean, measure.new_mean, measure.difference)
    else {
        lines.under(heading, &format!("{name}nothing to compare: no record has a score on both sides"));
        return;
    };
    let means = format!("{golden:.3} → {new:.3}");
    if measure.method == Method::Unchanged {
        lines.under(heading, &format!("{name}{means}, unchanged on all {}", records_of(measure)));
        return;
    }
    let interval = measure.interval.map_or_else(String::new, |interval| {
        format!(" ({} % {} to {})", percent_of(interval.level), signed(interval.low), signed(interval.high))
    });
    let said = match measure.verdict {
        Verdict::Regression => "WORSE",
        Verdict::Improvement => "BETTER",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Pass if measure.prove.is_some() => "proved not to be worse",
        Verdict::Pass => "not shown to be worse",
    };
    let (by, n) = (signed(difference), records_of(measure));
    lines.under(heading, &format!("{name}{means}, difference {by}{interval}, {n}: {said}"));
    if detail == Detail::Statistics {
        tests(lines, heading, measure);
    }
}

fn tests(lines: &mut Lines, heading: &'static str, measure: &GoldenComparison) {
    let binary = measure.method == Method::Tango;
    if let Some(p) = measure.p_value {
        let adjusted = match measure.adjusted_p {
            Some(adjusted) if adjusted > p + 1e-12 => {
                format!(", {} with Holm's adjustment", p_value(adjusted))
            }
            _ => String::new(),
        };
        let test = match (measure.prove, binary) {
            (Some(_), _) => measure.method.name(),
            (None, true) => "McNemar, mid-p",
            (None, false) => "permutation",
        };
        let question = match measure.prove {
            Some(margin) => format!("for a difference of exactly {}", signed(-margin)),
            None => "for no loss, one-sided".to_owned(),
        };
        lines.under(heading, &format!("{} {question} ({test}){adjusted}", p_value(p)));
    }
    if let Some(p) = measure.p_no_difference {
        let test = if binary { "exact McNemar" } else { "permutation" };
        lines.under(heading, &format!("{} for no difference at all ({test})", p_value(p)));
    }
    if let Some(effect) = measure.smallest_effect {
        let n = records_of(measure);
        lines.under(
            heading,
            &format!("{n} show a difference of {} or more in four of five tries", trimmed(effect)),
        );
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
        one(lines, record, diff);
    }
    let more = number.saturating_sub(MOST_SHOWN as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more; --json lists them all", count(more)));
    }
}

fn one(lines: &mut Lines, record: &RecordDiff, diff: &Diff) {
    lines.whole(&format!("    {}: {}", record.id, change_of(record.was.as_ref(), record.now.as_ref())));
    let shown = record.now.is_some() && record.change != Change::NewRecord;
    if let Some(reasoning) = record.reasoning.as_ref().filter(|_| shown) {
        for line in wrapped(reasoning, WIDTH - 8) {
            lines.whole(&format!("        {line}"));
        }
    }
    if let Some(output) = diff.outputs.get(&record.id) {
        side_by_side::add(lines, output);
    }
}

/// The outputs that are others though the score is the same.
fn other_outputs(lines: &mut Lines, diff: &Diff) {
    let changed: BTreeSet<&str> = diff.records.iter().map(|record| record.id.as_str()).collect();
    let others: Vec<_> = diff.outputs.iter().filter(|(id, _)| !changed.contains(id.as_str())).collect();
    if others.is_empty() {
        return;
    }
    lines.blank();
    lines.whole(&format!("  another output, the same score: {}", count(others.len() as u64)));
    for (id, output) in others.iter().take(MOST_OUTPUTS) {
        lines.whole(&format!("    {id}:"));
        side_by_side::add(lines, output);
    }
    let more = others.len().saturating_sub(MOST_OUTPUTS);
    if more > 0 {
        lines.whole(&format!("    and {} more; --json lists them all", count(more as u64)));
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
    let value = gate.value.map_or_else(|| "not measured".to_owned(), |value| number(gate, value));
    let interval = gate.interval.map_or_else(String::new, |interval| {
        format!(" (95 % {} to {})", number(gate, interval.low), number(gate, interval.high))
    });
    let why = gate.why.as_ref().map_or_else(String::new, |why| format!("; {why}"));
    format!("{} {}: {said}, {value}{interval}{why}", gate.gate, number(gate, gate.bound))
}

/// `min_score is 0.71, and at least 0.8 is required`.
pub(super) fn of_gate(gate: &GateResult) -> String {
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
