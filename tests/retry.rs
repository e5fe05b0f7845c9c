//! Trying again: when, how often, and after which wait.

use std::cell::Cell;
use std::time::Duration;

use evenhand::internal::model::Jitter;
use evenhand::model::{Failure, FailureKind, OpenAiOptions, Provider, Response, Retry};
use serde_json::json;
use tokio::time::Instant;

use crate::support::requests::plain;
use crate::support::server::{Reply, Server, openai_answer};

fn failing(kind: FailureKind) -> Failure {
    Failure { tries: 1, ..Failure::new(kind, "no") }
}

/// Runs calls that fail `failures` times; the result and how often it was called.
async fn run(retry: Retry, failures: u32, failure: Failure) -> (Result<Response, Failure>, u32) {
    let calls = Cell::new(0);
    let call = || {
        calls.set(calls.get() + 1);
        let reply = if calls.get() > failures { Ok(Response::default()) } else { Err(failure.clone()) };
        async move { reply }
    };
    let result = retry.run(&Jitter::new(7), call).await;
    (result, calls.get())
}

#[tokio::test(start_paused = true)]
async fn every_try_is_counted() {
    let (result, calls) = run(Retry::default(), 3, failing(FailureKind::Server)).await;
    assert_eq!((result.map(|response| response.retries), calls), (Ok(3), 4));
    let (result, calls) = run(Retry::default(), 9, failing(FailureKind::Timeout)).await;
    assert_eq!((result.map_err(|failure| failure.tries), calls), (Err(5), 5));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_get_better_is_tried_once() {
    for kind in [FailureKind::Refused, FailureKind::BadRequest, FailureKind::Unsupported, FailureKind::Budget]
    {
        let (result, calls) = run(Retry::default(), 9, failing(kind)).await;
        assert_eq!((result.map_err(|failure| failure.tries), calls), (Err(1), 1));
    }
    let never = Retry { max_retries: 0, ..Retry::default() };
    let (result, calls) = run(never, 9, failing(FailureKind::Server)).await;
    assert_eq!((result.map_err(|failure| failure.tries), calls), (Err(1), 1));
    let unsent = Failure::new(FailureKind::Unsupported, "nothing was sent");
    let (result, _) = run(Retry::default(), 9, unsent).await;
    assert_eq!(result.map_err(|failure| failure.tries), Err(0));
}

#[tokio::test(start_paused = true)]
async fn what_a_server_asks_for_is_waited_up_to_a_bound() {
    let retry = Retry { longest_asked: Duration::from_mins(1), ..Retry::default() };
    for (asked_ms, least_s) in [(20_000, 20), (3_600_000, 60)] {
        let started = Instant::now();
        let failure = Failure { retry_after_ms: Some(asked_ms), ..failing(FailureKind::RateLimited) };
        let _ = run(retry, 1, failure).await;
        let waited = started.elapsed();
        assert!(waited >= Duration::from_secs(least_s), "{waited:?}");
        assert!(waited <= Duration::from_millis(least_s * 1000 + 51), "{waited:?}");
    }
}

#[test]
fn waits_grow_to_their_bound_and_hang_on_the_seed() {
    let retry = Retry::default();
    let failure = failing(FailureKind::Server);
    let jitter = Jitter::new(1);
    for retries in 0..40 {
        let bound = (500 * 2_u64.saturating_pow(retries)).min(30_000);
        assert!(retry.wait(retries, &failure, &jitter) <= Duration::from_millis(bound));
    }
    let waits = |seed| {
        let jitter = Jitter::new(seed);
        (0..4).map(|retries| retry.wait(retries, &failure, &jitter)).collect::<Vec<_>>()
    };
    assert_eq!(waits(3), waits(3));
    assert_ne!(waits(3), waits(4));
    let mean: f64 = (0..2_000).map(|_| jitter.share()).sum::<f64>() / 2_000.0;
    assert!((mean - 0.5).abs() < 0.03, "{mean}");
}

#[tokio::test]
async fn a_storm_of_refusals_is_lived_through() {
    let storm =
        Reply::error(429, json!({"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}));
    let server = Server::script([
        storm.clone().header("retry-after-ms", 3),
        storm.clone().header("retry-after", "0"),
        Reply::status(503).header("retry-after", "0.002"),
        openai_answer("yes"),
    ])
    .await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let request = plain();
    let response = Retry::default().run(&Jitter::new(1), || model.complete(&request)).await.unwrap();
    assert_eq!((response.text.as_str(), response.retries), ("yes", 3));
    assert_eq!(server.requests().len(), 4);
}
