//! What confirmation makes of a comparison.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::confirm::{Confirm, ConfirmationVotes, Confirmed, Draw};
use super::diff::Diff;
use super::locked::Locked;

/// How the records of a suite were confirmed that got worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The most draws for a record.
    pub most: Confirm,
    /// The chance that a single verdict flips, if `most` was chosen by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flip_rate: Option<f64>,
    /// The temperature of the draws, where it is not the judge's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The draws, by record.
    pub records: BTreeMap<String, ConfirmationVotes>,
}

impl Confirmation {
    /// Nothing drawn yet, for the records that got worse.
    #[must_use]
    pub fn of(diff: &Diff, most: Confirm) -> Self {
        let records = diff.of(Change::Worse).map(|record| (record.id.clone(), ConfirmationVotes::new(most)));
        Self { most, flip_rate: None, temperature: None, records: records.collect() }
    }

    /// The records that need another draw.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.records.iter().filter(|(_, votes)| votes.needs() > 0).map(|(id, _)| id.as_str())
    }

    /// Counts a draw for a record that is known here.
    pub fn take(&mut self, id: &str, draw: Draw) {
        if let Some(votes) = self.records.get_mut(id) {
            votes.take(draw);
        }
    }

    /// How many draws were made.
    #[must_use]
    pub fn draws(&self) -> u64 {
        self.records.values().map(|votes| u64::from(votes.draws())).sum()
    }

    /// How many records became this.
    #[must_use]
    pub fn count(&self, confirmed: Confirmed) -> u64 {
        self.records.values().filter(|votes| votes.confirmed() == confirmed).count() as u64
    }

    /// Calls the records flaky that were not worse again. The verdict on the suite stays as it is: it was
    /// made of one draw of every record, and confirming the worse ones alone would favour the new side.
    pub fn apply(&self, diff: &mut Diff) {
        for record in &mut diff.records {
            let votes = self.records.get(&record.id);
            let is_flaky = votes.is_some_and(|votes| votes.confirmed() == Confirmed::Flaky);
            if is_flaky && record.change == Change::Worse {
                record.change = Change::Flaky;
                *diff.counts.entry(Change::Flaky).or_default() += 1;
                if let Some(worse) = diff.counts.get_mut(&Change::Worse) {
                    *worse = worse.saturating_sub(1);
                }
            }
        }
        diff.counts.retain(|_, count| *count > 0);
    }
}

/// What one more verdict on a record says of what was locked.
#[must_use]
pub fn draw(was: &Locked, now: &Locked, tolerance: f64) -> Draw {
    if !now.is_scored() {
        return Draw::Unscored;
    }
    match Change::between(Some(was), Some(now), tolerance) {
        Change::Worse => Draw::Worse,
        _ => Draw::NotWorse,
    }
}
