//! Confirmation: a record that got worse is judged again before it is reported as worse.
//!
//! Most of an odd number of further draws decide; the verdict that picked the record out has no vote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diff::{Change, Diff};
use super::locked::Locked;
use crate::number::real;
use crate::stats::majority_error;

/// How many draws confirm that a record got worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confirm {
    most: u32,
}

/// The share of unchanged records that may be reported as worse.
pub const WRONGLY_WORSE: f64 = 0.01;

/// The share of unchanged suites that a strict policy may fail.
const WRONGLY_FAILED: f64 = 0.05;

/// The share of unchanged records that may be reported as worse, so that at most 5 % of unchanged suites of so many
/// records fail under [`Policy::Strict`](super::Policy::Strict): 1 − 0.95^(1/n).
#[must_use]
pub fn strict_share(records: u64) -> f64 {
    1.0 - (1.0 - WRONGLY_FAILED).powf(1.0 / real(records.max(1)))
}

/// The fewest repeats of a lock that a strict policy takes, for a judge whose single verdict flips with probability
/// `flip_rate`: a record whose usual verdict is a fail may be locked as a pass, by a majority of flipped repeats, in
/// no more than [`strict_share`] of the records. `None` if 51 are too few.
#[must_use]
pub fn strict_repeats(flip_rate: f64, records: u64) -> Option<u32> {
    let most = strict_share(records);
    let wrongly = |repeats: u32| Some((1.0 - flip_rate) * majority_error(flip_rate, u64::from(repeats))?);
    (1..=MOST).step_by(2).find(|repeats| wrongly(*repeats).is_some_and(|share| share <= most))
}

/// More draws than this are not chosen: a judge that needs them says little.
const MOST: u32 = 51;

impl Confirm {
    /// Confirmation by `most` draws; `None` unless it is odd.
    #[must_use]
    pub fn new(most: u32) -> Option<Self> {
        (most % 2 == 1).then_some(Self { most })
    }

    /// The fewest draws by which at most the share `wrongly` of unchanged records is reported as worse, for
    /// a judge whose single verdict flips with probability `flip_rate`. `None` if 51 draws are too few.
    #[must_use]
    pub fn for_flip_rate(flip_rate: f64, wrongly: f64) -> Option<Self> {
        (1..=MOST)
            .step_by(2)
            .filter_map(Self::new)
            .find(|confirm| confirm.wrongly_worse(flip_rate).is_some_and(|share| share <= wrongly))
    }

    /// The most draws for a record.
    #[must_use]
    pub fn most(self) -> u32 {
        self.most
    }

    /// The share of unchanged records that is reported as worse: p·e(p, N), the first verdict and the majority
    /// of N further ones all flipped. It takes the locked verdict for the judge's usual one. `None` for a
    /// rate outside `0..=1`.
    #[must_use]
    pub fn wrongly_worse(self, flip_rate: f64) -> Option<f64> {
        Some(flip_rate * majority_error(flip_rate, u64::from(self.most))?)
    }

    /// Calls for an unchanged record, its first one included: 1 + p·E\[draws\]. `None` for a rate outside
    /// `0..=1`.
    #[must_use]
    pub fn expected_calls(self, flip_rate: f64) -> Option<f64> {
        (0.0..=1.0).contains(&flip_rate).then(|| 1.0 + flip_rate * expected_draws(self.most, flip_rate))
    }
}

/// The mean number of draws until `most / 2 + 1` of them are alike: Σ over m of the chance that m draws
/// have not settled it.
fn expected_draws(most: u32, flip_rate: f64) -> f64 {
    let majority = most / 2 + 1;
    // The chances of having drawn so many of one kind (row) and the other, both below the majority.
    let side = majority as usize;
    let mut reached = vec![vec![0.0_f64; side]; side];
    let mut draws = 0.0;
    for worse in 0..side {
        for rest in 0..side {
            let at = |row: usize, column: usize| -> f64 {
                reached.get(row).and_then(|row: &Vec<f64>| row.get(column)).copied().unwrap_or(0.0)
            };
            let mut chance = if worse + rest == 0 { 1.0 } else { 0.0 };
            if worse > 0 {
                chance += at(worse - 1, rest) * flip_rate;
            }
            if rest > 0 {
                chance += at(worse, rest - 1) * (1.0 - flip_rate);
            }
            if let Some(cell) = reached.get_mut(worse).and_then(|row| row.get_mut(rest)) {
                *cell = chance;
            }
            draws += chance;
        }
    }
    draws
}

/// What one more verdict says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// It is worse than what was locked.
    Worse,
    /// It is not.
    NotWorse,
    /// There is none: it has no vote.
    Unscored,
}

/// What is known of a record that looked worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// Most draws are worse too.
    Upheld,
    /// Most draws are not: the judge flips on this record.
    Flaky,
    /// Too many draws have no score to tell. The record stays worse.
    Open,
}

/// The draws for one record, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationVotes {
    /// The most draws.
    pub most: u32,
    /// Draws that are worse.
    pub worse: u32,
    /// Draws that are not.
    pub not_worse: u32,
    /// Draws without a score.
    pub unscored: u32,
}

impl ConfirmationVotes {
    /// No draws yet.
    #[must_use]
    pub fn new(confirm: Confirm) -> Self {
        Self { most: confirm.most, worse: 0, not_worse: 0, unscored: 0 }
    }

    /// How many draws were made.
    #[must_use]
    pub fn draws(&self) -> u32 {
        self.worse + self.not_worse + self.unscored
    }

    /// How many more draws are needed at least; 0 once it is settled, or cannot be any more.
    #[must_use]
    pub fn needs(&self) -> u32 {
        let lacking = (self.most / 2 + 1).saturating_sub(self.worse.max(self.not_worse));
        if lacking > self.most.saturating_sub(self.draws()) { 0 } else { lacking }
    }

    /// Counts a draw.
    pub fn take(&mut self, draw: Draw) {
        match draw {
            Draw::Worse => self.worse += 1,
            Draw::NotWorse => self.not_worse += 1,
            Draw::Unscored => self.unscored += 1,
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn confirmed(&self) -> Confirmed {
        let majority = self.most / 2 + 1;
        if self.worse >= majority {
            return Confirmed::Upheld;
        }
        if self.not_worse >= majority { Confirmed::Flaky } else { Confirmed::Open }
    }
}

/// Confirms one record: `next` gives the draw of a number, from 0.
pub fn confirm(confirm: Confirm, mut next: impl FnMut(u32) -> Draw) -> ConfirmationVotes {
    let mut votes = ConfirmationVotes::new(confirm);
    while votes.needs() > 0 {
        votes.take(next(votes.draws()));
    }
    votes
}

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
