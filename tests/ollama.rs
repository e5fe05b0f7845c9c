//! Ollama's own interface: the request as documented, the replies as they come.

use evenhand::model::{Delivery, Failure, Finish, OllamaOptions, Provider, Request, Response, Think, Usage};
use serde_json::{Value, json};

use crate::support::requests::{plain, structured};
use crate::support::server::{RecordedRequest, Reply, Server, ollama_answer};

async fn ask(
    options: OllamaOptions,
    request: &Request,
    reply: Reply,
) -> (Result<Response, Failure>, RecordedRequest) {
    let server = Server::script([reply]).await;
    let model = Provider::ollama(options.at(server.url("/"))).unwrap();
    (model.complete(request).await, server.only_request())
}

fn streaming() -> OllamaOptions {
    let mut options = OllamaOptions::new("llama3.2");
    options.connection.delivery = Delivery::Stream;
    options
}

fn told(failure: &Failure) -> String {
    format!("{:?}: {}; remedy: {}", failure.kind, failure.detail, failure.remedy.as_deref().unwrap_or("-"))
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let mut options = OllamaOptions {
        num_ctx: Some(8_192),
        keep_alive: Some("10m".into()),
        think: Some(Think::Off),
        logprobs: Some(4),
        ..OllamaOptions::new("llama3.2")
    };
    options.options.insert("num_thread".into(), json!(1));
    options.connection.extra.insert("truncate".into(), json!(false));
    let mut request = structured();
    request.parameters.seed = Some(101);
    request.repeat = 1;
    let (response, asked) = ask(options, &request, ollama_answer("{}")).await;
    assert_eq!(response.unwrap().notes, Vec::<String>::new());
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/api/chat"));
    insta::assert_json_snapshot!(asked.body);
}

#[tokio::test]
async fn a_reply_tells_its_times_and_tokens() {
    let response = ask(OllamaOptions::new("llama3.1"), &plain(), ollama_answer("yes")).await.0.unwrap();
    assert_eq!((response.text.as_str(), response.finish), ("yes", Finish::Stop));
    assert_eq!(
        response.usage,
        Usage { prompt_tokens: Some(34), cached_tokens: None, completion_tokens: Some(12) }
    );
    let timing = response.timing;
    assert_eq!(
        (timing.load_ms, timing.prompt_ms, timing.decode_ms),
        (Some(574.751_416), Some(1_502.0), Some(175.0))
    );
    assert_eq!(timing.first_token_ms, None);
}

fn piece(content: &str) -> Value {
    json!({"model": "llama3.2", "created_at": "2023-08-04T08:52:19.385406455-07:00",
        "message": {"role": "assistant", "content": content, "images": null}, "done": false})
}

fn last(reason: &str) -> Value {
    json!({"model": "llama3.2", "message": {"role": "assistant", "content": ""}, "done_reason": reason, "done": true,
        "load_duration": 1_334_875, "prompt_eval_count": 26, "prompt_eval_duration": 342_546_000,
        "eval_count": 282, "eval_duration": 4_535_599_000_u64})
}

