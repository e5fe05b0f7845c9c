//! The concurrency limiter: as much as a server takes, and hardly more. The time is virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evenhand::internal::model::{ConcurrencyLimiter, ConcurrencyOptions, RunParts, model_of_run};
use evenhand::model::{Failure, FailureKind, Model, ModelOptions, Provider, Request, Response, Retry};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::support::requests::plain;

/// A server that takes so many calls at a time and refuses the others at once.
#[derive(Default)]
struct Hidden {
    in_flight: AtomicUsize,
    most: AtomicUsize,
    calls: AtomicUsize,
    refused: AtomicUsize,
}

impl Hidden {
    fn provider(self: &Arc<Self>, takes: usize) -> Provider {
        let server = Arc::clone(self);
        Provider::from_fn("mock/hidden", move |request: Request| {
            let server = Arc::clone(&server);
            async move { server.answer(takes, request.repeat).await }
        })
    }

    async fn answer(&self, takes: usize, number: u32) -> Result<Response, Failure> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let result = if now > takes {
            self.refused.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Err(Failure { status: Some(429), tries: 1, ..Failure::new(FailureKind::RateLimited, "too many") })
        } else {
            // 40 to 120 ms, so that calls do not end in step.
            let spread = (u64::from(number) * 37 + call as u64 * 11) % 80;
            tokio::time::sleep(Duration::from_millis(40 + spread)).await;
            Ok(Response::default())
        };
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

fn draw(number: u32) -> Request {
    Request { repeat: number, ..plain() }
}

async fn all(model: &Model, calls: u32) -> usize {
    let requests: Vec<Request> = (0..calls).map(draw).collect();
    let replies = join_all(requests.iter().map(|request| model.complete(request))).await;
    replies.into_iter().flatten().count()
}

/// A model behind this limiter.
fn limited(provider: Provider, options: ModelOptions, limiter: &Arc<ConcurrencyLimiter>) -> Model {
    model_of_run(provider, options, RunParts { limiter: Some(Arc::clone(limiter)), ..RunParts::default() })
}

fn at_most(concurrency: usize) -> Arc<ConcurrencyLimiter> {
    Arc::new(ConcurrencyLimiter::new(ConcurrencyOptions { concurrency, ..ConcurrencyOptions::default() }))
}

#[tokio::test(start_paused = true)]
async fn it_finds_a_hidden_limit_and_stays_under_5_percent_of_refusals() {
    for takes in [3_u8, 10, 40] {
        let server = Arc::new(Hidden::default());
        let limiter = at_most(256);
        let retry = Retry { max_retries: 20, ..Retry::default() };
        let options = ModelOptions { retry, ..ModelOptions::default() };
        let model = limited(server.provider(usize::from(takes)), options, &limiter);
        let started = Instant::now();
        assert_eq!(all(&model, 600).await, 600);
        let refused = server.refused.load(Ordering::SeqCst);
        let calls = server.calls.load(Ordering::SeqCst);
        assert!(refused * 20 < calls, "{takes} at a time: {refused} of {calls} were refused");
        // 80 ms a call on average: the ideal, and what it took.
        let ideal = 0.08 * 600.0 / f64::from(takes);
        let took = started.elapsed().as_secs_f64();
        assert!(took < 2.0 * ideal, "{takes} at a time: {took:.2} s, ideally {ideal:.2} s");
        let off = limiter.limit().abs_diff(usize::from(takes));
        assert!(off <= usize::from(takes / 2 + 1), "{takes}: {}", limiter.limit());
    }
}

#[tokio::test(start_paused = true)]
async fn two_models_of_one_server_share_its_limit() {
    let server = Arc::new(Hidden::default());
    let limiter = at_most(4);
    let model = || limited(server.provider(100), ModelOptions::default(), &limiter);
    let (one, two) = (model(), model());
    let (a, b) = tokio::join!(all(&one, 50), all(&two, 50));
    assert_eq!((a, b), (50, 50));
    assert_eq!(server.most.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn a_wait_the_server_asks_for_holds_everybody() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let started = Instant::now();
    let times = Arc::clone(&asked);
    let provider = Provider::from_fn("mock/busy", move |_| {
        let mut times = times.lock().unwrap();
        times.push(started.elapsed());
        let first = times.len() == 1;
        async move {
            if !first {
                tokio::time::sleep(Duration::from_millis(10)).await;
                return Ok(Response::default());
            }
            let failure = Failure::new(FailureKind::RateLimited, "later");
            Err(Failure { retry_after_ms: Some(3000), status: Some(429), tries: 1, ..failure })
        }
    });
    let model = Model::new(provider, ModelOptions { concurrency: 1, ..ModelOptions::default() });
    assert_eq!(all(&model, 5).await, 5);
    let asked = asked.lock().unwrap();
    assert!(asked[1] >= Duration::from_secs(3), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_and_tokens_a_minute_are_kept() {
    let provider = Provider::from_fn("mock/fast", |_| async { Ok(Response::default()) });
    let options = ConcurrencyOptions { requests_per_minute: Some(120), ..ConcurrencyOptions::default() };
    let limiter = Arc::new(ConcurrencyLimiter::new(options));
    let model = limited(provider, ModelOptions::default(), &limiter);
    let started = Instant::now();
    assert_eq!(all(&model, 22).await, 22);
    // Two a second, of which the first second's worth goes at once.
    let took = started.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(11)).contains(&took), "{took:?}");
}
