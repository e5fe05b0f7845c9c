//! Callers that wait for room.

use std::pin::pin;

use tokio::time::{Instant, sleep_until};

use super::gate::ConcurrencyLimiter;

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
