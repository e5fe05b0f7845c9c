//! A call's way through the gate and back, and the callers that wait for room.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::controller::Load;
use super::gate::{ConcurrencyLimiter, Entry, Feedback};

/// A caller that waits for room.
pub(super) struct Waiting<'a> {
    limiter: &'a ConcurrencyLimiter,
    /// Whether it is the one caller that wakes up for the ramp's next step, so that the others need no timer.
    has_timer: bool,
}

/// What a caller that waits found.
enum Look {
    Room,
    /// None, but the ramp takes its next step at this time.
    Step(Instant),
    Full,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(limiter: &'a ConcurrencyLimiter) -> Self {
        limiter.state().waiting += 1;
        Self { limiter, has_timer: false }
    }

    /// Waits until there may be room.
    pub(super) async fn wait(&mut self) {
        let mut woken = pin!(self.limiter.changed.notified());
        // It looks for room after it has joined the queue: room that is made in between wakes it.
        woken.as_mut().enable();
        match self.look() {
            Look::Room => {}
            Look::Step(step) => tokio::select! {
                () = woken => {}
                () = sleep_until(step) => {}
            },
            Look::Full => woken.await,
        }
    }

    fn look(&mut self) -> Look {
        let mut state = self.limiter.state();
        let grown = state.controller.step(Instant::now());
        let is_free = !state.timer || self.has_timer;
        let look = match state.controller.next_step().filter(|_| is_free) {
            _ if state.in_flight < state.controller.limit() => Look::Room,
            Some(step) => Look::Step(step),
            None => Look::Full,
        };
        if is_free && !matches!(look, Look::Room) {
            self.has_timer = matches!(look, Look::Step(_));
            state.timer = self.has_timer;
        }
        drop(state);
        self.limiter.wake(grown);
        look
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        state.waiting = state.waiting.saturating_sub(1);
        if self.has_timer {
            state.timer = false;
            drop(state);
            // The next one takes the timer over.
            self.limiter.wake(1);
        }
    }
}

/// A call's place among those in flight. Dropped, it makes room and tells nothing.
#[derive(Debug)]
pub(in crate::model) struct Pass {
    limiter: Arc<ConcurrencyLimiter>,
    epoch: u64,
    /// How many were in flight when it was sent, itself included.
    position: usize,
    tokens: u64,
    open: bool,
}

impl ConcurrencyLimiter {
    /// Waits until a call that may take so many tokens can be sent.
    pub(in crate::model) async fn pass(self: &Arc<Self>, tokens: u64) -> Pass {
        let mut waiting = None;
        loop {
            let entry = self.state().enter(tokens, Instant::now());
            match entry {
                Entry::Free { epoch, position, start } => {
                    let pass = Pass { limiter: Arc::clone(self), epoch, position, tokens, open: true };
                    drop(waiting);
                    // A sleep until now would end with the timer's next tick, up to a millisecond later.
                    if let Some(start) = start {
                        sleep_until(start).await;
                    }
                    return pass;
                }
                Entry::Paused(until) => sleep_until(until).await,
                Entry::Full => waiting.get_or_insert_with(|| Waiting::new(self)).wait().await,
            }
        }
    }

    /// Waits until a call that is in flight already can be made once more, with less in it.
    pub(in crate::model) async fn once_more(&self) {
        let start = self.state().go_again(Instant::now());
        if let Some(start) = start {
            sleep_until(start).await;
        }
    }
}

impl Pass {
    /// The call came back.
    pub(in crate::model) fn close(mut self, feedback: &Feedback) {
        self.open = false;
        let now = Instant::now();
        let mut state = self.limiter.state();
        let grown = state.learn(feedback, self.epoch, self.position, now);
        state.in_flight = state.in_flight.saturating_sub(1);
        let asked = feedback.wait_ms.filter(|_| feedback.load == Load::TooMuch).map(Duration::from_millis);
        if let Some(wait) = asked.max(feedback.remaining.wait(self.tokens)) {
            state.pause(wait, now);
        }
        if let (Some(pace), Some(took)) = (&mut state.tokens, feedback.tokens) {
            pace.correct(self.tokens, took, now);
        }
        // The ramp goes on, and nobody has its timer: one more is woken, who takes it.
        let goes_on = !state.timer && state.controller.next_step().is_some();
        drop(state);
        self.limiter.wake(1 + grown + usize::from(goes_on));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.open {
            let mut state = self.limiter.state();
            state.in_flight = state.in_flight.saturating_sub(1);
            drop(state);
            self.limiter.wake(1);
        }
    }
}
