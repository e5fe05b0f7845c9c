//! Every way a call goes wrong below the providers, and what it says.

use std::time::Duration;

use evenhand::model::{
    Delivery, Failure, FailureKind, OllamaOptions, OpenAiOptions, Provider, Secret, Timeouts,
};
use serde_json::{Value, json};

use crate::support::requests::plain;
use crate::support::server::{Reply, Server, nobody, openai_answer};

fn options(base_url: String) -> OpenAiOptions {
    let mut options = OpenAiOptions::new("gpt-x").at(base_url);
    options.connection.api_key = Some(Secret::new("sk-test-123456"));
    options
}

async fn failure_of(options: OpenAiOptions) -> Failure {
    Provider::openai(options).unwrap().complete(&plain()).await.expect_err("this call has to fail")
}

async fn failure(reply: Reply) -> Failure {
    let server = Server::script([reply]).await;
    let failure = failure_of(options(server.url("/v1"))).await;
    server.only_request();
    failure
}

/// A failure as it is shown, with the port made the same for every run.
fn shown(failure: &Failure) -> String {
    let mut text = format!("{:?} - {failure}", failure.kind);
    if let Some(wait) = failure.retry_after_ms {
        text = format!("{text}\n  wait {wait} ms");
    }
    if let Some(remedy) = &failure.remedy {
        text = format!("{text}\n  {remedy}");
    }
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    port.replace_all(&text, "127.0.0.1:PORT").into_owned()
}

fn said(status: u16, message: &str, code: &str) -> Reply {
    Reply::error(
        status,
        json!({"error": {"message": message, "type": "t", "param": Value::Null, "code": code}}),
    )
}

#[tokio::test]
async fn every_status_says_what_to_do() {
    let long = format!("This model's maximum context length is 8 tokens. {}", "and more ".repeat(60));
    let replies = [
        said(401, "Incorrect API key provided: sk-test-123456. Find yours.", "invalid_api_key"),
        said(402, "Insufficient Balance", "invalid_request_error"),
        said(403, "Country not supported", "unsupported_country"),
        said(404, "The model `gpt-x` does not exist", "model_not_found"),
        said(408, "took too long", "timeout"),
        said(409, "try again", "conflict"),
        said(429, "Rate limit reached", "rate_limit_exceeded").header("retry-after", 7),
        said(429, "You exceeded your current quota", "insufficient_quota").header("retry-after", 7),
        said(400, &long, "context_length_exceeded"),
        Reply::error(
            400,
            json!({"error": {"code": 400, "message": "request (9 tokens) exceeds the available context size (8 tokens)",
                "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}}),
        ),
        said(400, "The response was filtered", "content_filter"),
        said(413, "too much", "too_large"),
        Reply::error(422, json!({"detail": [{"loc": ["body", "messages"], "msg": "Field required"}]})),
        Reply::status(301).header("location", "https://elsewhere.example/v1?key=1"),
        Reply::body("text/html", "<html>nginx</html>"),
        Reply::status(500),
        Reply::error(502, json!("Bad gateway")),
        Reply::status(529).header("retry-after", 2),
        said(501, "no such thing", "not_implemented"),
    ];
    let mut texts = Vec::new();
    for reply in replies {
        texts.push(shown(&failure(reply).await));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_request_longer_than_the_context_is_told_in_many_words() {
    let words = [
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens.",
        "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens in the messages, Please reduce the length of the messages.",
        "Prompt contains 5000 tokens, too large for model with 4096 maximum context length",
        "Input validation error: `inputs` must have less than 4095 tokens. Given: 5000",
        "The input token count (5000) exceeds the maximum number of tokens allowed (4096).",
        "Input is too long for requested model.",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ];
    for words in words {
        for reply in [
            Reply::error(
                400,
                json!({"object": "error", "message": words, "type": "BadRequestError", "code": 400}),
            ),
            Reply::error(500, json!({"error": words})),
            Reply::json(json!({"error": {"message": words}})),
        ] {
            let failure = failure(reply).await;
            assert_eq!(failure.kind, FailureKind::BadRequest, "{failure}");
            assert!(
                !failure.kind.is_retryable() && failure.detail.contains("longer than the model's context")
            );
            let remedy = "shorten the record, or use a model or server with a longer context";
            assert_eq!(failure.remedy.as_deref(), Some(remedy), "{words}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let openai = failure_of(options(nobody("/v1").await)).await;
    let ollama = Provider::ollama(OllamaOptions::new("m").at(nobody("").await)).unwrap();
    let ollama = ollama.complete(&plain()).await.unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", shown(&openai), shown(&ollama)));
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_no_reply() {
    let whole = openai_answer(r#"{"verdict":"pass"}"#);
    let mut texts = Vec::new();
    for reply in
        [whole.clone().closed_after(40), whole.clone().reset_after(40), whole.cut_every(7).closed_after(40)]
    {
        let failure = failure(reply).await;
        assert_eq!(failure.kind, FailureKind::BadReply);
        texts.push(shown(&failure));
    }
    for body in ["", "{\"choices\": [", "{\"choices\": 3}", "nonsense with sk-payload", "<!doctype html>"] {
        texts.push(shown(&failure(Reply::body("application/json", body)).await));
    }
    texts.push(shown(&failure(Reply::body("application/json", b"\"\xff\"")).await));
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_connection_that_closes_without_a_word() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let hang_up = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let failure = failure_of(options(base)).await;
    hang_up.abort();
    assert_eq!(failure.kind, FailureKind::Connection, "{failure}");
}

#[tokio::test]
async fn waiting_has_an_end() {
    let quick = |total, idle| Timeouts {
        total: Duration::from_millis(total),
        idle: Duration::from_millis(idle),
        ..Timeouts::default()
    };
    let half = Reply::sse(["{\"choices\":[]}", "[DONE]"]).silent_after(9);
    let cases = [
        (Reply::never(), quick(60, 5_000), Delivery::Whole),
        (openai_answer("late").after(Duration::from_secs(5)), quick(60, 5_000), Delivery::Stream),
        (openai_answer("half").silent_after(30), quick(60, 5_000), Delivery::Whole),
        (half, quick(5_000, 60), Delivery::Stream),
        (
            openai_answer("slow").cut_every(1).pausing(Duration::from_millis(20)),
            quick(90, 5_000),
            Delivery::Whole,
        ),
    ];
    let mut texts = Vec::new();
    for (reply, timeouts, delivery) in cases {
        let server = Server::script([reply]).await;
        let mut options = options(server.url("/v1"));
        options.connection.timeouts = timeouts;
        options.connection.delivery = delivery;
        let failure = failure_of(options).await;
        assert_eq!(failure.kind, FailureKind::Timeout);
        texts.push(shown(&failure));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_reply_without_end_is_cut() {
    let server = Server::script([Reply::body("application/json", vec![b' '; (32 << 20) + 1])]).await;
    let failure = failure_of(options(server.url("/v1"))).await;
    insta::assert_snapshot!(shown(&failure));
}
