//! The records that are not as they were locked.

use std::collections::BTreeSet;

use super::formatting::{Lines, MOST_RECORDS, WIDTH, count, wrapped};
use super::side_by_side;
use crate::golden::{Change, Diff, Locked, RecordDiff};

/// The most outputs that are shown of records with the same score.
const MOST_OUTPUTS: usize = 5;

pub(super) fn records(lines: &mut Lines, diff: &Diff, change: Change) {
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
    for record in diff.of(change).take(MOST_RECORDS) {
        one(lines, record, diff);
    }
    let more = number.saturating_sub(MOST_RECORDS as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more; --json lists them all", count(more)));
    }
}

fn one(lines: &mut Lines, record: &RecordDiff, diff: &Diff) {
    lines.folded(&format!("    {}: {}", record.id, change_of(record.was.as_ref(), record.now.as_ref())));
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
pub(super) fn other_outputs(lines: &mut Lines, diff: &Diff) {
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
