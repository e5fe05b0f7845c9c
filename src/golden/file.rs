//! The golden file, and what can be kept of it when the judge setup changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fingerprints::{Fingerprints, record_changes};
use super::locked::{Locked, Watch, rounded};
use crate::error::{Error, ErrorKind, Result};
use crate::stats::{Interval, Proportion, mean, mean_estimate};

/// The level of the intervals in a golden file.
const LEVEL: f64 = 0.95;

/// A suite's golden file: one entry for each model that judged it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The version of this form: 1, 2 where a judging by several models is held, or 3 where records hold what each of
    /// several tries gave.
    pub format: u32,
    /// The suite.
    pub suite: String,
    /// What the suite is there to watch.
    pub watch: Watch,
    /// Who holds it.
    #[serde(default)]
    pub held_by: HeldBy,
    /// By the judging model's name.
    pub models: BTreeMap<String, GoldenEntry>,
}

/// Who holds a golden file: an assertion's belongs to no suite of evenhand.toml, and is no orphan for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBy {
    /// A suite of evenhand.toml.
    #[default]
    Suite,
    /// An assertion of a Rust test.
    Test,
}

/// What one model's judging gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenEntry {
    /// How many records have a score with a value.
    pub n: u64,
    /// Their mean score in `0..=1`.
    pub mean: Option<f64>,
    /// The mean's interval, 95 %: Wilson's where scores are 0 and 1 only, else the normal one.
    pub interval: Option<[f64; 2]>,
    /// What the scores were made with and of.
    pub fingerprints: Fingerprints,
    /// The records, by id.
    pub records: Vec<Locked>,
}

impl GoldenEntry {
    /// An entry of these records, in the order of their ids.
    #[must_use]
    pub fn new(mut records: Vec<Locked>, fingerprints: Fingerprints) -> Self {
        records.sort_by(|left, right| left.id.cmp(&right.id));
        let scores: Vec<f64> = records.iter().filter_map(|record| record.score).collect();
        Self {
            n: scores.len() as u64,
            mean: mean(&scores).map(rounded),
            interval: interval(&scores).map(|interval| [rounded(interval.low), rounded(interval.high)]),
            fingerprints,
            records,
        }
    }

    /// The record of this id.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<&Locked> {
        let place = self.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok()?;
        self.records.get(place)
    }
}

fn interval(scores: &[f64]) -> Option<Interval> {
    let binary = scores.iter().all(|score| *score <= 0.0 || *score >= 1.0);
    if binary {
        let passes = scores.iter().filter(|score| **score >= 1.0).count();
        return Proportion::new(passes as u64, scores.len() as u64).wilson(LEVEL);
    }
    Some(mean_estimate(scores)?.interval(LEVEL)?.within(0.0, 1.0))
}

impl Golden {
    /// The version that is written where each entry is by one model.
    pub const FORMAT: u32 = 1;
    /// The version that is written where one is by several: its fingerprints say which judge asks which.
    pub const SEVERAL_MODELS: u32 = 2;

    /// The version that is written where records hold what each of several tries gave.
    pub const SEVERAL_TRIES: u32 = 3;

    /// The version that what it holds is written in.
    pub(super) fn written_format(&self) -> u32 {
        let mut records = self.models.values().flat_map(|entry| &entry.records);
        if records.any(|record| !record.tries.is_empty()) {
            return Self::SEVERAL_TRIES;
        }
        let by_several = |(name, entry): (&String, &GoldenEntry)| {
            entry.fingerprints.judge_model().is_some_and(|of| of != name)
        };
        if self.models.iter().any(by_several) { Self::SEVERAL_MODELS } else { Self::FORMAT }
    }

    /// An empty golden file of a suite.
    #[must_use]
    pub fn new(suite: &str, watch: Watch) -> Self {
        Self {
            format: Self::FORMAT,
            suite: suite.to_owned(),
            watch,
            held_by: HeldBy::Suite,
            models: BTreeMap::new(),
        }
    }

    /// The model whose entry a run of `model` is compared with: its own; or, where the judge is watched
    /// and there is one entry only, that one. `against` names another.
    ///
    /// # Errors
    /// There is none: which there are.
    pub fn entry(&self, model: &str, against: Option<&str>) -> Result<(&str, &GoldenEntry)> {
        let wanted = against.unwrap_or(model);
        if let Some((name, entry)) = self.models.get_key_value(wanted) {
            return Ok((name, entry));
        }
        if let (None, Watch::Judge, 1, Some((name, entry))) =
            (against, self.watch, self.models.len(), self.models.first_key_value())
        {
            return Ok((name, entry));
        }
        let there: Vec<&str> = self.models.keys().map(String::as_str).collect();
        let detail = format!(
            "the golden file of {} has no scores by {wanted}, but by {}",
            self.suite,
            there.join(", ")
        );
        Err(Error::new(ErrorKind::Golden, detail).help(match (against, self.watch) {
            (None, Watch::Subject) => format!(
                "this suite's judge must stay the same: judge with one of those, or lock this one too: \
                 evenhand golden lock {} --model {model}",
                self.suite
            ),
            _ => "name one of those: --against MODEL".to_owned(),
        }))
    }
}

/// What can be kept of an entry whose judge setup changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// What changed for all records: then no score can be kept.
    pub whole: Vec<String>,
    /// What becomes of each record, by id.
    pub records: BTreeMap<String, Kept>,
    /// The entry with what can be kept, and the judge setup as it is now; `None` where nothing can.
    #[serde(skip)]
    pub entry: Option<GoldenEntry>,
}

/// What becomes of a record's locked score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "what is kept as it is has no other word")]
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

/// Says what of an entry can be kept. `now` are the dataset's records, without scores, by id.
#[must_use]
pub fn migrate(
    entry: &GoldenEntry,
    now: &BTreeMap<String, Locked>,
    fingerprints: &Fingerprints,
) -> Migration {
    let whole: Vec<String> = fingerprints
        .setup_changes(&entry.fingerprints, std::iter::empty())
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
    Migration { whole, records, entry: (!kept.is_empty()).then(|| GoldenEntry::new(kept, fingerprints)) }
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
