//! Anthropic's messages: the request as documented, the replies as they come.

use evenhand::internal::model::Jitter;
use evenhand::model::{
    AnswerForm, AnthropicOptions, Delivery, Failure, FailureKind, Finish, Provider, Request, Response, Retry,
    Secret, Usage, Weigh,
};
use evenhand::model::{Message, Role};
use serde_json::{Value, json};

use crate::support::requests::{plain, structured};
use crate::support::server::{RecordedRequest, Reply, Server, anthropic_answer, anthropic_message};

const KEY: &str = "sk-ant-api03-0123456789";

fn options() -> AnthropicOptions {
    let mut options = AnthropicOptions::new("claude-mock-1");
    options.connection.api_key = Some(Secret::new(KEY));
    options
}

fn streaming() -> AnthropicOptions {
    let mut options = options();
    options.connection.delivery = Delivery::Stream;
    options
}

fn held(form: AnswerForm) -> AnthropicOptions {
    AnthropicOptions { form, ..options() }
}

/// Asks once; what came, and all that was asked.
async fn ask(
    options: AnthropicOptions,
    request: &Request,
    replies: impl IntoIterator<Item = Reply>,
) -> (Result<Response, Failure>, Vec<RecordedRequest>) {
    let server = Server::script(replies).await;
    let model = Provider::anthropic(options.at(server.url(""))).unwrap();
    (model.complete(request).await, server.requests())
}

async fn reply(reply: Reply) -> Result<Response, Failure> {
    ask(options(), &plain(), [reply]).await.0
}

