//! The gate that calls to one server pass.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::controller::{Controller, Heard};
use super::pace::Pace;
use crate::model::http::Remaining;

/// The most calls at the same time where nobody says.
const DEFAULT: usize = 8;

/// The most calls at the same time before the server has shown that it takes more: a limit of the user's up
/// to this one is taken at its word from the start.
const FIRST: usize = 16;

/// The longest a server can make everybody wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// What the user allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PressureOptions {
    /// The most calls at the same time.
    pub concurrency: usize,
    /// The most requests a minute.
    pub requests_per_minute: Option<u64>,
    /// The most tokens a minute, of prompts and answers together.
    pub tokens_per_minute: Option<u64>,
}

impl Default for PressureOptions {
    fn default() -> Self {
        Self { concurrency: DEFAULT, requests_per_minute: None, tokens_per_minute: None }
    }
}

/// How much one server is asked at a time. One for each server, shared by
/// everything that asks it.
#[derive(Debug)]
pub struct Pressure {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    controller: Controller,
    in_flight: usize,
    /// Nothing is sent before.
    not_before: Option<Instant>,
    requests: Option<Pace>,
    tokens: Option<Pace>,
}

impl Pressure {
    /// A gate for one server.
    #[must_use]
    pub fn new(options: PressureOptions) -> Self {
        let now = Instant::now();
        let pace = |limit: Option<u64>| limit.map(|limit| Pace::new(limit, now));
        let state = State {
            controller: Controller::new(FIRST, options.concurrency),
            in_flight: 0,
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
    }

    /// How many calls may be in flight now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.state().controller.limit()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call that may take so many tokens can be sent.
    pub(in crate::model) async fn pass(self: &Arc<Self>, tokens: u64) -> Pass {
        loop {
            let changed = self.changed.notified();
            let entry = self.state().enter(tokens, Instant::now());
            match entry {
                Entry::Free { epoch, start } => {
                    let pass = Pass { pressure: Arc::clone(self), epoch, tokens, open: true };
                    // A sleep until now would end with the timer's next tick, up to a millisecond later.
                    if let Some(start) = start {
                        sleep_until(start).await;
                    }
                    return pass;
                }
                Entry::Paused(until) => sleep_until(until).await,
                Entry::Full => changed.await,
            }
        }
    }
}

impl Pressure {
    /// Waits until a call that is in flight already can be made once more, with less in it.
    pub(in crate::model) async fn once_more(&self) {
        let start = self.state().go_again(Instant::now());
        if let Some(start) = start {
            sleep_until(start).await;
        }
    }
}

/// Whether a call may go.
enum Entry {
    Free { epoch: u64, start: Option<Instant> },
    Paused(Instant),
    Full,
}

impl State {
    fn enter(&mut self, tokens: u64, now: Instant) -> Entry {
        if let Some(until) = self.not_before.filter(|until| *until > now) {
            return Entry::Paused(until);
        }
        if self.in_flight >= self.controller.limit() {
            return Entry::Full;
        }
        self.in_flight += 1;
        let take = |pace: &mut Option<Pace>, units| pace.as_mut().map_or(now, |pace| pace.take(units, now));
        let start = take(&mut self.requests, 1).max(take(&mut self.tokens, tokens));
        Entry::Free { epoch: self.controller.epoch(), start: Some(start).filter(|start| *start > now) }
    }

    fn go_again(&mut self, now: Instant) -> Option<Instant> {
        let paced = self.requests.as_mut().map(|pace| pace.take(1, now));
        paced.max(self.not_before).filter(|start| *start > now)
    }

    fn hear(&mut self, told: &Told, epoch: u64) {
        match told.heard {
            Heard::Reply => self.controller.replied(self.in_flight),
            Heard::TooMuch if told.wait_ms.is_some() => self.controller.told_to_wait(self.in_flight, epoch),
            Heard::TooMuch => self.controller.refused(self.in_flight, epoch),
            Heard::Trouble => self.controller.troubled(),
            Heard::Nothing => {}
        }
    }

    fn pause(&mut self, wait: Duration, now: Instant) {
        let until = now + wait.min(LONGEST_PAUSE);
        self.not_before = Some(self.not_before.map_or(until, |before| before.max(until)));
    }
}

/// A call's place among those in flight. Dropped, it makes room and tells nothing.
#[derive(Debug)]
pub(in crate::model) struct Pass {
    pressure: Arc<Pressure>,
    epoch: u64,
    tokens: u64,
    open: bool,
}

/// What a call that came back tells.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Told {
    pub(in crate::model) heard: Heard,
    /// How long the server asked to wait.
    pub(in crate::model) wait_ms: Option<u64>,
    /// What the server says is left.
    pub(in crate::model) remaining: Remaining,
    /// What the call took, where the server counted it.
    pub(in crate::model) tokens: Option<u64>,
}

impl Pass {
    /// The call came back.
    pub(in crate::model) fn close(mut self, told: &Told) {
        self.open = false;
        let now = Instant::now();
        let mut state = self.pressure.state();
        state.hear(told, self.epoch);
        state.in_flight = state.in_flight.saturating_sub(1);
        let asked = told.wait_ms.filter(|_| told.heard == Heard::TooMuch).map(Duration::from_millis);
        if let Some(wait) = asked.max(told.remaining.wait(self.tokens)) {
            state.pause(wait, now);
        }
        if let (Some(pace), Some(took)) = (&mut state.tokens, told.tokens) {
            pace.correct(self.tokens, took, now);
        }
        drop(state);
        self.make_room();
    }

    /// Two may enter where the limit has grown; who finds no room waits again.
    fn make_room(&self) {
        self.pressure.changed.notify_one();
        self.pressure.changed.notify_one();
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.open {
            let mut state = self.pressure.state();
            state.in_flight = state.in_flight.saturating_sub(1);
            drop(state);
            self.make_room();
        }
    }
}
