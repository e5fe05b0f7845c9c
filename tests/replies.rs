//! Replies in the forms that servers really send: the answer in another place, streams that nobody asked for,
//! odd side fields, errors in other words, answers that the server's own validation refused.

use evenhand::model::{
    AnthropicOptions, Delivery, Failure, FailureKind, Finish, OllamaOptions, OpenAiOptions, PassageKind,
    Provider, Response, Usage,
};
use serde_json::{Value, json};

use crate::support::requests::structured;
use crate::support::server::{RecordedRequest, Reply, Server, openai_answer};

const ANSWER: &str = r#"{"reasoning":"größer ✓","verdict":"pass"}"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Api {
    OpenAi,
    Anthropic,
    Ollama,
}

const APIS: [Api; 3] = [Api::OpenAi, Api::Anthropic, Api::Ollama];
const BOTH: [Delivery; 2] = [Delivery::Whole, Delivery::Stream];

async fn asked(
    api: Api,
    delivery: Delivery,
    replies: impl IntoIterator<Item = Reply>,
) -> (Result<Response, Failure>, Vec<RecordedRequest>) {
    let server = Server::script(replies).await;
    let request = structured();
    let result = match api {
        Api::OpenAi => {
            let mut options = OpenAiOptions::new("m").at(server.url("/v1"));
            options.connection.delivery = delivery;
            Provider::openai(options).unwrap().complete(&request).await
        }
        Api::Anthropic => {
            let mut options = AnthropicOptions::new("m").at(server.url(""));
            options.connection.delivery = delivery;
            Provider::anthropic(options).unwrap().complete(&request).await
        }
        Api::Ollama => {
            let mut options = OllamaOptions::new("m").at(server.url(""));
            options.connection.delivery = delivery;
            Provider::ollama(options).unwrap().complete(&request).await
        }
    };
    (result, server.requests())
}

async fn ask(api: Api, delivery: Delivery, reply: Reply) -> Result<Response, Failure> {
    let (result, requests) = asked(api, delivery, [reply]).await;
    assert_eq!(requests.len(), 1, "{api:?}");
    result
}

/// A whole reply with a message, as each interface has it.
fn message(api: Api, message: Value) -> Value {
    match api {
        Api::OpenAi => json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}),
        Api::Anthropic => {
            let mut whole = json!({"type": "message", "role": "assistant", "stop_reason": "end_turn"});
            whole.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
            whole
        }
        Api::Ollama => json!({"message": message, "done": true, "done_reason": "stop"}),
    }
}

async fn heard(api: Api, content: Value) -> Response {
    ask(api, Delivery::Whole, Reply::json(message(api, content))).await.unwrap()
}

fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

/// The last piece; its choice has no number.
fn end(reason: &str) -> Value {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]})
}

async fn streamed(deltas: impl IntoIterator<Item = Value>) -> Result<Response, Failure> {
    let events: Vec<Value> = deltas.into_iter().map(delta).chain([end("stop")]).collect();
    ask(Api::OpenAi, Delivery::Stream, Reply::sse(events)).await
}

#[tokio::test]
async fn content_is_read_as_text_parts_or_an_object() {
    let answer: Value = serde_json::from_str(ANSWER).unwrap();
    let (head, tail) = ANSWER.split_at(12);
    let contents = [
        json!([{"type": "text", "text": ANSWER}]),
        json!([{"type": "output_text", "text": head, "annotations": []}, {"type": "output_text", "text": tail}]),
        json!([head, tail]),
        json!([{"type": "thinking", "thinking": [{"type": "text", "text": "{\"verdict\":\"fail\"}"}]}, {"type": "text", "text": ANSWER}]),
        json!([{"type": "text", "text": {"value": ANSWER, "annotations": []}}]),
        json!([{"text": ANSWER}]),
        json!({"type": "text", "text": ANSWER}),
        json!({"role": "model", "parts": [{"text": "hm", "thought": true}, {"text": ANSWER}]}),
        answer.clone(),
        json!([answer.clone()]),
        json!([{"type": "json", "json": answer.clone()}]),
    ];
    for api in APIS {
        for content in &contents {
            let response = heard(api, json!({"content": content})).await;
            assert_eq!(response.text, ANSWER, "{api:?} {content}");
            assert_eq!(response.beside, [], "{api:?} {content}");
        }
        let parsed = heard(api, json!({"content": answer.clone()})).await;
        assert_eq!(parsed.notes, ["the content came as an object, not as text; it was read as JSON"]);
        let image = heard(api, json!({"content": [{"type": "image", "image_url": "x"}]})).await;
        assert_eq!((image.text.as_str(), image.beside[0].kind), ("", PassageKind::Other));
    }
    let parsed = heard(Api::OpenAi, json!({"content": null, "parsed": answer})).await;
    assert_eq!(parsed.text, ANSWER);
}

