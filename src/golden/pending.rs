//! Changed scores that wait for a decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{Change, RecordDiff};
use super::file::{Entry, Golden};
use super::fingerprints::Fingerprints;
use super::locked::{Locked, Watch};

/// A suite's changed scores that wait for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The version of this form, 1.
    pub format: u32,
    /// The suite.
    pub suite: String,
    /// What the suite is there to watch.
    pub watch: Watch,
    /// The model whose entry they were held against.
    pub golden_model: String,
    /// The model that judged them, whose entry they become.
    pub model: String,
    /// The folder of the run they are from.
    pub run: String,
    /// What changed about the subject, in words.
    pub subject: Vec<String>,
    /// What they were made with and of.
    pub fingerprints: Fingerprints,
    /// How many were rejected.
    pub rejected: u64,
    /// The changed records, by id.
    pub records: Vec<PendingRecord>,
    /// Records of the same score, whose watched output is another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_output: Vec<Locked>,
}

/// A record that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingRecord {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub change: Change,
    /// What is locked; `None` for a new record.
    pub was: Option<Locked>,
    /// What would be; `None` for a record that would go.
    pub now: Option<Locked>,
    /// The judge's reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
}

impl PendingRecord {
    /// A change as something to decide about; `None` for what brought no score: there is nothing to accept.
    #[must_use]
    pub fn of(diff: &RecordDiff) -> Option<Self> {
        let scored = diff.now.as_ref().is_none_or(Locked::is_scored);
        let decidable = scored && !matches!(diff.change, Change::Flaky | Change::NotRecorded | Change::Same);
        decidable.then(|| Self {
            id: diff.id.clone(),
            change: diff.change,
            was: diff.was.clone(),
            now: diff.now.clone(),
            reasoning: diff.reasoning.clone(),
        })
    }
}

impl Pending {
    /// The version this code writes.
    pub const FORMAT: u32 = 1;

    /// Whether nothing waits any more.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.records.is_empty()
    }

    /// Puts a record's new score into the golden file, or every record's where none is named, and
    /// tells how many. With the last one the subject's fingerprints follow, if none was rejected.
    pub fn accept(&mut self, golden: &mut Golden, record: Option<&str>) -> usize {
        let taken = self.take(record);
        let Some(before) = golden.models.get(&self.model).or_else(|| golden.models.get(&self.golden_model))
        else {
            return 0;
        };
        let mut fingerprints = before.fingerprints.clone();
        let mut records: BTreeMap<String, Locked> =
            before.records.iter().map(|locked| (locked.id.clone(), locked.clone())).collect();
        for accepted in &taken {
            match &accepted.now {
                Some(now) => records.insert(accepted.id.clone(), now.clone()),
                None => records.remove(&accepted.id),
            };
        }
        if self.is_decided() && self.rejected == 0 {
            fingerprints = self.fingerprints.clone();
            records.extend(self.other_output.drain(..).map(|locked| (locked.id.clone(), locked)));
        }
        golden.models.insert(self.model.clone(), Entry::new(records.into_values().collect(), fingerprints));
        taken.len()
    }

    /// Leaves a record as it is locked, or every record where none is named, and tells how many.
    pub fn reject(&mut self, record: Option<&str>) -> usize {
        let taken = self.take(record).len();
        self.rejected += taken as u64;
        taken
    }

    fn take(&mut self, record: Option<&str>) -> Vec<PendingRecord> {
        let is_meant = |pending: &PendingRecord| record.is_none_or(|id| id == pending.id);
        let (taken, rest) = std::mem::take(&mut self.records).into_iter().partition(is_meant);
        self.records = rest;
        taken
    }
}
