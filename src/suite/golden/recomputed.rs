//! A golden file's scores that were computed anew, and what changed about them in words.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::eval::Panel;
use crate::golden::{GoldenEntry, Locked};

/// The most ids that are named.
const MOST_NAMED: usize = 5;

/// An entry under today's checks and weights.
pub(super) struct Recomputed {
    pub(super) entry: GoldenEntry,
    /// What that changed, in words.
    pub(super) changes: Vec<String>,
    /// The records that no judge was asked about when they were locked, and that need one now.
    pub(super) unjudged: Vec<String>,
    /// Whether nothing changed, and the entry is only older than what golden files hold today.
    pub(super) is_older: bool,
}

/// What became of the checks, in words; `was` names the parts before.
pub(super) fn changes(
    panel: &Panel,
    was: &BTreeSet<String>,
    before: &GoldenEntry,
    after: &GoldenEntry,
) -> Vec<String> {
    let checks: BTreeSet<&str> = panel.checks.iter().map(Check::name).collect();
    let judges: BTreeSet<&str> = panel.judges.iter().map(|member| member.name.as_str()).collect();
    let now = parts(after);
    let mut changes = Vec::new();
    for name in &checks {
        if !was.contains(*name) && now.contains(*name) {
            changes.push(format!("{name} added"));
            continue;
        }
        match differing(before, after, name) {
            0 => {}
            1 => changes.push(format!("{name} changed: another result on 1 locked output")),
            n => changes.push(format!("{name} changed: another result on {n} locked outputs")),
        }
    }
    let is_judge = |name: &str| judges.contains(name.strip_suffix(" (judge)").unwrap_or(name));
    // The value of a check that measures goes with the check.
    let is_value = |name: &str| name.rsplit_once(" (").is_some_and(|(check, _)| was.contains(check));
    let gone =
        was.iter().filter(|name| !checks.contains(name.as_str()) && !is_judge(name) && !is_value(name));
    changes.extend(gone.map(|name| format!("{name} removed")));
    if changes.is_empty() {
        let moved = after.records.iter().filter(|now| {
            before.record(&now.id).is_some_and(|was| was.score != now.score || was.label != now.label)
        });
        changes.push(match moved.count() {
            0 => "nothing that changes a locked score".to_owned(),
            1 => "weights or pass_at: another score on 1 record".to_owned(),
            n => format!("weights or pass_at: another score on {n} records"),
        });
    }
    changes
}

/// The parts of an entry's scores.
pub(super) fn parts(entry: &GoldenEntry) -> BTreeSet<String> {
    entry.records.iter().flat_map(|locked| locked.parts.keys().cloned()).collect()
}

/// On how many records a part has another value.
fn differing(before: &GoldenEntry, after: &GoldenEntry, part: &str) -> usize {
    let value = |locked: &Locked| locked.parts.get(part).copied();
    let differs = |now: &&Locked| before.record(&now.id).is_some_and(|was| value(was) != value(now));
    after.records.iter().filter(differs).count()
}

impl Recomputed {
    /// What changed, in a sentence.
    pub(super) fn told(&self) -> String {
        let why = if self.is_older { "the golden file is older" } else { "checks changed since the lock" };
        format!("{why}: {}; recomputed on the locked outputs", self.changes.join("; "))
    }

    /// What there is to tell, in sentences.
    pub(super) fn notes(&self, suite: &str) -> Vec<String> {
        let mut notes = vec![self.told()];
        let ids = named(&self.unjudged);
        match self.unjudged.len() {
            0 => {}
            1 => notes.push(format!(
                "1 record counts as new: no judge was asked about it when it was locked, and it needs a judge's score \
                 now ({ids})"
            )),
            n => notes.push(format!(
                "{n} records count as new: no judge was asked about them when they were locked, and they need a judge's \
                 score now ({ids})"
            )),
        }
        notes.push(format!("`evenhand golden migrate {suite} --write` takes the recomputed scores over"));
        notes
    }
}

/// Some ids, and how many more there are.
pub(super) fn named(ids: &[String]) -> String {
    let shown: Vec<&str> = ids.iter().take(MOST_NAMED).map(String::as_str).collect();
    match ids.len().saturating_sub(MOST_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