#[tokio::test]
async fn the_arguments_of_a_tool_call_are_the_answer_where_there_is_no_text() {
    let answer: Value = serde_json::from_str(ANSWER).unwrap();
    let calls = [
        (
            json!({"tool_calls": [{"id": "c", "type": "function", "function": {"name": "v", "arguments": ANSWER}}]}),
            "tool_calls[0].function.arguments",
        ),
        (
            json!({"tool_calls": [{"function": {"name": "v", "arguments": answer}}]}),
            "tool_calls[0].function.arguments",
        ),
        (
            json!({"tool_calls": {"function": {"name": "v", "arguments": answer}}}),
            "tool_calls[0].function.arguments",
        ),
        (
            json!({"tool_calls": [{"type": "custom", "custom": {"name": "v", "input": ANSWER}}]}),
            "tool_calls[0].custom.input",
        ),
        (json!({"function_call": {"name": "v", "arguments": ANSWER}}), "function_call.arguments"),
    ];
    for api in [Api::OpenAi, Api::Ollama] {
        for (call, place) in &calls {
            for content in [Value::Null, json!(""), json!(" \n"), json!([])] {
                let mut call = call.clone();
                call.as_object_mut().unwrap().insert("content".into(), content);
                let response = heard(api, call).await;
                assert_eq!(response.text, ANSWER);
                assert_eq!(response.notes, [format!("the answer was read from {place}")]);
                assert_eq!(response.beside, []);
            }
        }
    }
    let with_text =
        json!({"content": "I call it.", "tool_calls": [{"function": {"name": "v", "arguments": ANSWER}}]});
    let response = heard(Api::OpenAi, with_text).await;
    assert_eq!((response.text.as_str(), response.beside[0].text.as_str()), ("I call it.", ANSWER));
    assert_eq!(response.beside[0].kind, PassageKind::ToolCall);
    let input_as_text = json!({"content": [{"type": "tool_use", "name": "v", "input": ANSWER}]});
    assert_eq!(heard(Api::Anthropic, input_as_text).await.text, ANSWER);
}

#[tokio::test]
async fn tool_calls_and_thoughts_are_put_together_from_a_stream() {
    let (head, tail) = ANSWER.split_at(16);
    let call = |extra: Value, arguments: &str| {
        let mut call = json!({"index": 0, "function": {"arguments": arguments}});
        call.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"tool_calls": [call]})
    };
    let response = streamed([
        json!({"role": "assistant", "content": null, "reasoning_content": "so "}),
        json!({"reasoning_content": "be it"}),
        call(json!({"id": "c", "type": "function"}), head),
        call(json!({}), tail),
    ]);
    let response = response.await.unwrap();
    assert_eq!((response.text.as_str(), response.beside.len()), (ANSWER, 0));
    assert!(response.timing.first_token_ms.is_some());
    let legacy = streamed([
        json!({"function_call": {"name": "v", "arguments": head}}),
        json!({"function_call": {"arguments": tail}}),
    ]);
    assert_eq!(legacy.await.unwrap().text, ANSWER);
    let thoughts = streamed([json!({"reasoning": "th"}), json!({"reasoning": "ink"})]).await.unwrap();
    assert_eq!((thoughts.text.as_str(), thoughts.beside[0].text.as_str()), ("", "think"));
    let refused = streamed([json!({"refusal": "I "}), json!({"refusal": "won't."})]).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.detail.as_str()),
        (FailureKind::Refused, "the model refused to answer: I won't.")
    );
    assert!(refused.remedy.is_some());
}