/// An error in the documented form.
fn error(status: u16, kind: &str, message: &str) -> Reply {
    let error = json!({"type": kind, "message": message});
    Reply::error(
        status,
        json!({"type": "error", "error": error, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"}),
    )
}

fn invalid(message: &str) -> Reply {
    error(400, "invalid_request_error", message)
}

/// A record after two demos: all but the last message is the same for every record.
fn with_demos() -> Request {
    let messages = [
        (Role::System, "Judge."),
        (Role::User, "Is 1 + 1 = 2?"),
        (Role::Assistant, "{\"verdict\":\"pass\"}"),
        (Role::User, "Is 1 + 1 = 3?"),
        (Role::Assistant, "{\"verdict\":\"fail\"}"),
        (Role::User, "Is 2 + 2 = 4?"),
    ];
    let messages = messages.map(|(role, text)| Message::new(role, text));
    Request { messages: messages.into(), stable: 5, ..structured() }
}

/// A failure as it is shown, with the port made the same for every run.
fn shown(failure: &Failure) -> String {
    let wait = failure.retry_after_ms.map(|wait| format!("; wait {wait} ms")).unwrap_or_default();
    let remedy = failure.remedy.as_deref().unwrap_or("-");
    let text = format!("{failure}{wait}\n  {remedy}");
    assert!(!text.contains("0123456789"), "{text}");
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    port.replace_all(&text, "127.0.0.1:PORT").into_owned()
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let mut request = with_demos();
    request.parameters.top_p = Some(0.9);
    let mut options = streaming();
    options.connection.headers = vec![("anthropic-beta".into(), Secret::new("context-1m-2025-08-07"))];
    options.connection.extra.insert("output_config".into(), json!({"effort": "low"}));
    options.connection.extra.insert("service_tier".into(), json!("standard_only"));
    let (_, asked) = ask(options, &request, [anthropic_answer("{}")]).await;
    let asked = &asked[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/messages"));
    assert_eq!(asked.header("x-api-key"), Some(KEY));
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(asked.header("anthropic-beta"), Some("context-1m-2025-08-07"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    insta::assert_json_snapshot!(asked.body);
}

#[tokio::test]
async fn a_plain_request_says_no_more_than_it_must() {
    let (response, asked) = ask(options(), &plain(), [anthropic_answer("yes")]).await;
    let response = response.unwrap();
    assert_eq!((response.text.as_str(), response.finish), ("yes", Finish::Stop));
    assert_eq!(response.model.as_deref(), Some("claude-mock-1-20260101"));
    let usage = Usage { prompt_tokens: Some(1_320), cached_tokens: Some(1_000), completion_tokens: Some(12) };
    assert_eq!(response.usage, usage);
    assert!(response.timing.total_ms > 0.0 && response.timing.first_token_ms.is_none());
    assert!(response.notes.is_empty() && response.logprobs.is_empty());
    insta::assert_json_snapshot!(asked[0].body);
}

#[tokio::test]
async fn a_base_in_every_spelling_leads_to_the_same_endpoint() {
    for base in ["", "/", "/v1", "/v1/messages"] {
        let server = Server::script([anthropic_answer("yes")]).await;
        let model = Provider::anthropic(options().at(server.url(base))).unwrap();
        model.complete(&plain()).await.unwrap();
        assert_eq!(server.only_request().path, "/v1/messages");
    }
}

#[tokio::test]
async fn a_conversation_goes_on_after_an_answer_that_was_empty() {
    let mut request = with_demos();
    request.messages.push(Message::new(Role::Assistant, " "));
    request.messages.push(Message::new(Role::User, "Answer again."));
    let (_, asked) = ask(options(), &request, [anthropic_answer("{}")]).await;
    insta::assert_json_snapshot!(asked[0].body["messages"]);
}

#[tokio::test]
async fn a_conversation_without_its_user_is_not_sent() {
    let mut request = plain();
    request.messages.pop();
    let (response, asked) = ask(options(), &request, []).await;
    let failure = response.unwrap_err();
    assert_eq!((failure.kind, failure.tries, asked.len()), (FailureKind::BadRequest, 0, 0));
    insta::assert_snapshot!(shown(&failure));
}

#[tokio::test]
async fn a_tools_input_is_the_answer() {
    let content = json!([
        {"type": "thinking", "thinking": "Hmm.", "signature": "EqQB"},
        {"type": "text", "text": "Here it is."},
        {"type": "tool_use", "id": "toolu_01", "name": "verdict", "input": {"reasoning": "größer ✓", "verdict": "pass"}},
    ]);
    let reply = anthropic_message(content, "tool_use");
    let (response, asked) = ask(held(AnswerForm::Tool), &structured(), [reply]).await;
    let response = response.unwrap();
    assert_eq!(response.text, r#"{"reasoning":"größer ✓","verdict":"pass"}"#);
    assert_eq!((response.finish, response.notes), (Finish::Stop, vec![]));
    insta::assert_json_snapshot!(asked[0].body);
}

#[tokio::test]
async fn nothing_is_asked_of_the_form_where_it_is_plain() {
    let (response, asked) = ask(held(AnswerForm::Plain), &structured(), [anthropic_answer("{}")]).await;
    assert_eq!(response.unwrap().notes, Vec::<String>::new());
    let body = asked[0].body.as_object().unwrap();
    assert_eq!(body.keys().collect::<Vec<_>>(), ["model", "max_tokens", "temperature", "system", "messages"]);
}

#[tokio::test]
async fn a_refused_form_gives_way_visibly_and_is_remembered() {
    let server = Server::responder(|request| match &request.body {
        body if body.get("output_config").is_some() => {
            invalid("output_config: Extra inputs are not permitted")
        }
        _ => anthropic_message(
            json!([{"type": "tool_use", "id": "t", "name": "verdict", "input": {}}]),
            "tool_use",
        ),
    })
    .await;
    let model = Provider::anthropic(options().at(server.url(""))).unwrap();
    for asked in [2, 3] {
        let response = model.complete(&structured()).await.unwrap();
        assert_eq!(response.text, "{}");
        assert_eq!(response.notes, ["the server refused json_schema; tool used"]);
        assert_eq!(server.requests().len(), asked);
    }
    assert!(model.complete(&plain()).await.unwrap().notes.is_empty());
    assert_eq!(server.requests()[3].body.get("tools"), None);
}

#[tokio::test]
async fn the_last_resort_is_plain_text() {
    let replies = [
        invalid("'claude-3-haiku-20240307' does not support output format."),
        invalid("Thinking may not be enabled when tool_choice forces tool use."),
        anthropic_answer("{}"),
    ];
    let (response, asked) = ask(options(), &structured(), replies).await;
    assert_eq!(response.unwrap().notes, ["the server refused json_schema and tool; plain text used"]);
    assert_eq!((asked[2].body.get("tools"), asked[2].body.get("output_config")), (None, None));
}

#[tokio::test]
async fn a_demanded_form_does_not_give_way() {
    let refusals = [
        (AnswerForm::JsonSchema, "output_config.format.schema: Invalid schema: too many parameters"),
        (AnswerForm::Tool, "Thinking may not be enabled when tool_choice forces tool use."),
    ];
    for (form, refusal) in refusals {
        let (response, asked) = ask(held(form), &structured(), [invalid(refusal)]).await;
        let failure = response.unwrap_err();
        assert_eq!((failure.kind, asked.len()), (FailureKind::BadRequest, 1));
        assert_eq!(failure.remedy.as_deref(), Some("use structured = \"auto\" with this server"));
    }
}

#[tokio::test]
async fn refused_parameters_are_left_out_visibly() {
    let server = Server::responder(|request| {
        let is_sent = |name: &str| request.body.get(name).is_some();
        match (is_sent("temperature"), is_sent("top_p")) {
            (true, true) => invalid(
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            ),
            (true, false) => invalid("`temperature` is deprecated for this model."),
            _ => anthropic_answer("ok"),
        }
    })
    .await;
    let model = Provider::anthropic(options().at(server.url(""))).unwrap();
    let mut request = plain();
    request.parameters.top_p = Some(0.9);
    request.parameters.seed = Some(7);
    let first = model.complete(&request).await.unwrap();
    insta::assert_json_snapshot!(first.notes);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(model.complete(&request).await.unwrap().notes, first.notes);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_server_that_knows_no_marks_gets_none() {
    let replies =
        [invalid("system.0.cache_control: Extra inputs are not permitted"), anthropic_answer("yes")];
    let (response, asked) = ask(options(), &with_demos(), replies).await;
    assert_eq!(response.unwrap().notes, ["claude-mock-1 takes no cache_control; it was left out"]);
    assert!(asked[0].body.to_string().contains("cache_control"));
    assert!(!asked[1].body.to_string().contains("cache_control"));
}

#[tokio::test]
async fn nothing_is_learned_from_what_failed_in_the_end() {
    let refuse = || invalid("output_config.format and tools: no schema of this kind");
    let replies = [refuse(), refuse(), refuse(), anthropic_answer("{}")];
    let server = Server::script(replies).await;
    let model = Provider::anthropic(options().at(server.url(""))).unwrap();
    let failure = model.complete(&structured()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert_eq!(model.complete(&structured()).await.unwrap().notes, Vec::<String>::new());
}

#[tokio::test]
async fn the_stop_reason_is_told() {
    let text = json!([{"type": "text", "text": "half"}]);
    let finish = async |reason: &str| reply(anthropic_message(text.clone(), reason)).await.unwrap().finish;
    assert_eq!(finish("stop_sequence").await, Finish::Stop);
    assert_eq!(finish("max_tokens").await, Finish::Length);
    assert_eq!(finish("model_context_window_exceeded").await, Finish::Length);
    assert_eq!(finish("refusal").await, Finish::Filtered);
    let details = json!({"type": "refusal", "category": "cyber", "explanation": null});
    let refused =
        json!({"type": "message", "content": [], "stop_reason": "refusal", "stop_details": details});
    let refused = reply(Reply::json(refused)).await.unwrap();
    assert_eq!((refused.text.as_str(), refused.finish), ("", Finish::Filtered));
    assert_eq!(refused.notes, ["the server refused the answer: cyber"]);
}

#[tokio::test]
async fn every_error_says_what_to_do() {
    let limited = error(429, "rate_limit_error", "This request would exceed your organization's rate limit");
    let spent = json!({"type": "rate_limit_error", "message": "Spend limit reached", "details": {"error_code": "enforced_spend_limit_reached"}});
    let replies = [
        error(401, "authentication_error", &format!("invalid x-api-key {KEY}")),
        error(403, "permission_error", "Your API key does not have permission to use this model"),
        error(404, "not_found_error", "model: claude-mock-1"),
        invalid("Your credit balance is too low to access the Anthropic API."),
        error(402, "billing_error", "Payment failed"),
        invalid("prompt is too long: 210000 tokens > 200000 maximum"),
        error(413, "request_too_large", "Request exceeds the maximum size"),
        limited.clone().header("retry-after", 7),
        limited
            .header("anthropic-ratelimit-requests-remaining", 0)
            .header("anthropic-ratelimit-requests-reset", "2020-01-01T00:00:00Z"),
        Reply::error(429, json!({"type": "error", "error": spent})),
        error(500, "api_error", "Internal server error"),
        error(529, "overloaded_error", "Overloaded").header("retry-after", 3),
        Reply::json(json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})),
        Reply::json(json!({"type": "message", "model": "x"})),
        Reply::body("text/html", "<!doctype html><title>Console</title>"),
        anthropic_answer("yes").closed_after(40),
    ];
    let mut texts = Vec::new();
    for each in replies {
        texts.push(shown(&reply(each).await.unwrap_err()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_storm_of_refusals_is_lived_through() {
    let limited = error(429, "rate_limit_error", "Number of requests has exceeded your rate limit");
    let server = Server::script([
        limited.clone().header("retry-after", "0.002"),
        limited.header("retry-after-ms", 3),
        error(529, "overloaded_error", "Overloaded").header("retry-after", "0"),
        anthropic_answer("yes"),
    ])
    .await;
    let model = Provider::anthropic(options().at(server.url(""))).unwrap();
    let request = plain();
    let response = Retry::default().run(&Jitter::new(1), || model.complete(&request)).await.unwrap();
    assert_eq!((response.text.as_str(), response.retries), ("yes", 3));
    assert_eq!(server.requests().len(), 4);
}

/// A stream as documented: its kinds of events by name, each with its data.
fn stream(events: impl IntoIterator<Item = Value>) -> Reply {
    let event =
        |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or("unknown"));
    let body: String = events.into_iter().map(event).collect();
    Reply::body("text/event-stream; charset=utf-8", body).cut_every(usize::MAX)
}

fn start() -> Value {
    let usage = json!({"input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 40, "output_tokens": 1});
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude-mock-1-20260101", "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage}})
}

fn block(index: u64, content: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": content})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(text: &str) -> Value {
    delta(0, json!({"type": "text_delta", "text": text}))
}

fn input(partial_json: &str) -> Value {
    delta(1, json!({"type": "input_json_delta", "partial_json": partial_json}))
}

fn stop(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 15}})
}

fn done() -> Value {
    json!({"type": "message_stop"})
}

fn ping() -> Value {
    json!({"type": "ping"})
}

#[tokio::test]
async fn a_stream_is_put_together_wherever_it_is_cut() {
    let events = [
        start(),
        block(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "Hmm."})),
        delta(0, json!({"type": "signature_delta", "signature": "EqQB"})),
        json!({"type": "content_block_stop", "index": 0}),
        block(1, json!({"type": "text", "text": ""})),
        ping(),
        text("{\"reasoning\":\"größer ✓ "),
        text("🦀\",\"verdict\":\"pass\"}"),
        json!({"type": "something_new", "message": 3}),
        stop("end_turn"),
        done(),
    ];
    for size in [1, 2, 3, 5, 64, 4_096] {
        let reply = stream(events.clone()).cut_every(size);
        let response = ask(streaming(), &plain(), [reply]).await.0.unwrap();
        assert_eq!(response.text, "{\"reasoning\":\"größer ✓ 🦀\",\"verdict\":\"pass\"}");
        assert_eq!(
            (response.finish, response.model.as_deref()),
            (Finish::Stop, Some("claude-mock-1-20260101"))
        );
        let usage = Usage { prompt_tokens: Some(49), cached_tokens: Some(40), completion_tokens: Some(15) };
        assert_eq!(response.usage, usage);
        let first = response.timing.first_token_ms.expect("a stream has a first token");
        assert!(first <= response.timing.total_ms);
    }
}

#[tokio::test]
async fn a_tools_input_is_streamed_in_pieces() {
    let tool = |id: &str| json!({"type": "tool_use", "id": id, "name": "verdict", "input": {}});
    let events = [
        start(),
        block(0, json!({"type": "text", "text": ""})),
        text("I'll answer."),
        block(1, tool("toolu_1")),
        input(""),
        input("{\"verdi"),
        input("ct\":\"pass\"}"),
        block(2, tool("toolu_2")),
        input("{\"verdict\":\"fail\"}"),
        stop("tool_use"),
        done(),
    ];
    let options = AnthropicOptions { form: AnswerForm::Tool, ..streaming() };
    let response = ask(options, &structured(), [stream(events)]).await.0.unwrap();
    // Two tools with two answers: both are kept, and how they are read is told as with two answers in a text.
    let both = "{\"verdict\":\"pass\"}\n{\"verdict\":\"fail\"}";
    assert_eq!((response.text.as_str(), response.finish), (both, Finish::Stop));
    assert!(response.timing.first_token_ms.is_some());
}

#[tokio::test]
async fn the_end_of_a_stream_decides_what_it_is_worth() {
    let finish = async |events: Vec<Value>| {
        ask(streaming(), &plain(), [stream(events)]).await.0.map(|response| response.finish)
    };
    assert_eq!(finish(vec![start(), text("half"), stop("max_tokens")]).await, Ok(Finish::Length));
    assert_eq!(finish(vec![start(), stop("refusal"), done()]).await, Ok(Finish::Filtered));
    let broken =
        |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "the stream broke"}});
    let mut texts = Vec::new();
    for events in [
        vec![start(), text("half")],
        vec![done()],
        vec![start(), text("half"), broken("overloaded_error")],
        vec![start(), broken("invalid_request_error")],
        vec![start(), broken("something_new")],
        vec![json!({"type": "content_block_delta"})],
    ] {
        texts.push(shown(&finish(events).await.unwrap_err()));
    }
    let cut = stream([start(), text("half"), stop("end_turn")]).closed_after(500);
    texts.push(shown(&ask(streaming(), &plain(), [cut]).await.0.unwrap_err()));
    let page = Reply::body("text/html", "<!doctype html>\n<title>Console</title>\n");
    texts.push(shown(&ask(streaming(), &plain(), [page]).await.0.unwrap_err()));
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_stream_leaves_its_connection_to_the_next_call() {
    let server =
        Server::responder(|_| stream([start(), text("yes"), stop("end_turn"), done()]).cut_every(9)).await;
    let model = Provider::anthropic(streaming().at(server.url(""))).unwrap();
    for _ in 0..3 {
        model.complete(&plain()).await.unwrap();
    }
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_read_as_it_comes() {
    let (response, asked) = ask(streaming(), &plain(), [anthropic_answer("whole")]).await;
    assert_eq!(asked[0].body["stream"], json!(true));
    assert_eq!(response.unwrap().text, "whole");
}

#[tokio::test]
async fn weighing_is_not_possible_here() {
    let weigh = Weigh { opening: "{\"verdict\":\"".into(), candidates: vec!["pass\"".into()] };
    let (response, asked) = ask(options(), &Request { weigh: Some(weigh), ..structured() }, []).await;
    let failure = response.unwrap_err();
    assert_eq!((failure.kind, failure.tries, asked.len()), (FailureKind::Unsupported, 0, 0));
    insta::assert_snapshot!(shown(&failure));
}

#[test]
fn names_and_addresses_are_fit_to_print() {
    let model = Provider::anthropic(options().at("https://me:hunter22@host/anthropic/v1/")).unwrap();
    assert_eq!(
        (model.name().as_str(), model.base_url()),
        ("anthropic/claude-mock-1", Some("https://host/anthropic"))
    );
    insta::assert_snapshot!(format!("{:?}\n{model:?}", options()));
}
