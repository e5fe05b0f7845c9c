//! Confirmation: a record that got worse is judged again before it is reported as worse.
//!
//! The first new verdict is what picked the record out, so it has no vote. N further draws, an odd
//! number, have: the record is worse if most of them are, and flaky otherwise. Drawing ends as soon as
//! the majority is settled.

use serde::{Deserialize, Serialize};

use crate::stats::majority_error;

/// How many draws confirm that a record got worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confirm {
    most: u32,
}

/// The share of unchanged records that may be reported as worse.
pub const WRONGLY_WORSE: f64 = 0.01;

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
