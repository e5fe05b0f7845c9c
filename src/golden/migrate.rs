//! What can be kept of a golden file whose ruler changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file::Entry;
use super::fingerprints::{Fingerprints, record_changes};
use super::locked::Locked;

/// What can be kept of an entry whose ruler changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// What changed for all records: then no score can be kept.
    pub whole: Vec<String>,
    /// What becomes of each record, by id.
    pub records: BTreeMap<String, Kept>,
    /// The entry with what can be kept, and the ruler as it is now; `None` where nothing can.
    #[serde(skip)]
    pub entry: Option<Entry>,
}

/// What becomes of a record's locked score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// It is kept: nothing about the record changed.
    Kept,
    /// It is kept, since the judge does not see the label; the label follows.
    Relabelled,
    /// The record must be judged anew, because this changed.
    Anew(Vec<String>),
    /// The record is new and must be judged.
    New,
    /// The record is no longer in the dataset.
    Gone,
}

impl Migration {
    /// How many records this becomes of.
    #[must_use]
    pub fn count(&self, is_meant: impl Fn(&Kept) -> bool) -> usize {
        self.records.values().filter(|kept| is_meant(kept)).count()
    }
}

/// Says what of an entry can be kept. `now` are the dataset's records, without scores, by id.
#[must_use]
pub fn migrate(entry: &Entry, now: &BTreeMap<String, Locked>, fingerprints: &Fingerprints) -> Migration {
    let whole: Vec<String> = fingerprints
        .ruler_changes(&entry.fingerprints, std::iter::empty())
        .into_iter()
        .map(|change| change.part)
        .collect();
    let mut records: BTreeMap<String, Kept> = BTreeMap::new();
    let mut kept = Vec::new();
    for locked in &entry.records {
        let fate = now.get(&locked.id).map_or(Kept::Gone, |now| fate(locked, now));
        if let (Kept::Kept | Kept::Relabelled, Some(now)) = (&fate, now.get(&locked.id)) {
            kept.push(Locked { expected: now.expected.clone(), ..locked.clone() });
        }
        records.insert(locked.id.clone(), fate);
    }
    for id in now.keys() {
        records.entry(id.clone()).or_insert(Kept::New);
    }
    if !whole.is_empty() {
        for (id, fate) in &mut records {
            if now.contains_key(id) && *fate != Kept::New {
                *fate = Kept::Anew(whole.clone());
            }
        }
        return Migration { whole, records, entry: None };
    }
    let fingerprints =
        Fingerprints { ruler: fingerprints.ruler.clone(), subject: entry.fingerprints.subject.clone() };
    Migration { whole, records, entry: (!kept.is_empty()).then(|| Entry::new(kept, fingerprints)) }
}

fn fate(locked: &Locked, now: &Locked) -> Kept {
    let changes = record_changes(locked, now);
    match changes.as_slice() {
        [] => Kept::Kept,
        ["labels"] => Kept::Relabelled,
        changes => Kept::Anew(
            changes.iter().filter(|part| **part != "labels").map(|part| (*part).to_owned()).collect(),
        ),
    }
}
