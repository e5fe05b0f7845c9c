//! The ramp: how soon a server is asked as much as the user allows, and what it refuses until then.
//!
//! The servers are simulated and the time is virtual, so the figures are the same on every machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evenhand::internal::model::{ConcurrencyLimiter, ConcurrencyOptions, RunParts, model_of_run};
use evenhand::model::{Failure, FailureKind, ModelOptions, Provider, Request, Response, Retry};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep, sleep_until};

use crate::support::requests::plain;

/// How long a reply takes, in milliseconds.
#[derive(Clone, Copy, Debug)]
enum Delay {
    Fixed(u32),
    /// From half to one and a half of it, evenly.
    Jittery(u32),
    /// The median of a lognormal distribution with σ 1.
    HeavyTailed(u32),
    /// Replies go out together, so often.
    Bursty(u32),
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    delay: Delay,
    /// The most calls at a time. Others are refused with this status, after `refuses_after_ms`.
    takes: usize,
    status: u16,
    refuses_after_ms: u64,
}

impl Kind {
    fn of(delay: Delay) -> Self {
        Self { delay, takes: usize::MAX, status: 429, refuses_after_ms: 1 }
    }
}

struct Server {
    kind: Kind,
    started: Instant,
    in_flight: AtomicUsize,
    calls: AtomicUsize,
    refused: AtomicUsize,
}

impl Server {
    fn start(kind: Kind) -> Arc<Self> {
        let zero = AtomicUsize::default;
        Arc::new(Self { kind, started: Instant::now(), in_flight: zero(), calls: zero(), refused: zero() })
    }

    async fn answer(&self) -> Result<Response, Failure> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.in_flight.fetch_add(1, Ordering::SeqCst) >= self.kind.takes {
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            self.refused.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(self.kind.refuses_after_ms)).await;
            let failure = Failure::new(kind_of(self.kind.status), "too many");
            return Err(Failure { status: Some(self.kind.status), tries: 1, ..failure });
        }
        sleep_until(self.replies_at(call)).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::default())
    }

    fn replies_at(&self, call: usize) -> Instant {
        let now = Instant::now();
        let ms = match self.kind.delay {
            Delay::Fixed(ms) => f64::from(ms),
            Delay::Jittery(ms) => f64::from(ms) * (0.5 + share(2 * call)),
            Delay::HeavyTailed(ms) => {
                let normal = (-2.0 * (1.0 - share(2 * call)).ln()).sqrt()
                    * (std::f64::consts::TAU * share(2 * call + 1)).cos();
                f64::from(ms) * normal.exp()
            }
            Delay::Bursty(ms) => {
                let passed = now.duration_since(self.started).as_secs_f64() * 1e3 / f64::from(ms);
                (passed.floor() + 1.0 - passed) * f64::from(ms)
            }
        };
        now + Duration::from_secs_f64(ms / 1e3)
    }

    fn refused_share(&self) -> f64 {
        let of = |count: &AtomicUsize| u32::try_from(count.load(Ordering::SeqCst)).unwrap();
        f64::from(of(&self.refused)) / f64::from(of(&self.calls))
    }
}

fn kind_of(status: u16) -> FailureKind {
    if status == 429 { FailureKind::RateLimited } else { FailureKind::Server }
}

/// A share in `0.0..1.0`, the same for a number every time.
fn share(number: usize) -> f64 {
    let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    f64::from(u32::try_from((mixed ^ (mixed >> 27)) >> 32).unwrap()) / 2_f64.powi(32)
}

/// The seconds that a plain loop takes for `calls` calls, at most `at_a_time` at once.
async fn plain_loop(kind: Kind, at_a_time: usize, calls: usize) -> f64 {
    let server = Server::start(kind);
    let all = stream::iter(0..calls).map(|_| server.answer()).buffer_unordered(at_a_time);
    assert_eq!(all.filter(|result| std::future::ready(result.is_ok())).count().await, calls);
    server.started.elapsed().as_secs_f64()
}

fn behind(options: ConcurrencyOptions) -> RunParts {
    RunParts { limiter: Some(Arc::new(ConcurrencyLimiter::new(options))), ..RunParts::default() }
}

/// The seconds that evenhand takes for them, and the server afterwards. Every call succeeds in the end.
async fn evenhand(kind: Kind, at_a_time: usize, calls: usize) -> (f64, Arc<Server>) {
    let server = Server::start(kind);
    let asked = Arc::clone(&server);
    let provider = Provider::from_fn("mock/ramp", move |_: Request| {
        let server = Arc::clone(&asked);
        async move { server.answer().await }
    });
    let limiter = ConcurrencyOptions { concurrency: at_a_time, ..ConcurrencyOptions::default() };
    let options = ModelOptions {
        retry: Retry { max_retries: 20, ..Retry::default() },
        wait_seed: Some(1),
        ..ModelOptions::default()
    };
    let model = model_of_run(provider, options, behind(limiter));
    let request = plain();
    let all = stream::iter(0..calls).map(|_| model.complete(&request)).buffer_unordered(at_a_time);
    assert_eq!(all.filter(|result| std::future::ready(result.is_ok())).count().await, calls);
    (server.started.elapsed().as_secs_f64(), server)
}