#[tokio::test]
async fn a_stream_is_put_together_wherever_it_is_cut() {
    let thinking = json!({"message": {"role": "assistant", "content": "", "thinking": "hmm"}, "done": false});
    let mut scored = piece("🦀");
    scored["logprobs"] =
        json!([{"token": "🦀", "logprob": -0.5, "top_logprobs": [{"token": "x", "logprob": -2.0}]}]);
    for size in [1, 2, 3, 7, 4_096] {
        let lines = [thinking.clone(), piece("größer ✓ "), scored.clone(), last("length")];
        let response = ask(streaming(), &plain(), Reply::ndjson(lines).cut_every(size)).await.0.unwrap();
        assert_eq!((response.text.as_str(), response.finish), ("größer ✓ 🦀", Finish::Length));
        assert_eq!((response.usage.prompt_tokens, response.timing.decode_ms), (Some(26), Some(4_535.599)));
        assert_eq!(response.logprobs[0].top, [("x".to_owned(), -2.0)]);
        assert!(response.timing.first_token_ms.is_some());
    }
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let error = |status: u16, message: &str| Reply::error(status, json!({"error": message}));
    let replies = [
        (OllamaOptions::new("x"), error(404, "model 'x' not found")),
        (OllamaOptions::new("x"), error(400, "\"x\" does not support thinking")),
        (
            OllamaOptions::new("x"),
            error(500, "model requires more system memory (5.6 GiB) than is available (2.1 GiB)"),
        ),
        (OllamaOptions::new("x"), error(500, "invalid JSON schema in format")),
        (
            OllamaOptions::new("x"),
            error(503, "server busy, please try again.  maximum pending requests exceeded"),
        ),
        (OllamaOptions::new("x"), Reply::json(last("load"))),
        (OllamaOptions::new("x"), Reply::json(piece("half"))),
        (
            streaming(),
            Reply::ndjson([
                piece("half"),
                json!({"error": "an error was encountered while running the model"}),
            ]),
        ),
        (streaming(), Reply::ndjson([piece("half")])),
        (streaming(), Reply::ndjson([piece("half")]).closed_after(30)),
    ];
    let mut texts = Vec::new();
    for (options, reply) in replies {
        texts.push(told(&ask(options, &structured(), reply).await.0.unwrap_err()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_full_context_is_noted() {
    let options = OllamaOptions { num_ctx: Some(46), ..OllamaOptions::new("m") };
    let server = Server::responder(|request| match request.path.as_str() {
        "/api/chat" => ollama_answer("yes"),
        _ => Reply::status(404),
    })
    .await;
    let response = Provider::ollama(options.at(server.url(""))).unwrap().complete(&plain()).await.unwrap();
    assert_eq!(response.notes, ["the context of 46 tokens was full; the answer may be cut off"]);
}

#[tokio::test]
async fn warming_loads_and_asks_nothing() {
    let server = Server::script([
        Reply::json(loaded()),
        Reply::json(json!({"models": []})),
        Reply::error(404, json!({"error": "model 'm' not found"})),
    ])
    .await;
    let options =
        OllamaOptions { keep_alive: Some("-1".into()), num_ctx: Some(512), ..OllamaOptions::new("m") };
    let model = Provider::ollama(options.at(server.url("/api/chat"))).unwrap();
    assert_eq!(model.load().await, Ok(None));
    let asked = server.requests().remove(0);
    let expected = json!({"model": "m", "messages": [], "stream": false, "options": {"num_ctx": 512}, "truncate": false, "shift": false, "keep_alive": -1});
    assert_eq!((asked.path.as_str(), asked.body), ("/api/chat", expected));
    assert_eq!(model.load().await.unwrap_err().remedy.as_deref(), Some("get the model with `ollama pull m`"));
}

fn loaded() -> Value {
    json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done_reason": "load", "done": true, "load_duration": 2_000_000})
}

#[tokio::test]
async fn the_digest_is_found_with_and_without_a_tag() {
    let tags = json!({"models": [
        {"name": "qwen2.5:latest", "model": "qwen2.5:latest", "size": 1, "digest": "aaa"},
        {"name": "llama3.2:3b", "model": "llama3.2:3b", "size": 1, "digest": "bbb"},
    ]});
    let server = Server::responder(move |request| {
        Reply::json(if request.path == "/api/tags" { tags.clone() } else { loaded() })
    })
    .await;
    let digest = async |name: &str| {
        let options = OllamaOptions::new(name).at(server.url(""));
        Provider::ollama(options).unwrap().load().await
    };
    assert_eq!(digest("qwen2.5").await, Ok(Some("aaa".into())));
    assert_eq!(digest("qwen2.5:latest").await, Ok(Some("aaa".into())));
    assert_eq!(digest("llama3.2:3b").await, Ok(Some("bbb".into())));
    assert_eq!(digest("llama3.2").await, Ok(None));
    let asked: Vec<String> =
        server.requests().iter().take(3).map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(asked, ["GET /api/ps", "POST /api/chat", "GET /api/tags"]);
}
