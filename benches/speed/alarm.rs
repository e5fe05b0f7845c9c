//! Delays that are as long as they say. The runtime's own timer ends them with its next tick, and a sleep
//! ends when the system gets round to it: a delay of 20 ms took 20.3 to 20.5 ms.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

type Waiting = (Instant, oneshot::Sender<()>);

/// A thread for each length of delay. Those who wait equally long are woken in the order of their coming.
#[derive(Default)]
pub struct Alarms {
    by_delay: Mutex<BTreeMap<Duration, Sender<Waiting>>>,
    /// By so many nanoseconds wakers come late, as the last ones did.
    late: AtomicU64,
}

/// A later waking is a busy server's, and stays what it is.
const MOST: Duration = Duration::from_micros(600);

impl Alarms {
    /// Waits.
    pub async fn wait(&self, delay: Duration) {
        let until = Instant::now() + delay;
        let late = Duration::from_nanos(self.late.load(Ordering::Relaxed));
        self.set(delay, until.checked_sub(late).unwrap_or(until)).await.expect("everybody is woken");
        self.learn(late, until);
    }

    /// The next ones are woken earlier by what this one came late, an eighth of it at a time.
    fn learn(&self, allowed: Duration, until: Instant) {
        let now = Instant::now();
        let needed = (allowed + now.saturating_duration_since(until))
            .saturating_sub(until.saturating_duration_since(now))
            .min(MOST);
        let late = (allowed * 7 + needed) / 8;
        self.late.store(u64::try_from(late.as_nanos()).unwrap_or(0), Ordering::Relaxed);
    }

    fn set(&self, delay: Duration, until: Instant) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        let mut by_delay = self.by_delay.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = by_delay.entry(delay).or_insert_with(alarm);
        alarm.send((until, wake)).expect("its thread runs as long as this process");
        woken
    }
}

fn alarm() -> Sender<Waiting> {
    let (waiting, come) = channel::<Waiting>();
    thread::spawn(move || {
        for (until, wake) in come {
            let left = until.saturating_duration_since(Instant::now());
            // Even a sleep of nothing takes the system a twentieth of a millisecond.
            if !left.is_zero() {
                thread::sleep(left);
            }
            // Nobody is there any more if the connection was closed.
            let _ = wake.send(());
        }
    });
    waiting
}