/// evenhand's calls a second, as a share of the plain loop's.
async fn speed(delay: Delay, calls: usize) -> f64 {
    let kind = Kind::of(delay);
    plain_loop(kind, 256, calls).await / evenhand(kind, 256, calls).await.0
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_asked_about_as_fast_as_by_a_plain_loop() {
    let fixed = [200, 500, 1000].map(Delay::Fixed);
    let others = [
        Delay::Jittery(200),
        Delay::Jittery(500),
        Delay::HeavyTailed(500),
        Delay::Bursty(250),
        Delay::Bursty(1000),
    ];
    for delay in fixed.into_iter().chain(others) {
        let speed = speed(delay, 2560).await;
        assert!(speed >= 0.82, "{delay:?}: {speed:.3} over 2,560 calls");
    }
    for delay in [Delay::Fixed(200), Delay::Fixed(1000), Delay::Jittery(500), Delay::Bursty(250)] {
        let speed = speed(delay, 10_240).await;
        assert!(speed >= 0.94, "{delay:?}: {speed:.3} over 10,240 calls");
    }
}

#[tokio::test(start_paused = true)]
async fn up_to_16_at_a_time_are_asked_for_at_once() {
    let (took, server) = evenhand(Kind::of(Delay::Fixed(20)), 16, 256).await;
    assert!((0.32..0.33).contains(&took), "{took}");
    assert!(server.refused_share() < f64::EPSILON);
}

#[tokio::test(start_paused = true)]
async fn a_hidden_limit_refuses_under_5_percent_whatever_the_server_is_like() {
    let delays = [
        Delay::Fixed(80),
        Delay::Fixed(500),
        Delay::Jittery(500),
        Delay::HeavyTailed(300),
        Delay::Bursty(250),
    ];
    for (takes, at_a_time) in [(3, 16), (3, 256), (10, 64), (10, 256), (40, 64), (40, 256)] {
        for (delay, refuses_after_ms) in
            delays.into_iter().flat_map(|delay| [1, 15, 30, 100].map(|ms| (delay, ms)))
        {
            if takes == 40 && refused_later_than_replied(delay, refuses_after_ms) {
                continue;
            }
            let status = if refuses_after_ms == 1 { 429 } else { 503 };
            let kind = Kind { takes, status, refuses_after_ms, ..Kind::of(delay) };
            let (took, server) = evenhand(kind, at_a_time, 600).await;
            let share = server.refused_share();
            assert!(share < 0.05, "{kind:?} at {at_a_time}: {:.1} % refused", 100.0 * share);
            let ideal = plain_loop(Kind::of(delay), takes, 600).await;
            assert!(took < 1.6 * ideal, "{kind:?} at {at_a_time}: {took:.1} s, ideally {ideal:.1} s");
        }
    }
}

/// No rule that grows with the replies can hold there: they say that the server takes what was sent, before
/// the first refusal comes. 17 % are refused by one that takes 40.
fn refused_later_than_replied(delay: Delay, refuses_after_ms: u64) -> bool {
    matches!(delay, Delay::Fixed(ms) if u64::from(ms) < refuses_after_ms)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_while_it_waits_does_not_stop_the_ramp() {
    let server = Server::start(Kind::of(Delay::Fixed(10_000)));
    let asked = Arc::clone(&server);
    let provider = Provider::from_fn("mock/ramp", move |_: Request| {
        let server = Arc::clone(&asked);
        async move { server.answer().await }
    });
    let options = ConcurrencyOptions { concurrency: 48, ..ConcurrencyOptions::default() };
    let model = model_of_run(provider, ModelOptions::default(), behind(options));
    let request = plain();
    // The 17th is the first that waits for room, and so the one that wakes up for the next step.
    let calls = stream::iter(1..=48).map(|number| {
        let patience = Duration::from_millis(if number == 17 { 10 } else { 60_000 });
        tokio::time::timeout(patience, model.complete(&request))
    });
    let done = calls.buffer_unordered(48).filter(|result| std::future::ready(result.is_ok())).count().await;
    assert_eq!(done, 47);
    let took = server.started.elapsed().as_secs_f64();
    assert!(took < 10.3, "{took} s: all were in flight after a quarter of a second");
}
