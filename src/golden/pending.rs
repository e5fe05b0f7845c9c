//! Changed scores that wait for a decision, and whether they may be written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diff::{Change, Diff, RecordDiff};
use super::file::{Golden, GoldenEntry};
use super::fingerprints::Fingerprints;
use super::locked::{Locked, Watch};
use super::produced::FurtherOutputs;
use crate::error::{Error, ErrorKind, Result};

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
    /// The model whose entry they were compared with.
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
    /// The locked scores under the checks and weights of now, where those changed: the first score that is accepted
    /// takes them over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recomputed: Option<GoldenEntry>,
    /// The new outputs of the records that have another one, by id, where outputs are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
    /// What is to be kept with them.
    #[serde(default, skip_serializing_if = "FurtherOutputs::is_empty")]
    pub further: FurtherOutputs,
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

    /// What of a comparison is to be decided about: the changed scores of `now` against those of `entry`.
    #[must_use]
    pub fn of(diff: &Diff, entry: &GoldenEntry, now: &[Locked], fingerprints: &Fingerprints) -> Self {
        let changed: BTreeSet<&str> = diff.records.iter().map(|record| record.id.as_str()).collect();
        let mut other_output = other_outputs(&entry.records, now);
        other_output.retain(|locked| !changed.contains(locked.id.as_str()));
        Self {
            format: Self::FORMAT,
            suite: diff.suite.clone(),
            watch: Watch::Subject,
            golden_model: diff.golden_model.clone(),
            model: diff.model.clone(),
            run: String::new(),
            subject: diff.subject.clone(),
            fingerprints: fingerprints.clone(),
            rejected: 0,
            records: diff.records.iter().filter_map(PendingRecord::of).collect(),
            other_output,
            recomputed: None,
            outputs: BTreeMap::new(),
            further: FurtherOutputs::default(),
        }
    }

    /// Whether nothing waits any more.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.records.is_empty()
    }

    /// Puts a record's new score into the golden file, or every record's where none is named, and
    /// tells how many. With the last one the subject's fingerprints follow, if none was rejected.
    pub fn accept(&mut self, golden: &mut Golden, record: Option<&str>) -> usize {
        let taken = self.take(record);
        if let Some(recomputed) = self.recomputed.take() {
            golden.models.insert(self.model.clone(), recomputed);
        }
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
        golden
            .models
            .insert(self.model.clone(), GoldenEntry::new(records.into_values().collect(), fingerprints));
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

/// The records whose watched output is another one, as they are now.
#[must_use]
pub fn other_outputs(before: &[Locked], now: &[Locked]) -> Vec<Locked> {
    let before: HashMap<&str, &Locked> = before.iter().map(|locked| (locked.id.as_str(), locked)).collect();
    let is_other = |now: &&Locked| {
        let was = before.get(now.id.as_str()).and_then(|was| was.marks.output.as_ref());
        was.zip(now.marks.output.as_ref()).is_some_and(|(was, now)| was != now)
    };
    now.iter().filter(is_other).cloned().collect()
}

/// What becomes of changed scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Nothing is written.
    Nothing,
    /// They wait for a decision.
    Pending,
    /// They are locked at once.
    Lock,
}

impl Update {
    /// What the variable `EVENHAND_UPDATE` says, or else `INSTA_UPDATE`. In CI nothing is written, whatever they say.
    ///
    /// # Errors
    /// It says something that is not known.
    pub fn from_variables(look: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let said = ["EVENHAND_UPDATE", "INSTA_UPDATE"]
            .into_iter()
            .find_map(|name| Some((name, look(name)?.into_string().ok()?)));
        let wished = match &said {
            None => Self::Pending,
            Some((name, value)) => wish(name, value)?,
        };
        Ok(if in_ci(look) { Self::Nothing } else { wished })
    }

    /// The same as it would be outside CI.
    ///
    /// # Errors
    /// As for [`Update::from_variables`].
    pub(crate) fn wished(look: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        Self::from_variables(|name| if matches!(name, "CI" | "TF_BUILD") { None } else { look(name) })
    }
}

/// Whether this is continuous integration, by its variables.
pub(crate) fn in_ci(look: impl Fn(&str) -> Option<OsString>) -> bool {
    let ci = look("CI").and_then(|value| value.into_string().ok());
    is_ci(ci.as_deref(), look("TF_BUILD").is_some())
}

fn wish(name: &str, value: &str) -> Result<Update> {
    match value {
        "no" => Ok(Update::Nothing),
        "" | "auto" | "new" | "unseen" => Ok(Update::Pending),
        "always" | "force" => Ok(Update::Lock),
        other => Err(Error::new(ErrorKind::Usage, format!("{name}={other} is not known"))
            .help("set it to auto, no, new, or always")),
    }
}

/// Whether this is continuous integration, as insta tells it.
fn is_ci(ci: Option<&str>, azure: bool) -> bool {
    match ci {
        Some("false" | "0" | "") => false,
        Some(_) => true,
        None => azure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_is_told_as_insta_tells_it() {
        assert!(is_ci(Some("true"), false) && is_ci(Some("1"), false) && is_ci(None, true));
        assert!(!is_ci(None, false) && !is_ci(Some("false"), true) && !is_ci(Some(""), true));
    }
}
