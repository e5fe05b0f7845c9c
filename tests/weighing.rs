//! The distribution over verdicts: from log-probabilities as servers send them, and from draws.

use std::future::ready;

use evenhand::judge::{Judge, JudgeOptions, Reading, Reason};
use evenhand::model::{
    Delivery, Failure, FailureKind, Model, ModelOptions, OllamaOptions, OpenAiOptions, Provider, Request,
    Response, Weigh,
};
use evenhand::signature::Spec;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::requests::{POLITE, structured};
use crate::support::server::{Reply, Server, ollama_answer, openai_answer};

/// Tokens with their probabilities, the decoded one first at each place.
const PASS: [&[(&str, f64)]; 5] = [
    &[("{\"", 0.98), ("```", 0.01)],
    &[("ver", 0.9), ("reason", 0.1)],
    &[("dict", 1.0), ("dicts", 0.0)],
    &[("\":\"", 0.75), ("\": \"", 0.25)],
    &[("pass", 0.625), ("fail", 0.25), ("Pass", 0.125)],
];

fn weighed() -> Request {
    let weigh =
        Weigh { opening: "{\"verdict\":\"".into(), candidates: vec!["pass\"".into(), "fail\"".into()] };
    Request { weigh: Some(weigh), ..structured() }
}

/// `logprobs.content` as OpenAI documents it.
fn content(places: &[&[(&str, f64)]]) -> Value {
    let told = |(token, probability): &(&str, f64)| {
        let logprob = if *probability > 0.0 { probability.ln() } else { -9999.0 };
        json!({"token": token, "logprob": logprob, "bytes": token.as_bytes()})
    };
    let place = |choices: &&[(&str, f64)]| {
        let mut decoded = told(&choices[0]);
        decoded["top_logprobs"] = choices.iter().map(told).collect();
        decoded
    };
    places.iter().map(place).collect()
}

pub fn openai_weighed(text: &str, places: &[&[(&str, f64)]]) -> Reply {
    Reply::json(json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_741_569_952, "model": "mock-1",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": null, "annotations": []},
            "logprobs": {"content": content(places), "refusal": null},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 19, "completion_tokens": 6, "total_tokens": 25},
    }))
}

/// What a judge makes of these log-probabilities of "yes" and "no".
fn judged(weights: Vec<f64>) -> Result<f64, Reason> {
    let spec = Spec::parse(POLITE, "polite.toml").unwrap();
    let provider = Provider::from_fn("mock/weights", move |_| {
        ready(Ok(Response { weights: Some(weights.clone()), ..Response::default() }))
    });
    let options = JudgeOptions { reading: Reading::Weighted, retries: 0, ..JudgeOptions::default() };
    let judge = Judge::new(spec, Model::new(provider, ModelOptions::default()), options).unwrap();
    let inputs = json!({"text": "please"});
    let judged = Runtime::new().unwrap().block_on(judge.judge(inputs.as_object().unwrap()));
    judged.result.map(|score| score.value.unwrap()).map_err(|unscored| unscored.reason)
}

#[test]
fn weights_that_are_no_distribution_are_no_score() {
    let none = f64::NEG_INFINITY;
    assert!((judged(vec![0.75_f64.ln(), 0.25_f64.ln()]).unwrap() - 0.75).abs() < 1e-12);
    assert!((judged(vec![none, -3.0]).unwrap()).abs() < 1e-12, "one answer that is impossible is possible");
    for weights in [
        vec![none, none],
        vec![f64::NAN, -1.0],
        vec![-1.0, f64::NAN],
        vec![f64::INFINITY, -1.0],
        vec![-1.0],
        vec![-1.0, -1.0, -1.0],
        Vec::new(),
    ] {
        assert_eq!(judged(weights.clone()), Err(Reason::InvalidAnswer), "{weights:?}");
    }
}

fn told(failure: &Failure) -> String {
    format!("{failure}; {}", failure.remedy.as_deref().unwrap_or_default())
}

fn without_port(text: &str) -> String {
    regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(text, "[server]").into_owned()
}

#[track_caller]
fn assert_weights(response: &Response, expected: [f64; 2]) {
    let weights = response.weights.as_ref().unwrap();
    for (weight, expected) in weights.iter().zip(expected) {
        assert!((weight.exp() - expected).abs() < 1e-12, "{weights:?}");
    }
    // What was read, and no more.
    let kept: Vec<&str> = response.logprobs.iter().map(|token| token.token.as_str()).collect();
    assert_eq!(kept, ["\":\"", "pass"]);
}

