//! The golden file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fingerprints::Fingerprints;
use super::locked::{Locked, Watch};
use super::rounded::rounded;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::{Interval, Proportion, mean, mean_estimate};

/// The level of the intervals in a golden file.
const LEVEL: f64 = 0.95;

/// A suite's golden file: one entry for each model that judged it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The version of this form, 1.
    pub format: u32,
    /// The suite.
    pub suite: String,
    /// What the suite is there to watch.
    pub watch: Watch,
    /// Who holds it.
    #[serde(default)]
    pub held_by: HeldBy,
    /// By the judging model's name.
    pub models: BTreeMap<String, Entry>,
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
pub struct Entry {
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

impl Entry {
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
    /// The version this code writes.
    pub const FORMAT: u32 = 1;

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

    /// The model whose entry a run of `model` is held against: its own; or, where the judge is watched
    /// and there is one entry only, that one. `against` names another.
    ///
    /// # Errors
    /// There is none: which there are.
    pub fn entry(&self, model: &str, against: Option<&str>) -> Result<(&str, &Entry)> {
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
                "the judge is this suite's ruler: judge with one of those, or lock this one too: \
                 evenhand golden lock {} --model {model}",
                self.suite
            ),
            _ => "name one of those: --against MODEL".to_owned(),
        }))
    }
}
