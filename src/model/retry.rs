//! Trying again what may do better a little later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Failure, Response};
use crate::number::real;

/// When and how often to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries besides the first; 0 tries once.
    pub max_retries: u32,
    /// The longest wait before the second try. It doubles with every further one.
    pub first_wait: Duration,
    /// The longest wait that this side chooses.
    pub longest_wait: Duration,
    /// The longest wait that a server can ask for.
    pub longest_asked: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_retries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            longest_asked: Duration::from_mins(2),
        }
    }
}

impl Retry {
    /// Calls until there is a response, a failure that lasts, or no try left.
    ///
    /// The tries are counted in [`Response::retries`] and [`Failure::tries`].
    ///
    /// # Errors
    /// The last failure.
    pub async fn run<C, F>(&self, jitter: &Jitter, mut call: C) -> Result<Response, Failure>
    where
        C: FnMut() -> F,
        F: Future<Output = Result<Response, Failure>>,
    {
        let mut retries = 0;
        loop {
            let failure = match call().await {
                Ok(response) => return Ok(Response { retries, ..response }),
                Err(failure) => failure,
            };
            if retries >= self.max_retries || !failure.kind.is_retryable() {
                // A failure of 0 tries sent nothing: only the tries before it count.
                let tries = if failure.tries == 0 { retries } else { retries + 1 };
                return Err(Failure { tries, ..failure });
            }
            tokio::time::sleep(self.wait(retries, &failure, jitter)).await;
            retries += 1;
        }
    }

    /// How long to wait after the failure of try `retries`, counted from 0.
    ///
    /// Exponential backoff with full jitter: uniform between nothing and the
    /// bound, which spreads many clients best (Brooker, "Exponential Backoff and
    /// Jitter", AWS Architecture Blog, 2015). What a server asks for is waited in
    /// full, with a little on top, so that not all return at the same moment.
    #[must_use]
    pub fn wait(&self, retries: u32, failure: &Failure, jitter: &Jitter) -> Duration {
        let Some(asked_ms) = failure.retry_after_ms else {
            let bound = self.first_wait.saturating_mul(2_u32.saturating_pow(retries)).min(self.longest_wait);
            return bound.mul_f64(jitter.share());
        };
        let asked = Duration::from_millis(asked_ms).min(self.longest_asked);
        asked + asked.min(self.first_wait).mul_f64(jitter.share() / 10.0)
    }
}

/// Random shares for waits: `SplitMix64` (Steele, Lea, and Flood, OOPSLA 2014),
/// which may be asked from many tasks at once.
#[derive(Debug)]
pub struct Jitter(AtomicU64);

impl Jitter {
    /// A generator; the same seed gives the same shares.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next share, in `0.0..1.0`.
    pub fn share(&self) -> f64 {
        let state = self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        real(mixed >> 11) / real(1_u64 << 53)
    }
}

/// The odd number nearest to 2^64 divided by the golden ratio.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // First output for seed 1234567 of the authors' C code: 6457827717110365317.
        let first = Jitter::new(1_234_567).share();
        assert!((first - 6_457_827_717_110_365_317_f64 / 2_f64.powi(64)).abs() < 1e-15);
    }
}