#[tokio::test]
async fn openais_log_probabilities_are_read_at_the_verdicts_place() {
    let server = Server::script([openai_weighed("{\"verdict\":\"pass\"}", &PASS)]).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let response = model.complete(&weighed()).await.unwrap();
    assert_weights(&response, [0.75, 0.25]);
    assert_eq!((response.text.as_str(), response.notes.len()), ("{\"verdict\":\"pass\"}", 0));
    let body = server.only_request().body;
    assert_eq!((&body["logprobs"], &body["top_logprobs"]), (&json!(true), &json!(20)));
    assert_eq!(body["response_format"]["type"], "json_schema");
}

#[tokio::test]
async fn a_stream_brings_the_log_probabilities_piece_by_piece() {
    let texts = ["{\"", "ver", "dict", "\":\"", "pass"];
    let pieces = texts.iter().zip(&PASS).map(|(text, place)| {
        json!({"model": "m", "choices": [{"index": 0, "delta": {"content": text},
            "logprobs": {"content": content(&[*place]), "refusal": null}, "finish_reason": null}]})
        .to_string()
    });
    let end = json!({"choices": [{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}]});
    let events: Vec<String> = pieces.chain([end.to_string(), "[DONE]".to_owned()]).collect();
    let server = Server::script([Reply::sse(events)]).await;
    let mut options = OpenAiOptions::new("m").at(server.url("/v1"));
    options.connection.delivery = Delivery::Stream;
    let response = Provider::openai(options).unwrap().complete(&weighed()).await.unwrap();
    assert_weights(&response, [0.75, 0.25]);
}

#[tokio::test]
async fn ollamas_log_probabilities_stand_beside_the_message() {
    let reply = json!({"model": "m", "created_at": "2025-11-13T00:46:58.265747Z",
        "message": {"role": "assistant", "content": "{\"verdict\":\"pass\"}"}, "done": true, "done_reason": "stop",
        "logprobs": content(&PASS), "prompt_eval_count": 34, "eval_count": 6});
    let server = Server::script([Reply::json(reply)]).await;
    let model = Provider::ollama(OllamaOptions::new("m").at(server.url("/"))).unwrap();
    assert_weights(&model.complete(&weighed()).await.unwrap(), [0.75, 0.25]);
    let body = server.only_request().body;
    assert_eq!((&body["logprobs"], &body["top_logprobs"]), (&json!(true), &json!(20)));
}

