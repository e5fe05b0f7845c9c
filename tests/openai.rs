//! OpenAI's chat completions: the request as documented, the replies as they come.

use evenhand::model::{
    AnswerForm, Delivery, Failure, FailureKind, Finish, OpenAiOptions, Provider, Request, Response, Secret,
    TokenLogprob, Usage,
};
use serde_json::{Value, json};

use crate::support::requests::{plain, structured};
use crate::support::server::{RecordedRequest, Reply, Server, openai_answer};

/// Asks once; what came, and all that was asked.
async fn ask(
    options: OpenAiOptions,
    request: &Request,
    replies: impl IntoIterator<Item = Reply>,
) -> (Result<Response, Failure>, Vec<RecordedRequest>) {
    let server = Server::script(replies).await;
    let model = Provider::openai(options.at(server.url("/v1"))).unwrap();
    (model.complete(request).await, server.requests())
}

async fn reply(reply: Reply) -> Result<Response, Failure> {
    ask(OpenAiOptions::new("m"), &plain(), [reply]).await.0
}

fn streaming() -> OpenAiOptions {
    let mut options = OpenAiOptions::new("m");
    options.connection.delivery = Delivery::Stream;
    options
}

fn refusal(status: u16, message: &str, parameter: &str) -> Reply {
    let error = json!({"message": message, "type": "invalid_request_error", "param": parameter, "code": "unsupported_parameter"});
    Reply::error(status, json!({"error": error}))
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let mut options = OpenAiOptions { logprobs: Some(5), model: "gpt-4o-mini".into(), ..streaming() };
    options.connection.api_key = Some(Secret::new("sk-test"));
    options.connection.headers = vec![("OpenAI-Project".into(), Secret::new("proj_1"))];
    options.connection.extra.insert("service_tier".into(), json!("flex"));
    options.connection.extra.insert("top_p".into(), json!(0.5));
    let mut request = structured();
    request.parameters.seed = Some(40);
    request.parameters.top_p = Some(0.9);
    request.repeat = 2;
    let server = Server::script([openai_answer("{}")]).await;
    Provider::openai(options.at(server.url("/v1/chat/completions?api-version=1")))
        .unwrap()
        .complete(&request)
        .await
        .unwrap();
    let asked = server.only_request();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/chat/completions?api-version=1"));
    assert_eq!(asked.header("authorization"), Some("Bearer sk-test"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("openai-project"), Some("proj_1"));
    assert_eq!(asked.header("user-agent"), Some(concat!("evenhand/", env!("CARGO_PKG_VERSION"))));
    insta::assert_json_snapshot!(asked.body);
}

#[tokio::test]
async fn a_plain_request_says_no_more_than_it_must() {
    let (response, asked) = ask(OpenAiOptions::new("m"), &plain(), [openai_answer("yes")]).await;
    let response = response.unwrap();
    assert_eq!(response.text, "yes");
    assert_eq!(response.finish, Finish::Stop);
    assert_eq!(response.model.as_deref(), Some("mock-1"));
    assert_eq!(
        response.usage,
        Usage { prompt_tokens: Some(19), cached_tokens: Some(16), completion_tokens: Some(10) }
    );
    assert!(response.timing.total_ms > 0.0 && response.timing.first_token_ms.is_none());
    assert!(response.notes.is_empty());
    insta::assert_json_snapshot!(asked[0].body);
    assert_eq!(asked[0].header("authorization"), None);
}

#[tokio::test]
async fn calls_at_the_same_time_keep_their_own_answers() {
    let server = Server::responder(|request| openai_answer(request.last_message())).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..16 {
        let model = model.clone();
        let mut request = plain();
        request.messages[1].content = number.to_string();
        calls.spawn(async move { (number.to_string(), model.complete(&request).await.unwrap().text) });
    }
    for (asked, answered) in calls.join_all().await {
        assert_eq!(asked, answered);
    }
}

#[tokio::test]
async fn a_stream_is_put_together_wherever_it_is_cut() {
    let piece = |delta: Value, finish: Value| {
        json!({"id": "c", "object": "chat.completion.chunk", "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}], "usage": null})
    };
    let events = [
        piece(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null),
        piece(json!({"reasoning_content": "hmm"}), Value::Null),
        piece(json!({"content": "{\"reasoning\":\"größer ✓ "}), Value::Null),
        piece(json!({"content": "🦀\",\"verdict\":\"pass\"}"}), Value::Null),
        piece(json!({}), json!("stop")),
        json!({"model": "gpt-4o-mini-2024-07-18", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 8}}),
    ];
    let mut body: String = events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect();
    body = format!(": keep-alive\n\n{body}data: [DONE]\n\n");
    for size in [1, 2, 3, 5, 64, 4_096] {
        let reply = Reply::body("text/event-stream; charset=utf-8", body.clone()).cut_every(size);
        let response = ask(streaming(), &plain(), [reply]).await.0.unwrap();
        assert_eq!(response.text, "{\"reasoning\":\"größer ✓ 🦀\",\"verdict\":\"pass\"}");
        assert_eq!(response.model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!((response.usage.prompt_tokens, response.usage.completion_tokens), (Some(9), Some(8)));
        let first = response.timing.first_token_ms.expect("a stream has a first token");
        assert!(first <= response.timing.total_ms);
    }
}

#[tokio::test]
async fn a_stream_leaves_its_connection_to_the_next_call() {
    let events = [word("yes", json!("stop")).to_string(), "[DONE]".to_owned()];
    let server = Server::responder(move |_| Reply::sse(events.clone()).cut_every(9)).await;
    let model = Provider::openai(streaming().at(server.url("/v1"))).unwrap();
    for _ in 0..3 {
        model.complete(&plain()).await.unwrap();
    }
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
}

fn word(text: &str, finish: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})
}

#[tokio::test]
async fn the_end_of_a_stream_decides_what_it_is_worth() {
    let finish = |events: Vec<String>| async {
        ask(streaming(), &plain(), [Reply::sse(events)]).await.0.map(|response| response.finish)
    };
    let half = word("half", Value::Null).to_string();
    let done = "[DONE]".to_owned();
    assert_eq!(finish(vec![half.clone(), done.clone()]).await, Ok(Finish::Stop));
    assert_eq!(finish(vec![half.clone(), word("", json!("length")).to_string()]).await, Ok(Finish::Length));
    assert_eq!(
        finish(vec![word("", json!("content_filter")).to_string(), done.clone()]).await,
        Ok(Finish::Filtered)
    );
    let mut texts = Vec::new();
    let refused =
        json!({"choices": [{"delta": {"refusal": "I can't."}, "finish_reason": "stop"}]}).to_string();
    let broken = json!({"error": {"message": "Overloaded", "code": 503}}).to_string();
    for events in [
        vec![half.clone()],
        vec![done.clone()],
        vec![refused, done.clone()],
        vec![half.clone(), broken],
        vec!["{".into()],
    ] {
        let failure = finish(events).await.unwrap_err();
        texts.push(format!("{:?}: {}", failure.kind, failure.detail));
    }
    let cut = Reply::sse([half]).closed_after(20);
    texts.push(ask(streaming(), &plain(), [cut]).await.0.unwrap_err().detail);
    let page = Reply::body("text/html", "<!doctype html>\n<title>Sign in</title>\n");
    let page = ask(streaming(), &plain(), [page]).await.0.unwrap_err();
    assert_eq!(page.kind, FailureKind::WrongAddress);
    texts.push(page.detail);
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_read_as_it_comes() {
    let (response, asked) = ask(streaming(), &plain(), [openai_answer("whole")]).await;
    assert_eq!(asked[0].body["stream_options"], json!({"include_usage": true}));
    assert_eq!(response.unwrap().text, "whole");
}

#[tokio::test]
async fn messages_come_in_several_forms() {
    let message = |message: Value, finish: &str| {
        Reply::json(json!({"choices": [{"message": message, "finish_reason": finish}]}))
    };
    let text = |content: Value| async move {
        reply(message(json!({"content": content, "tool_calls": []}), "length"))
            .await
            .map(|r| (r.text, r.finish))
    };
    assert_eq!(text(Value::Null).await, Ok((String::new(), Finish::Length)));
    let parts = json!([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]);
    assert_eq!(text(parts).await, Ok(("ab".into(), Finish::Length)));
    let filtered = reply(message(json!({"content": "x"}), "content_filter")).await.unwrap();
    assert_eq!(filtered.finish, Finish::Filtered);
    let refused = reply(message(json!({"content": null, "refusal": "I can't help with that."}), "stop"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.detail.as_str()),
        (FailureKind::Refused, "the model refused to answer: I can't help with that.")
    );
    for empty in [json!({"choices": []}), json!({"choices": null}), json!({}), json!({"choices": [{}]})] {
        assert_eq!(
            reply(Reply::json(empty)).await.map_err(|failure| failure.kind),
            Err(FailureKind::BadReply)
        );
    }
    let disguised =
        reply(Reply::json(json!({"error": {"message": "Rate limited", "code": 429}}))).await.unwrap_err();
    assert_eq!((disguised.kind, disguised.status), (FailureKind::RateLimited, Some(429)));
}

#[tokio::test]
async fn log_probabilities_are_handed_on() {
    let content = json!([{"token": "Yes", "logprob": -0.25, "bytes": [89, 101, 115],
        "top_logprobs": [{"token": "Yes", "logprob": -0.25, "bytes": null}, {"token": "No", "logprob": -1.5, "bytes": null}]}]);
    let body = json!({"choices": [{"message": {"content": "Yes"}, "logprobs": {"content": content}, "finish_reason": "stop"}]});
    let top = vec![("Yes".to_owned(), -0.25), ("No".to_owned(), -1.5)];
    let expected = vec![TokenLogprob { token: "Yes".into(), logprob: -0.25, top }];
    assert_eq!(reply(Reply::json(body)).await.unwrap().logprobs, expected);
    let streamed = json!({"choices": [{"delta": {"content": "Yes"}, "logprobs": {"content": content}, "finish_reason": "stop"}]});
    assert_eq!(ask(streaming(), &plain(), [Reply::sse([streamed])]).await.0.unwrap().logprobs, expected);
}

#[tokio::test]
async fn a_refused_form_gives_way_visibly_and_is_remembered() {
    let server = Server::responder(|request| match request.body["response_format"]["type"].as_str() {
        Some("json_schema") => {
            refusal(400, "'response_format.type' must be one of text, json_object", "response_format")
        }
        _ => openai_answer("{}"),
    })
    .await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    for asked in [3, 4] {
        let response = model.complete(&structured()).await.unwrap();
        assert_eq!(response.notes, ["the server refused json_schema; json_object used"]);
        assert_eq!(server.requests().len(), asked);
    }
    assert!(model.complete(&plain()).await.unwrap().notes.is_empty());
    let schema = |request: &RecordedRequest| {
        request.body["response_format"]["json_schema"]["schema"]["properties"]["reasoning"].clone()
    };
    let first: Vec<Value> = server.requests().iter().take(2).map(schema).collect();
    assert_eq!(first, [json!({"type": "string", "maxLength": 80}), json!({"type": "string"})]);
}

#[tokio::test]
async fn the_last_resort_is_plain_text() {
    let refuse = || refusal(422, "response_format: Extra inputs are not permitted", "response_format");
    let (response, asked) =
        ask(OpenAiOptions::new("m"), &structured(), [refuse(), refuse(), refuse(), openai_answer("{}")])
            .await;
    assert_eq!(response.unwrap().notes, ["the server refused json_schema and json_object; plain text used"]);
    assert_eq!(asked[3].body.get("response_format"), None);
}

#[tokio::test]
async fn a_demanded_form_does_not_give_way() {
    let options = OpenAiOptions { form: AnswerForm::JsonSchema, ..OpenAiOptions::new("m") };
    let (response, asked) =
        ask(options, &structured(), [refusal(400, "json_schema is not supported", "response_format")]).await;
    let failure = response.unwrap_err();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (failure.kind, failure.remedy.as_deref()),
        (FailureKind::BadRequest, Some("use structured = \"auto\" with this server"))
    );
    for (form, kind) in
        [(AnswerForm::JsonObject, json!({"type": "json_object"})), (AnswerForm::Plain, Value::Null)]
    {
        let options = OpenAiOptions { form, ..OpenAiOptions::new("m") };
        let (response, asked) = ask(options, &structured(), [openai_answer("{}")]).await;
        assert_eq!(response.unwrap().notes, Vec::<String>::new());
        assert_eq!(asked[0].body["response_format"], kind);
    }
}

#[tokio::test]
async fn nothing_is_learned_from_what_failed_in_the_end() {
    let refuse = || Reply::error(400, json!({"error": {"message": "this image is unsupported"}}));
    let replies = [refuse(), refuse(), refuse(), refuse(), openai_answer("{}")];
    let server = Server::script(replies).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    assert_eq!(
        model.complete(&structured()).await.map_err(|failure| failure.kind),
        Err(FailureKind::BadRequest)
    );
    assert_eq!(model.complete(&structured()).await.unwrap().notes, Vec::<String>::new());
}

#[tokio::test]
async fn refused_parameters_are_left_out_visibly() {
    let server = Server::responder(|request| {
        let is_sent = |name: &str| request.body.get(name).is_some();
        let refused = ["max_tokens", "temperature", "seed", "stream_options", "logprobs"]
            .into_iter()
            .find(|name| is_sent(name));
        match refused {
            Some(name) => refusal(
                400,
                &format!("Unsupported parameter: '{name}' is not supported with this model."),
                name,
            ),
            None => openai_answer("ok"),
        }
    })
    .await;
    let options = OpenAiOptions { logprobs: Some(0), ..streaming() }.at(server.url("/v1"));
    let model = Provider::openai(options).unwrap();
    let mut request = plain();
    request.parameters.seed = Some(1);
    let first = model.complete(&request).await.unwrap();
    insta::assert_json_snapshot!(first.notes);
    assert_eq!(server.requests().len(), 6);
    assert_eq!(model.complete(&request).await.unwrap().notes, first.notes);
    let asked = server.requests();
    assert_eq!(asked.len(), 7);
    insta::assert_json_snapshot!(asked[6].body);
}

#[tokio::test]
async fn reasoning_models_get_what_they_take() {
    let options = OpenAiOptions { logprobs: Some(3), ..OpenAiOptions::new("o4-mini") };
    let (response, asked) = ask(options, &structured(), [openai_answer("{}")]).await;
    insta::assert_json_snapshot!(response.unwrap().notes);
    let body = asked[0].body.as_object().unwrap();
    assert_eq!(
        body.keys().collect::<Vec<_>>(),
        ["model", "messages", "max_completion_tokens", "response_format"]
    );
}

#[tokio::test]
async fn times_that_a_server_tells_are_kept() {
    let timings =
        json!({"cache_n": 30, "prompt_n": 4, "prompt_ms": 12.5, "predicted_n": 9, "predicted_ms": 80.25});
    let body =
        json!({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "timings": timings});
    let timing = reply(Reply::json(body)).await.unwrap().timing;
    assert_eq!((timing.prompt_ms, timing.decode_ms), (Some(12.5), Some(80.25)));
}
