//! A server's limits, through the command: its headers, tokens a minute, an account without credit.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::server::{Reply, openai_answer};

/// When requests came.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<Instant>>>);

impl Times {
    /// Notes a request; how many came before it.
    fn note(&self) -> usize {
        let mut times = self.0.lock().unwrap();
        times.push(Instant::now());
        times.len() - 1
    }

    /// The time between two requests, by their numbers.
    fn between(&self, first: usize, second: usize) -> Duration {
        let times = self.0.lock().unwrap();
        times[second] - times[first]
    }
}

/// A server whose first reply has these headers, and a project that asks it one call at a time.
fn told_at_first(first: impl Fn(Reply) -> Reply + Send + Sync + 'static) -> (Mock, Project, Times) {
    let times = Times::default();
    let noted = times.clone();
    let server = Mock::new(move |request| {
        let reply = openai_answer(&fair_answer(request));
        if noted.note() == 0 { first(reply) } else { reply }
    });
    let project = Project::judged_at(&server.url("/v1"));
    (server, project, times)
}

/// The first request, the wait that it asks for, and the other five or six.
fn waits(first: impl Fn(Reply) -> Reply + Send + Sync + 'static, requests: usize) {
    let (server, project, times) = told_at_first(first);
    let ran = project.evenhand(&["run", "--concurrency", "1", "--no-cache"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(server.requests().len(), requests);
    assert!(times.between(0, 1) >= Duration::from_millis(50), "{:?}", times.between(0, 1));
}

#[test]
fn a_wait_after_429_is_kept() {
    waits(|_| Reply::status(429).header("retry-after", "0.05"), 7);
    waits(|_| Reply::status(429).header("retry-after-ms", "50"), 7);
}

#[test]
fn limits_that_are_used_up_are_waited_for_before_the_server_refuses() {
    let requests = |reply: Reply| {
        reply.header("x-ratelimit-remaining-requests", 0).header("x-ratelimit-reset-requests", "50ms")
    };
    waits(requests, 6);
    // Less is left than the next call may take.
    let tokens = |reply: Reply| {
        reply.header("x-ratelimit-remaining-tokens", 20).header("x-ratelimit-reset-tokens", "50ms")
    };
    waits(tokens, 6);
}

#[test]
fn tokens_a_minute_are_kept() {
    let times = Times::default();
    let noted = times.clone();
    let server = Mock::new(move |request| {
        noted.note();
        let text = fair_answer(request);
        Reply::json(json!({
            "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 900, "completion_tokens": 100},
        }))
    });
    let models = "max_tokens = 100\ntokens_per_minute = 240000\n";
    let project =
        Project::polite(&format!("{}{models}", crate::support::project::openai(&server.url("/v1"))));
    let ran = project.evenhand(&["run", "--concurrency", "1", "--no-cache"]);
    assert_eq!(ran.code, 0, "{ran}");
    // 4,000 tokens a second, of which the first second's worth goes at once: the sixth call comes after
    // the 5,000 of the others.
    assert!(times.between(0, 5) >= Duration::from_millis(200), "{:?}", times.between(0, 5));
}

#[test]
fn an_account_without_credit_ends_the_run() {
    // Anthropic tells it with the status of a bad request.
    let server = Mock::new(|_| {
        let message = "Your credit balance is too low to access the Anthropic API.";
        let error = json!({"type": "invalid_request_error", "message": message});
        Reply::error(400, json!({"type": "error", "error": error}))
    });
    let models =
        format!("[models.judge]\nmodel = \"anthropic/claude-mock-1\"\nbase_url = \"{}\"\n", server.url(""));
    let project = Project::polite(&models);
    project.write("polite.jsonl", many());
    let ran = project.evenhand(&["run", "--concurrency", "1"]);
    assert_eq!(server.requests().len(), 3, "it does not ask for every record");
    assert_snapshot!(ran);
}

/// Forty records.
fn many() -> String {
    (0..40)
        .map(|n| json!({"id": format!("r{n}"), "text": format!("r{n}: please")}).to_string() + "\n")
        .collect()
}

/// Refuses the strictest form; takes the next.
fn refusing_json_schema() -> Mock {
    Mock::new(|request| {
        if request.body["response_format"]["type"] == "json_schema" {
            let message = "response_format: json_schema is not supported by this model";
            return Reply::error(400, json!({"error": {"message": message, "param": "response_format"}}));
        }
        openai_answer(r#"{"reasoning": "It says please.", "verdict": "yes"}"#)
    })
}

#[test]
fn a_call_made_again_without_a_form_counts_in_the_budget() {
    let server = refusing_json_schema();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--limit", "1", "--max-calls", "1"]);
    assert_eq!((ran.code, server.requests().len()), (5, 1), "{ran}");
    let before = server.requests().len();
    // Three forms are tried before one is taken.
    let ran = project.evenhand(&["run", "--limit", "1", "--max-calls", "3"]);
    assert_eq!((ran.code, server.requests().len() - before), (0, 3), "{ran}");
}
