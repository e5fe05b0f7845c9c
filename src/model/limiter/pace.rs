//! So much a minute, evenly.

use std::time::Duration;

use tokio::time::Instant;

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
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let per_minute = per_minute.max(1) as f64;
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
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        MINUTE.mul_f64((units as f64 / self.per_minute).min(1e6))
    }
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
