//! How the limit grows from the first call to the first refusal. The user's `concurrency` is trusted, but
//! the growth comes in small steps, because a refusal comes sooner than a reply and stops it.

use std::time::Duration;

use tokio::time::Instant;

use crate::number::real;

/// The most calls at the same time that are sent at once: a limit of the user's up to this one is taken at
/// its word from the start.
pub(super) const FIRST: usize = 16;

/// The most calls in flight before the server has replied to as many as were sent at once. Fewer would be
/// slower, and more would be too many for a server that takes 40 and refuses after 100 ms.
const UNPROVEN: f64 = 48.0;

/// How many times the calls that a server has taken at a time it may be asked for next.
const GROWTH: f64 = 8.0;

/// The time between two steps before the first replies. The first step adds one call, the second two, and so
/// on: the longer there is no refusal, the less likely is one. A refusal that takes 100 ms comes after ten
/// calls more, and 48 are in flight after 192 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(24);

/// What a step adds after the first replies, as a share of the limit: an eighth.
const STEP: f64 = 0.125;

/// So many of these steps are taken in the time that a reply takes: six of them double the limit.
const STEPS_A_REPLY: u32 = 18;

/// The shortest and the longest time between two of these steps. Refusals may come after 30 ms where replies
/// come after 80 ms: there the steps are not yet twice as many calls.
const PAUSES: (Duration, Duration) = (Duration::from_millis(8), Duration::from_millis(50));

#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp {
    /// The server has taken so many calls at a time: it replied to one that was sent as the last of so many.
    proven: f64,
    /// How many replies came.
    replies: usize,
    /// When it began, which is when all calls that may be sent at once were.
    started: Option<Instant>,
    /// How many steps were taken before the first replies.
    steps: u32,
    /// The time between two steps.
    pause: Duration,
    /// When the next step may be taken.
    next: Option<Instant>,
}

impl Ramp {
    pub(super) fn new() -> Self {
        Self { proven: 0.0, replies: 0, started: None, steps: 0, pause: FIRST_PAUSE, next: None }
    }

    /// The server replied to a call that was sent as the `position`-th of those in flight.
    pub(super) fn prove(&mut self, position: usize, now: Instant) {
        self.proven = self.proven.max(real(position));
        self.replies += 1;
        if let Some(started) = self.started.filter(|_| self.replies == FIRST) {
            let (shortest, longest) = PAUSES;
            self.pause = (now.saturating_duration_since(started) / STEPS_A_REPLY).clamp(shortest, longest);
        }
    }

    /// The limit after the step that is due, if one is.
    pub(super) fn step(&mut self, limit: f64, most: f64, now: Instant) -> f64 {
        let target = self.target(most);
        if limit >= target {
            return limit;
        }
        self.started.get_or_insert(now);
        if now < *self.next.get_or_insert(now + self.pause) {
            return limit;
        }
        self.next = Some(now + self.pause);
        (limit + self.size(limit)).floor().min(target)
    }

    /// When the next step may be taken; `None` where the server has to prove more first.
    pub(super) fn next_step(&self, limit: f64, most: f64) -> Option<Instant> {
        self.next.filter(|_| limit < self.target(most))
    }

    fn has_first_replies(&self) -> bool {
        self.replies >= FIRST
    }

    fn target(&self, most: f64) -> f64 {
        // The first few replies may be early ones: they prove nothing of how soon a refusal comes.
        let proven = if self.has_first_replies() { self.proven * GROWTH } else { 0.0 };
        proven.max(UNPROVEN).min(most)
    }

    /// How many calls the step adds.
    fn size(&mut self, limit: f64) -> f64 {
        if self.has_first_replies() {
            return limit * STEP;
        }
        self.steps += 1;
        f64::from(self.steps)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the limits here are sums of whole numbers and eighths")]
mod tests {
    use super::*;

    const NO_END: f64 = 1e6;

    /// The limit after `ms` steps of one millisecond.
    fn climb(ramp: &mut Ramp, from: f64, start: Instant, ms: u64) -> f64 {
        (0..=ms).fold(from, |limit, after| ramp.step(limit, NO_END, start + Duration::from_millis(after)))
    }

    #[tokio::test(start_paused = true)]
    async fn before_the_first_replies_each_step_is_one_call_larger_up_to_48() {
        let start = Instant::now();
        let after = |ms| climb(&mut Ramp::new(), 16.0, start, ms);
        assert_eq!([23, 24, 48, 100, 191, 192, 5000].map(after), [16.0, 17.0, 19.0, 26.0, 44.0, 48.0, 48.0]);
    }

    /// So many replies to calls that were sent as the last of `position`.
    fn replies(ramp: &mut Ramp, count: usize, position: usize, now: Instant) {
        (0..count).for_each(|_| ramp.prove(position, now));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_has_taken_is_asked_for_eight_times() {
        let start = Instant::now();
        let mut ramp = Ramp::new();
        assert_eq!(climb(&mut ramp, 16.0, start, 450), 48.0);
        assert_eq!(ramp.next_step(48.0, NO_END), None);
        let replied = start + Duration::from_millis(450);
        replies(&mut ramp, 15, 48, replied);
        assert_eq!(ramp.next_step(48.0, NO_END), None, "a few prove nothing");
        replies(&mut ramp, 1, 48, replied);
        // An eighteenth of 450 ms is between two steps; the first is due at once.
        assert_eq!(ramp.step(48.0, NO_END, replied), 54.0);
        assert_eq!(ramp.next_step(54.0, NO_END), Some(replied + Duration::from_millis(25)));
        assert_eq!(climb(&mut ramp, 54.0, replied, 500), 384.0);
        assert_eq!(climb(&mut ramp, 384.0, replied, 4000), 384.0, "more is not proven");
        assert_eq!(ramp.next_step(384.0, NO_END), None);
    }

    #[tokio::test(start_paused = true)]
    async fn few_replies_do_not_speed_it_up() {
        let start = Instant::now();
        let after = |count| {
            let mut ramp = Ramp::new();
            let limit = ramp.step(16.0, NO_END, start);
            replies(&mut ramp, count, 16, start + Duration::from_millis(90));
            climb(&mut ramp, limit, start, 100)
        };
        assert_eq!(after(0), 26.0);
        assert_eq!(after(15), 26.0);
        assert!(after(16) > 40.0, "{}", after(16));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_at_what_the_user_allows() {
        let mut ramp = Ramp::new();
        let start = Instant::now();
        let limit =
            (0..1000).fold(16.0, |limit, ms| ramp.step(limit, 20.0, start + Duration::from_millis(ms)));
        assert_eq!(limit, 20.0);
        assert_eq!(ramp.next_step(limit, 20.0), None);
    }
}