#[tokio::test]
async fn a_server_that_gives_none_is_not_asked_for_anything_else_instead() {
    let server = Server::script([openai_answer("{\"verdict\":\"pass\"}")]).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let failure = model.complete(&weighed()).await.unwrap_err();
    assert_eq!((failure.kind, failure.tries, server.requests().len()), (FailureKind::Unsupported, 1, 1));
    insta::assert_snapshot!(told(&failure), @r#"unsupported: openai/m gave no log-probabilities with its answer; use reading = "text" or "sampled" with this model"#);

    let server = Server::script([ollama_answer("{\"verdict\":\"pass\"}")]).await;
    let model = Provider::ollama(OllamaOptions::new("m").at(server.url("/"))).unwrap();
    let failure = model.complete(&weighed()).await.unwrap_err();
    assert_eq!((failure.kind, server.requests().len()), (FailureKind::Unsupported, 1));
    insta::assert_snapshot!(told(&failure), @r#"unsupported: ollama/m gave no log-probabilities with its answer; update Ollama to 0.12.11 or later, or use reading = "text" or "sampled""#);

    let model = Provider::openai(OpenAiOptions::new("o4-mini").at(server.url("/v1"))).unwrap();
    let failure = model.complete(&weighed()).await.unwrap_err();
    assert_eq!((failure.kind, failure.tries), (FailureKind::Unsupported, 0));
    insta::assert_snapshot!(told(&failure), @r#"unsupported: openai/o4-mini cannot weigh given answers; use reading = "text" or "sampled" with this model"#);
}

#[tokio::test]
async fn a_server_that_refuses_them_is_asked_for_fewer_and_then_not_again() {
    let refusal = || {
        let message = "Requested sample logprobs of 20, which is greater than max allowed: 5";
        Reply::error(
            400,
            json!({"object": "error", "message": message, "type": "BadRequestError", "code": 400}),
        )
    };
    let server = Server::script([refusal(), openai_weighed("{\"verdict\":\"pass\"}", &PASS)]).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let response = model.complete(&weighed()).await.unwrap();
    assert_weights(&response, [0.75, 0.25]);
    assert_eq!(response.notes, ["the server refused 20 top_logprobs; 5 used"]);
    let asked: Vec<Value> =
        server.requests().iter().map(|request| request.body["top_logprobs"].clone()).collect();
    assert_eq!(asked, [20, 5]);

    let server = Server::script([refusal(), refusal()]).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let failure = model.complete(&weighed()).await.unwrap_err();
    assert_eq!((failure.kind, server.requests().len()), (FailureKind::Unsupported, 2));
    insta::assert_snapshot!(without_port(&told(&failure)), @r#"unsupported: the server could not use the request (HTTP 400): Requested sample logprobs of 20, which is greater than max allowed: 5 (http://[server]/v1/chat/completions); use reading = "text" or "sampled" with this model"#);
}

#[cfg(feature = "cli")]
mod runs {
    use super::*;
    use crate::support::mock::{Mock, fair_answer, record};
    use crate::support::project::{Project, openai};
    use crate::support::server::RecordedRequest;

    /// The fair answer with three quarters of the probability; the other has most of the rest.
    fn weigh(request: &RecordedRequest) -> Reply {
        let answer = fair_answer(request);
        let (decoded, other) = if answer.contains("yes") { ("yes", "no") } else { ("no", "yes") };
        let verdict: &[(&str, f64)] = &[(decoded, 0.75), (other, 0.125), ("maybe", 0.125)];
        let places: [&[(&str, f64)]; 4] =
            [&[("{\"verdict", 0.9), ("{", 0.1)], &[("\":\"", 0.9), ("\":", 0.1)], verdict, &[("\"}", 1.0)]];
        openai_weighed(&answer, &places)
    }

    #[test]
    fn a_suite_is_weighed_by_a_server_and_replayed_to_the_same_scores() {
        let server = Mock::new(weigh);
        let project = Project::judged_at(&server.url("/v1"));
        insta::assert_snapshot!(project.evenhand(&[
            "run",
            "--reading",
            "weighted",
            "--record",
            "replies.jsonl"
        ]));
        let outcome = &project.journal()[0];
        assert_eq!(outcome["reading"], "weighted");
        let scores = |project: &Project| {
            let mut outcomes = project.journal();
            outcomes.sort_by_key(|outcome| outcome["index"].as_u64());
            outcomes.into_iter().map(|outcome| outcome["result"]["scored"].clone()).collect::<Vec<_>>()
        };
        let first = scores(&project);
        insta::assert_json_snapshot!(first[0]);
        assert_eq!(project.evenhand(&["run", "--model", "replay/replies.jsonl"]).code, 0);
        assert_eq!(scores(&project), first);
        assert_eq!(server.requests().len(), 6);
    }

    #[test]
    fn a_suite_that_cannot_be_weighed_says_what_to_do() {
        let server = Mock::fair();
        let project = Project::judged_at(&server.url("/v1"));
        let ran = project.evenhand(&["run", "--reading", "weighted"]);
        insta::assert_snapshot!(ran);
        assert_eq!(ran.code, 3);
    }

    /// Which draw a request is: the seed counts them from 100.
    fn draw(request: &RecordedRequest) -> u64 {
        request.body["seed"].as_u64().unwrap() - 100
    }

    /// Of four draws, r1's last says no, half of r2's are nonsense, and three of r6's.
    fn vary(request: &RecordedRequest) -> Reply {
        let answer = fair_answer(request);
        match (record(request).as_str(), draw(request)) {
            ("r1", 3) => openai_answer("{\"reasoning\":\"On the whole.\",\"verdict\":\"no\"}"),
            ("r2", 0 | 2) | ("r6", 1..) => openai_answer("Hm."),
            _ => openai_answer(&answer),
        }
    }

    #[test]
    fn draws_make_a_distribution() {
        let server = Mock::new(vary);
        let recorded = "seed = 100\n[models.recorded]\nmodel = \"replay/replies.jsonl\"\nseed = 100\n";
        let project = Project::polite(&(openai(&server.url("/v1")) + recorded));
        project.add("evenhand.toml", "reading = \"sampled\"\nsamples = 4\n");
        insta::assert_snapshot!(project.evenhand(&["run", "--record", "replies.jsonl"]));
        assert!(server.requests().iter().all(|request| request.body["temperature"] == 1.0));
        assert_eq!(server.requests().len(), 24);
        let mut outcomes = project.journal();
        outcomes.sort_by_key(|outcome| outcome["index"].as_u64());
        assert_eq!(outcomes[0]["attempts"].as_array().unwrap().len(), 4);
        insta::assert_json_snapshot!([0, 1, 5].map(|index: usize| outcomes[index]["result"].clone()));
        // The draws are kept apart, so a replay has each of them.
        let again = project.evenhand(&["run", "--model", "recorded"]);
        assert_eq!(again.code, 3, "{again}");
        assert_eq!(server.requests().len(), 24);
    }

    #[test]
    fn draws_need_a_temperature_and_a_number_needs_draws() {
        let project = Project::polite(&(openai("http://127.0.0.1:1/v1") + "temperature = 0.0\n"));
        let cold = project.evenhand(&["run", "--reading", "sampled"]);
        let numbered = project.evenhand(&["run", "--samples", "5"]);
        let none = project.evenhand(&["run", "--reading", "sampled", "--samples", "0"]);
        insta::assert_snapshot!(format!("{cold}\n{numbered}\n{none}"));
    }
}