#[tokio::test]
async fn thoughts_are_kept_where_there_is_no_text_and_never_become_it() {
    let fields = [
        ("reasoning_content", json!({"content": null, "reasoning_content": ANSWER})),
        ("reasoning", json!({"content": "", "reasoning": ANSWER})),
        ("thinking", json!({"content": "", "thinking": ANSWER})),
        (
            "reasoning_details",
            json!({"content": null, "reasoning_details": [{"type": "reasoning.text", "text": ANSWER}]}),
        ),
        ("content", json!({"content": [{"type": "thinking", "thinking": ANSWER, "signature": "x"}]})),
    ];
    for api in APIS {
        for (place, fields) in &fields {
            let response = heard(api, fields.clone()).await;
            assert_eq!(response.text.trim(), "", "{api:?} {place}");
            let [passage] = &response.beside[..] else { panic!("{api:?} {place}: {:?}", response.beside) };
            assert_eq!(
                (passage.kind, passage.place.as_str(), passage.text.as_str()),
                (PassageKind::Thoughts, *place, ANSWER)
            );
        }
        let both = heard(api, json!({"content": ANSWER, "reasoning_content": "hm"})).await;
        assert_eq!((both.text.as_str(), both.beside.len()), (ANSWER, 0));
    }
}

/// The events of a stream, as each interface has them.
fn pieces(api: Api) -> Vec<Value> {
    let (head, tail) = ANSWER.split_at(16);
    match api {
        Api::OpenAi => vec![
            delta(json!({"role": "assistant", "content": ""})),
            delta(json!({"content": head})),
            delta(json!({"content": tail})),
            end("stop"),
        ],
        Api::Anthropic => {
            let text = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
            vec![
                json!({"type": "message_start", "message": {"model": "m", "content": [], "usage": {"input_tokens": 3}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                text(head),
                text(tail),
                json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
                json!({"type": "message_stop"}),
            ]
        }
        Api::Ollama => {
            let piece =
                |text: &str| json!({"message": {"role": "assistant", "content": text}, "done": false});
            vec![
                piece(head),
                piece(tail),
                json!({"message": {"content": ""}, "done": true, "done_reason": "stop"}),
            ]
        }
    }
}

#[tokio::test]
async fn a_stream_is_read_whether_or_not_it_was_asked_for_and_whatever_its_type() {
    for api in APIS {
        let data: Vec<String> = pieces(api).iter().map(Value::to_string).collect();
        let events = |before: &str, after: &str| {
            data.iter().map(|data| format!("{before}{data}{after}")).collect::<String>()
        };
        let bodies = [
            events("data: ", "\n\n") + "data: [DONE]\n\n",
            events("data: ", "\n\n"),
            events("data:", "\r\n\r\n") + "data: [DONE]",
            events(": PROCESSING\n\ndata: ", "\n\n"),
            format!("\u{feff}{}", events("data: ", "\n\n")),
            format!("\n\n{}", events("event: message\nid: 1\nretry: 5\ndata: ", "\n\n")),
            events("data: ", "\n") + "data: [DONE]\n",
            events("data: ", "\n\ndata: ping\n\n"),
            events("", "\n"),
            events("", "\r\n\r\n"),
        ];
        for body in &bodies {
            for kind in ["text/event-stream", "application/json", "text/plain; charset=utf-8"] {
                for delivery in BOTH {
                    let reply = Reply::body(kind, body.clone()).cut_every(7);
                    let response = ask(api, delivery, reply).await;
                    let response = response.unwrap_or_else(|failure| panic!("{api:?} {body}: {failure}"));
                    assert_eq!(
                        (response.text.as_str(), response.finish),
                        (ANSWER, Finish::Stop),
                        "{api:?} {body}"
                    );
                }
            }
        }
        let whole = message(api, json!({"content": ANSWER}));
        for body in [whole.to_string(), format!("\u{feff} {whole:#}\n"), format!("data: {whole}\n\n")] {
            for kind in ["text/event-stream", "application/json", "application/octet-stream"] {
                for delivery in BOTH {
                    let response = ask(api, delivery, Reply::body(kind, body.clone())).await.unwrap();
                    assert_eq!(response.text, ANSWER, "{api:?} {body}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_broke_off_is_sent_again_and_what_is_no_json_is_not() {
    for api in APIS {
        for delivery in BOTH {
            let half = pieces(api)[..2].iter().map(|piece| format!("data: {piece}\n\n")).collect::<String>();
            let failure =
                ask(api, delivery, Reply::body("text/event-stream", half.clone())).await.unwrap_err();
            assert!(failure.kind.is_retryable(), "{api:?}: {failure}");
            let failure = ask(api, delivery, Reply::body("text/event-stream", half).closed_after(40))
                .await
                .unwrap_err();
            assert!(failure.kind.is_retryable(), "{api:?}: {failure}");
            let whole = message(api, json!({"content": ANSWER}));
            let failure = ask(api, delivery, Reply::json(whole).closed_after(30)).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::BadReply, "{api:?}");
            for body in
                ["OK", "upstream connect error", "{'choices': []}", "no healthy upstream\n", "\"\u{1}"]
            {
                let failure = ask(api, delivery, Reply::body("text/plain", body)).await.unwrap_err();
                assert_eq!(failure.kind, FailureKind::NotJson, "{api:?} {body}: {failure}");
                assert!(!failure.kind.is_retryable() && failure.remedy.is_some());
            }
            let page = Reply::body("application/json", "\u{feff}\n<!doctype html><title>Sign in</title>");
            let failure = ask(api, delivery, page).await.unwrap_err();
            assert_eq!((failure.kind, failure.kind.is_retryable()), (FailureKind::WrongAddress, false));
        }
    }
}

#[tokio::test]
async fn odd_counts_are_noted_and_cost_nothing() {
    let odd = [
        (json!(-35), None),
        (json!(12.0), Some(12)),
        (json!("12"), Some(12)),
        (json!(12.5), None),
        (json!([12]), None),
        (json!({"n": 1}), None),
        (json!(1e30), None),
        (json!(true), None),
        (json!("many"), None),
    ];
    for api in APIS {
        let (prompt, completion) = match api {
            Api::OpenAi => ("prompt_tokens", "completion_tokens"),
            Api::Anthropic => ("input_tokens", "output_tokens"),
            Api::Ollama => ("prompt_eval_count", "eval_count"),
        };
        let counted = |usage: Value| {
            let mut whole = message(api, json!({"content": ANSWER}));
            let fields = whole.as_object_mut().unwrap();
            match api {
                Api::Ollama => fields.extend(usage.as_object().cloned().unwrap_or_default()),
                _ => drop(fields.insert("usage".into(), usage)),
            }
            Reply::json(whole)
        };
        for (value, read) in &odd {
            let response =
                ask(api, Delivery::Whole, counted(json!({prompt: 7, completion: value}))).await.unwrap();
            assert_eq!(response.text, ANSWER);
            let told = (response.usage.prompt_tokens, response.usage.completion_tokens);
            assert_eq!(told, (Some(7), *read), "{api:?} {value}");
            assert!(
                response.notes.len() == 1 && response.notes[0].contains(completion),
                "{:?}",
                response.notes
            );
        }
        for missing in [json!({prompt: null, completion: null}), json!({}), Value::Null] {
            let response = ask(api, Delivery::Whole, counted(missing)).await.unwrap();
            assert_eq!((response.usage, response.notes), (Usage::default(), vec![]));
        }
        if api != Api::Ollama {
            for usage in [json!([]), json!("n/a"), json!(-1), json!(false)] {
                let response = ask(api, Delivery::Whole, counted(usage)).await.unwrap();
                assert_eq!((response.text.as_str(), response.notes.len()), (ANSWER, 1));
            }
        }
    }
}

#[tokio::test]
async fn no_side_field_costs_an_answer() {
    let odd = [
        json!(null),
        json!(-1),
        json!("x"),
        json!(1.5),
        json!([]),
        json!({}),
        json!([{"a": []}]),
        json!(true),
    ];
    let names = [
        "id",
        "object",
        "created",
        "model",
        "system_fingerprint",
        "service_tier",
        "timings",
        "stop_sequence",
        "total_duration",
        "load_duration",
        "eval_duration",
        "created_at",
        "context",
        "prompt_filter_results",
    ];
    for api in APIS {
        for value in &odd {
            let mut whole =
                message(api, json!({"content": ANSWER, "role": value, "annotations": value, "audio": value}));
            for name in names {
                whole.as_object_mut().unwrap().insert(name.into(), value.clone());
            }
            if api == Api::OpenAi {
                for name in ["index", "logprobs", "content_filter_results", "stop_reason"] {
                    whole["choices"][0].as_object_mut().unwrap().insert(name.into(), value.clone());
                }
            }
            let response = ask(api, Delivery::Whole, Reply::json(whole.clone())).await;
            assert_eq!(response.unwrap().text, ANSWER, "{api:?} {value}");
            for error in [
                json!(null),
                json!(false),
                json!(""),
                json!({}),
                json!([]),
                json!(0),
                json!({"message": "", "code": null}),
            ] {
                whole.as_object_mut().unwrap().insert("error".into(), error.clone());
                let response = ask(api, Delivery::Whole, Reply::json(whole.clone())).await;
                assert_eq!(response.unwrap().text, ANSWER, "{api:?} {error}");
            }
        }
        let twice = message(api, json!({"content": ANSWER})).to_string();
        let twice = twice.replacen('{', r#"{"id": 1, "id": 2, "cost": NaN, "usage": null, "#, 1);
        let response = ask(api, Delivery::Whole, Reply::body("application/json", twice)).await;
        assert_eq!(response.unwrap().text, ANSWER, "{api:?}");
    }
    for error in
        [json!("none"), json!({"code": 200, "message": "OK"}), json!({"code": 0, "message": "Success"})]
    {
        let mut whole = message(Api::OpenAi, json!({"content": ANSWER}));
        whole.as_object_mut().unwrap().insert("error".into(), error.clone());
        let response = ask(Api::OpenAi, Delivery::Whole, Reply::json(whole)).await;
        assert_eq!(response.unwrap().text, ANSWER, "{error}");
    }
    for choices in [
        json!({"message": {"content": ANSWER}}),
        json!([null, {"index": "0", "message": {"content": ANSWER}}]),
        json!([{"index": 1, "text": ANSWER}]),
        json!([{"delta": {"content": ANSWER}}]),
        json!([{"message": ANSWER, "finish_reason": {"type": "stop"}}]),
    ] {
        for body in [json!({"choices": choices}), json!({"code": 0, "data": {"choices": choices}})] {
            let response = ask(Api::OpenAi, Delivery::Whole, Reply::json(body.clone())).await;
            assert_eq!(response.unwrap().text, ANSWER, "{body}");
        }
    }
}

#[tokio::test]
async fn the_pieces_of_a_stream_may_be_odd_too() {
    let odd = |index: Value, text: &str| json!({"id": 7, "created": "x", "error": null, "usage": {"prompt_tokens": -1}, "choices": [{"index": index, "logprobs": [], "delta": {"content": text, "refusal": false}}]});
    let (head, tail) = ANSWER.split_at(16);
    for (first, second) in
        [(json!(0), json!(0)), (json!(null), json!(-1)), (json!("0"), json!(0)), (json!(1), json!(1))]
    {
        let events = [odd(first, head), odd(second, tail), end("stop")];
        let response = ask(Api::OpenAi, Delivery::Stream, Reply::sse(events)).await.unwrap();
        assert_eq!((response.text.as_str(), response.notes.len()), (ANSWER, 1));
    }
}

#[tokio::test]
async fn log_probabilities_that_cannot_be_read_are_noted() {
    let body = json!({"choices": [{"message": {"content": ANSWER}, "logprobs": {"content": [{"token": "{", "logprob": "x"}]}, "finish_reason": "stop"}]});
    let response = ask(Api::OpenAi, Delivery::Whole, Reply::json(body)).await.unwrap();
    assert_eq!(response.notes, ["the log-probabilities are not as documented; they were ignored"]);
    assert!(response.logprobs.is_empty());
}

#[tokio::test]
async fn an_error_within_a_success_is_what_it_says() {
    let errors = [
        (json!({"message": "slow down", "code": 429}), FailureKind::RateLimited),
        (
            json!({"message": "slow down", "code": "429", "metadata": {"provider_name": "X"}}),
            FailureKind::RateLimited,
        ),
        (json!({"message": "slow down", "type": "rate_limit_error"}), FailureKind::RateLimited),
        (json!({"message": "busy", "code": 503}), FailureKind::Server),
        (json!({"message": "no", "type": "invalid_request_error"}), FailureKind::BadRequest),
        (json!({"message": "who?", "code": 401}), FailureKind::Refused),
        (json!({"message": "out of money", "code": 402}), FailureKind::NoCredit),
        (json!({"message": "engine died", "type": null, "param": null, "code": null}), FailureKind::Server),
        (json!({"message": "engine died", "code": 0}), FailureKind::Server),
        (json!("something broke"), FailureKind::Server),
    ];
    for (error, kind) in errors {
        for api in APIS {
            for delivery in BOTH {
                let failure = ask(api, delivery, Reply::json(json!({"error": error}))).await.unwrap_err();
                assert_eq!(failure.kind, kind, "{api:?} {error}: {failure}");
                let events = [pieces(api)[0].clone(), json!({"type": "error", "error": error})];
                let failure = ask(api, delivery, Reply::sse(events)).await.unwrap_err();
                assert_eq!(failure.kind, kind, "{api:?} {error}: {failure}");
            }
        }
        let choice =
            json!({"choices": [{"message": {"content": "ha"}, "finish_reason": "error", "error": error}]});
        assert_eq!(ask(Api::OpenAi, Delivery::Whole, Reply::json(choice)).await.unwrap_err().kind, kind);
        let named = Reply::body("text/event-stream", format!("event: error\ndata: {error}\n\n"));
        assert_eq!(ask(Api::OpenAi, Delivery::Stream, named).await.unwrap_err().kind, kind, "{error}");
    }
    let bare = [
        (
            json!({"object": "error", "message": "max", "type": "BadRequestError", "code": 400}),
            FailureKind::BadRequest,
        ),
        (json!({"detail": "Not Found", "status": 404}), FailureKind::Refused),
        (json!({"error": true, "message": "broken"}), FailureKind::Server),
    ];
    for (body, kind) in bare {
        let failure = ask(Api::OpenAi, Delivery::Whole, Reply::json(body.clone())).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{body}: {failure}");
    }
}

#[tokio::test]
async fn the_servers_words_are_shown_whatever_their_form() {
    let bodies = [
        Reply::error(400, json!({"detail": "Input is too funny"})),
        Reply::error(
            422,
            json!({"detail": [{"type": "missing", "loc": ["body", "messages", 0], "msg": "Field required"}]}),
        ),
        Reply::error(500, json!({"message": "CUDA error"})),
        Reply::error(500, json!({"error": "engine died"})),
        Reply::error(400, json!({"errors": [{"message": "first fault"}]})),
        Reply::error(400, json!({"error": {"message": {"detail": "an object"}}})),
        Reply::error(
            503,
            json!({"type": "about:blank", "title": "Unavailable", "detail": "The model is loading."}),
        ),
        Reply::error(500, json!({"note": "unknown form"})),
        Reply::status(502),
    ];
    let mut texts = Vec::new();
    for reply in bodies {
        for api in APIS {
            let failure = ask(api, Delivery::Whole, reply.clone()).await.unwrap_err();
            texts.push(failure.detail);
        }
    }
    // The three interfaces say the same.
    assert!(texts.chunks(3).all(|same| same[0] == same[1] && same[1] == same[2]), "{texts:#?}");
    insta::assert_snapshot!(texts.into_iter().step_by(3).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn an_answer_that_the_server_itself_refused_is_one_and_loosens_nothing() {
    let half = r#"{"reasoning": "so", "verdict": "pass""#;
    let refusals = [
        (
            400,
            json!({"message": "Generated JSON does not match the expected schema for response_format. See 'failed_generation'.", "type": "invalid_request_error", "code": "json_validate_failed", "failed_generation": half}),
            half,
        ),
        (
            400,
            json!({"message": "Failed to call a function. Please adjust your prompt.", "code": "tool_use_failed", "failed_generation": half}),
            half,
        ),
        (
            400,
            json!({"message": "Parsing failed. The model generated output that could not be parsed.", "code": "output_parse_failed"}),
            "",
        ),
        (400, json!({"message": "Failed to parse generated JSON: unsupported escape"}), ""),
        (
            500,
            json!({"code": 500, "message": "Failed to parse input at pos 0: {", "type": "server_error"}),
            "",
        ),
        (
            500,
            json!(format!("error parsing tool call: raw='{half}', err=unexpected end of JSON input")),
            half,
        ),
    ];
    let as_a_name = json!({"error parsing tool call": "invalid character 'c'"});
    let response =
        ask(Api::Ollama, Delivery::Stream, Reply::ndjson([pieces(Api::Ollama)[0].clone(), as_a_name]));
    assert!(response.await.unwrap().rejected.is_some());
    for (status, error, text) in refusals {
        for api in APIS {
            let reply = Reply::error(status, json!({"error": error}));
            let response = ask(api, Delivery::Whole, reply).await.unwrap();
            assert_eq!(response.text, text, "{api:?} {error}");
            assert!(response.rejected.is_some());
            let events = [pieces(api)[0].clone(), json!({"error": error})];
            let response = ask(api, Delivery::Stream, Reply::sse(events)).await.unwrap();
            assert_eq!(response.text, text, "{api:?} {error}");
        }
        let server =
            Server::script([Reply::error(status, json!({"error": error})), openai_answer(ANSWER)]).await;
        let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
        model.complete(&structured()).await.unwrap();
        assert_eq!(model.complete(&structured()).await.unwrap().notes, Vec::<String>::new());
        let requests = server.requests();
        assert_eq!(requests[0].body["response_format"], requests[1].body["response_format"]);
        assert_eq!(requests[1].body["response_format"]["type"], "json_schema");
    }
}

#[tokio::test]
async fn a_filter_is_told_by_its_names_with_or_without_a_message() {
    for reason in ["content_filter", "CONTENT_FILTER", "refusal", "SAFETY"] {
        for message in [json!({"content": "x"}), Value::Null, json!({})] {
            let body = json!({"choices": [{"message": message, "finish_reason": reason}]});
            let response = ask(Api::OpenAi, Delivery::Whole, Reply::json(body)).await.unwrap();
            assert_eq!(response.finish, Finish::Filtered, "{reason}");
        }
    }
    let body = json!({"choices": [{"message": {"content": "x"}, "finish_reason": "MAX_TOKENS"}]});
    assert_eq!(ask(Api::OpenAi, Delivery::Whole, Reply::json(body)).await.unwrap().finish, Finish::Length);
}
