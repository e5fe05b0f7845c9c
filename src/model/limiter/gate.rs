//! The gate that calls to one server pass: so many at a time, and so much a minute, evenly.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::controller::{Controller, Load};
use crate::model::http::Remaining;
use crate::number::real;

const MINUTE: Duration = Duration::from_mins(1);

/// How much of a minute's allowance may go at once.
const BURST: Duration = Duration::from_secs(1);

/// A limit on units a minute: the generic cell rate algorithm (ITU-T I.371),
/// which lets a second's worth through at once and the rest evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    per_minute: f64,
    /// When everything that was let through so far is paid off.
    paid_off: Instant,
}

impl Pace {
    pub(super) fn new(per_minute: u64, now: Instant) -> Self {
        let per_minute = real(per_minute.max(1));
        Self { per_minute, paid_off: now }
    }

    /// When so many units may go; they are let through.
    pub(super) fn take(&mut self, units: u64, now: Instant) -> Instant {
        let start = self.paid_off.checked_sub(BURST).map_or(now, |start| start.max(now));
        self.paid_off = self.paid_off.max(now) + self.time_of(units);
        start
    }

    /// Of the units that were let through for a call, so many were needed.
    pub(super) fn correct(&mut self, let_through: u64, needed: u64, now: Instant) {
        if needed > let_through {
            self.take(needed - let_through, now);
            return;
        }
        let time = self.time_of(let_through - needed);
        self.paid_off = self.paid_off.checked_sub(time).unwrap_or(self.paid_off);
    }

    fn time_of(&self, units: u64) -> Duration {
        MINUTE.mul_f64((real(units) / self.per_minute).min(1e6))
    }
}

/// The most calls at the same time where nobody says.
const DEFAULT: usize = 8;

/// The longest a server can make everybody wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// What the user allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcurrencyOptions {
    /// The most calls at the same time.
    pub concurrency: usize,
    /// The most requests a minute.
    pub requests_per_minute: Option<u64>,
    /// The most tokens a minute, of prompts and answers together.
    pub tokens_per_minute: Option<u64>,
}

impl Default for ConcurrencyOptions {
    fn default() -> Self {
        Self { concurrency: DEFAULT, requests_per_minute: None, tokens_per_minute: None }
    }
}

/// How much one server is asked at a time. One for each server, shared by
/// everything that asks it.
#[derive(Debug)]
pub struct ConcurrencyLimiter {
    state: Mutex<State>,
    /// Wakes callers that wait: one for each place that became free.
    pub(super) changed: Notify,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) controller: Controller,
    pub(super) in_flight: usize,
    /// Callers that wait for room.
    pub(super) waiting: usize,
    /// Whether one of them wakes up for the ramp's next step.
    pub(super) timer: bool,
    /// Nothing is sent before.
    not_before: Option<Instant>,
    requests: Option<Pace>,
    pub(super) tokens: Option<Pace>,
}

impl ConcurrencyLimiter {
    /// A gate for one server.
    #[must_use]
    pub fn new(options: ConcurrencyOptions) -> Self {
        let now = Instant::now();
        let pace = |limit: Option<u64>| limit.map(|limit| Pace::new(limit, now));
        let state = State {
            controller: Controller::new(options.concurrency),
            in_flight: 0,
            waiting: 0,
            timer: false,
            not_before: None,
            requests: pace(options.requests_per_minute),
            tokens: pace(options.tokens_per_minute),
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Allows so many calls at the same time, if it is more than before: another
    /// model of the same server is set to more.
    pub fn allow(&self, concurrency: usize) {
        self.state().controller.raise_most(concurrency);
        self.wake(1);
    }

    /// How many calls may be in flight now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.state().controller.limit()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes this many waiting callers.
    pub(super) fn wake(&self, callers: usize) {
        (0..callers).for_each(|_| self.changed.notify_one());
    }
}

/// Whether a call may go.
pub(super) enum Entry {
    Free { epoch: u64, position: usize, start: Option<Instant> },
    Paused(Instant),
    Full,
}

impl State {
    /// Lets a call in that may take so many tokens, if one may go.
    pub(super) fn enter(&mut self, tokens: u64, now: Instant) -> Entry {
        if let Some(until) = self.not_before.filter(|until| *until > now) {
            return Entry::Paused(until);
        }
        if self.in_flight >= self.controller.limit() {
            return Entry::Full;
        }
        self.in_flight += 1;
        let take = |pace: &mut Option<Pace>, units| pace.as_mut().map_or(now, |pace| pace.take(units, now));
        let start = take(&mut self.requests, 1).max(take(&mut self.tokens, tokens));
        let start = Some(start).filter(|start| *start > now);
        Entry::Free { epoch: self.controller.epoch(), position: self.in_flight, start }
    }

    /// When a call that is in flight may be made once more; `None` for at once.
    pub(super) fn go_again(&mut self, now: Instant) -> Option<Instant> {
        let paced = self.requests.as_mut().map(|pace| pace.take(1, now));
        paced.max(self.not_before).filter(|start| *start > now)
    }

    /// Takes in what a call told; gives by how many calls the limit grew.
    pub(super) fn learn(&mut self, feedback: &Feedback, epoch: u64, position: usize, now: Instant) -> usize {
        let before = self.controller.limit();
        match feedback.load {
            Load::Reply => self.controller.replied(position, self.in_flight + self.waiting, now),
            Load::TooMuch if feedback.wait_ms.is_some() => {
                self.controller.told_to_wait(self.in_flight, epoch);
            }
            Load::TooMuch => self.controller.refused(self.in_flight, epoch),
            Load::Trouble => self.controller.troubled(),
            Load::Nothing => {}
        }
        self.controller.limit().saturating_sub(before)
    }

    /// Lets nobody in for so long.
    pub(super) fn pause(&mut self, wait: Duration, now: Instant) {
        let until = now + wait.min(LONGEST_PAUSE);
        self.not_before = Some(self.not_before.map_or(until, |before| before.max(until)));
    }
}

/// What a call that came back tells.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Feedback {
    pub(in crate::model) load: Load,
    /// How long the server asked to wait.
    pub(in crate::model) wait_ms: Option<u64>,
    /// What the server says is left.
    pub(in crate::model) remaining: Remaining,
    /// What the call took, where the server counted it.
    pub(in crate::model) tokens: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_seconds_worth_goes_at_once_and_the_rest_evenly() {
        let start = Instant::now();
        let mut pace = Pace::new(120, start);
        let waits: Vec<u128> = (0..5).map(|_| (pace.take(1, start) - start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 500, 1000]);
        pace.correct(3, 1, start);
        assert_eq!((pace.take(1, start) - start).as_millis(), 500);
    }
}
