//! Delays as exact as the system's sleep. The runtime's own timer ends them with its next tick, up to two
//! milliseconds late: a tenth of a delay of 20 ms.

use std::collections::BTreeMap;
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
}

impl Alarms {
    /// Waits.
    pub async fn wait(&self, delay: Duration) {
        self.set(delay).await.expect("everybody is woken");
    }

    fn set(&self, delay: Duration) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        let mut by_delay = self.by_delay.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = by_delay.entry(delay).or_insert_with(alarm);
        alarm.send((Instant::now() + delay, wake)).expect("its thread runs as long as this process");
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
