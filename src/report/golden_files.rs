//! What is locked, what waits, and what can be kept, as text.

use serde_json::{Map, Value};

use super::golden::change_of;
use super::lines::{Lines, WIDTH, wrapped};
use super::number::count;
use crate::golden::{Change, Golden, Kept, Migration, PendingRecord};

/// The longest piece of a record's field that is shown, in characters.
const LONGEST: usize = 400;

/// The most ids that are named on a line.
const MOST_NAMED: usize = 8;

/// What was locked of a model's scores, and what that changed.
#[must_use]
pub fn locked_text(file: &str, before: Option<&Golden>, after: &Golden, model: &str) -> String {
    let Some(entry) = after.models.get(model) else {
        return String::new();
    };
    let mut lines = Lines::default();
    let mean = entry.mean.map_or_else(|| "undefined".to_owned(), |mean| format!("{mean:.3}"));
    let unscored = entry.records.iter().filter(|record| !record.is_scored()).count() as u64;
    let unscored = if unscored == 0 { String::new() } else { format!(", {} unscored", count(unscored)) };
    let records = entry.records.len() as u64;
    lines
        .whole(&format!("{file}: {} records by {model} locked{unscored}, mean score {mean}", count(records)));
    if let Some(before) = before.and_then(|before| before.models.get(model)) {
        let changed = entry
            .records
            .iter()
            .filter(|now| {
                let change = Change::between(before.record(&now.id), Some(now), 0.0);
                change != Change::Same
            })
            .map(|record| record.id.clone())
            .collect::<Vec<String>>();
        let said = if changed.is_empty() { "none".to_owned() } else { named(&changed) };
        lines.whole(&format!("  changed since it was locked before: {said}"));
    }
    lines.text
}

/// A changed score that waits for a decision, with the record's fields.
#[must_use]
pub fn pending_text(suite: &str, pending: &PendingRecord, fields: Option<&Map<String, Value>>) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{suite}, {}: {}", pending.id, pending.change));
    let change = match pending.change {
        Change::MissingRecord => format!("it was {}", change_of(pending.was.as_ref(), None)),
        _ => change_of(pending.was.as_ref(), pending.now.as_ref()),
    };
    lines.whole(&format!("  {change}"));
    let expected = pending.now.as_ref().or(pending.was.as_ref()).and_then(|locked| locked.expected.as_ref());
    if let Some(expected) = expected {
        lines.whole(&format!("  its label is {expected}"));
    }
    if let Some(reasoning) = &pending.reasoning {
        block(&mut lines, "reasons", reasoning);
    }
    for (name, value) in fields.into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        block(&mut lines, name, &text);
    }
    lines.text
}

/// A name and a text of several lines, shortened.
fn block(lines: &mut Lines, name: &str, text: &str) {
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push_str(" ...");
    }
    for (at, line) in wrapped(&shown, WIDTH - 16).iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        lines.whole(&format!("  {name:<12} {line}"));
    }
}

/// What can be kept of a golden file.
#[must_use]
pub fn migration_text(file: &str, model: &str, migration: &Migration) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{file}, scores by {model}:"));
    if !migration.whole.is_empty() {
        lines.whole(&format!("  nothing can be kept: {} changed", migration.whole.join(", ")));
    }
    let ids = |is_meant: &dyn Fn(&Kept) -> bool| -> Vec<String> {
        migration.records.iter().filter(|(_, kept)| is_meant(kept)).map(|(id, _)| id.clone()).collect()
    };
    let mut say = |what: &str, ids: Vec<String>| {
        if !ids.is_empty() {
            lines.whole(&format!("  {:>6} {what}: {}", count(ids.len() as u64), named(&ids)));
        }
    };
    say("can be kept", ids(&|kept| *kept == Kept::Kept));
    say("can be kept, with another label", ids(&|kept| *kept == Kept::Relabelled));
    if migration.whole.is_empty() {
        say("must be judged anew", ids(&|kept| matches!(kept, Kept::Anew(_))));
    }
    say("new, to be judged", ids(&|kept| *kept == Kept::New));
    say("no longer in the dataset", ids(&|kept| *kept == Kept::Gone));
    lines.text
}

/// Some ids, and how many more there are.
pub(super) fn named(ids: &[String]) -> String {
    let shown: Vec<&str> = ids.iter().take(MOST_NAMED).map(String::as_str).collect();
    match ids.len().saturating_sub(MOST_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more as u64)),
    }
}
