//! How long the server takes for a reply, as the first part of a path says it: `d500` exactly 500 ms, `j500`
//! from half to one and a half of it, `h500` a heavy tail with a median of it, `b500` together with others,
//! every 500 ms.

use std::time::{Duration, Instant};

use crate::alarm::Alarms;

/// How long replies take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    Fixed(u64),
    Jittery(u64),
    HeavyTailed(u64),
    Bursty(u64),
}

impl Delay {
    /// What a way says. `m50` is as `d50`; a way that is not known is answered at once.
    pub fn of(way: &str) -> Self {
        let ms = way.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        match way.chars().next() {
            Some('j') => Self::Jittery(ms),
            Some('h') => Self::HeavyTailed(ms),
            Some('b') => Self::Bursty(ms),
            _ => Self::Fixed(ms),
        }
    }

    /// The way that says it.
    pub fn way(self) -> String {
        match self {
            Self::Fixed(ms) => format!("d{ms}"),
            Self::Jittery(ms) => format!("j{ms}"),
            Self::HeavyTailed(ms) => format!("h{ms}"),
            Self::Bursty(ms) => format!("b{ms}"),
        }
    }

    /// The milliseconds in its name.
    pub fn ms(self) -> u64 {
        match self {
            Self::Fixed(ms) | Self::Jittery(ms) | Self::HeavyTailed(ms) | Self::Bursty(ms) => ms,
        }
    }

    /// Waits as long as the reply to a record takes: for one record the same every time.
    pub async fn wait(self, record: impl FnOnce() -> u64, server_started: Instant, alarms: &Alarms) {
        let (ms, of) = (self.ms(), Duration::from_millis(self.ms()));
        if ms == 0 {
            return;
        }
        match self {
            Self::Fixed(_) => alarms.wait(of).await,
            Self::Jittery(_) => tokio::time::sleep(of.mul_f64(0.5 + share(2 * record()))).await,
            Self::HeavyTailed(_) => tokio::time::sleep(of.mul_f64(normal(record()).exp())).await,
            Self::Bursty(_) => {
                let passed = server_started.elapsed().as_nanos() % of.as_nanos();
                let passed = Duration::from_nanos(u64::try_from(passed).expect("less than a reply takes"));
                tokio::time::sleep(of.saturating_sub(passed)).await;
            }
        }
    }
}

/// A number from the normal distribution (Box and Muller, 1958).
fn normal(number: u64) -> f64 {
    let (radius, angle) = (share(2 * number), share(2 * number + 1));
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A share in `0.0..1.0`, the same for a number every time.
#[expect(clippy::cast_precision_loss, reason = "32 bits fit")]
fn share(number: u64) -> f64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 27)) >> 32) as f64 / 2_f64.powi(32)
}
