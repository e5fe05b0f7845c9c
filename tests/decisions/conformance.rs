//! Replies of servers of both forms, from the cases beside this file.

use std::time::Duration;

use evenhand::internal::model::{Decided, Decision, DecisionAnswer, DecisionAnswers, DecisionQuestion};
use evenhand::model::{
    DecisionOptions, FailureKind, Message, Model, ModelOptions, Parameters, Provider, Request, Response,
    Retry, Role, Secret,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::server::{RecordedRequest, Reply, Server};

fn answers(labels: [&str; 3]) -> Vec<DecisionAnswer> {
    let named = labels.iter().filter(|label| !label.is_empty());
    named.map(|label| DecisionAnswer { label: (*label).to_owned(), description: None }).collect()
}

/// The three questions of every case.
fn request() -> Request {
    let question = |name: &str, instructions: &str, answers: DecisionAnswers| DecisionQuestion {
        name: name.into(),
        instructions: instructions.into(),
        answers,
    };
    let mut harm = answers(["none", "some", "total"]);
    harm[2].description = Some("nothing is left".into());
    let questions = [
        question("angry", "The writer is angry.", DecisionAnswers::Predicate),
        question("who", "Who handles it?", DecisionAnswers::Choice(answers(["post", "shop", ""]))),
        question("harm", "How bad?", DecisionAnswers::Score(harm)),
    ];
    let state = json!({"note": "Parcel came open.", "order": 7}).as_object().unwrap().clone();
    let messages = vec![Message::new(Role::User, "<note>\nParcel came open.\n</note>")];
    let decision = Decision { state, questions: questions.into() };
    Request { decision: Some(decision), ..Request::new(messages, 0, None, Parameters::default()) }
}

fn reply(case: &Value) -> Reply {
    let status = u16::try_from(case["status"].as_u64().unwrap_or(200)).unwrap();
    let reply = match case["text"].as_str() {
        Some(text) if status == 200 => Reply::body("application/json", text),
        Some(_) | None => Reply::error(status, case.get("body").or(case.get("text")).unwrap().clone()),
    };
    let headers = case["headers"].as_object().into_iter().flatten();
    headers.fold(reply, |reply, (name, value)| reply.header(name, value.as_str().unwrap()))
}

/// How often it is asked, and what came of it.
async fn asked(
    provider: fn(DecisionOptions) -> evenhand::Result<Provider>,
    options: DecisionOptions,
    case: &Value,
) -> (usize, Result<Response, evenhand::model::Failure>) {
    let played = case.clone();
    let server = Server::responder(move |_| reply(&played)).await;
    let wait = Duration::from_millis(1);
    let retry = Retry { max_retries: 2, first_wait: wait, longest_wait: wait, ..Retry::default() };
    let provider = provider(options.at(server.url(""))).unwrap();
    let model = Model::new(provider, ModelOptions { retry, ..ModelOptions::default() });
    let reply = model.complete(&request()).await;
    (server.requests().len(), reply)
}

/// What a case says of a reply, and what is so.
fn differs(
    case: &Value,
    calls: usize,
    outcome: &Result<Response, evenhand::model::Failure>,
) -> Option<String> {
    let has = |text: &str, key: &str| text.contains(case[key].as_str().unwrap_or_default());
    match outcome {
        Ok(response) if case.get("decided").is_some() => {
            let decided: Vec<Value> = response.decided.iter().flatten().map(read).collect();
            let expected = case["decided"].as_array().unwrap();
            let same = decided.len() == expected.len()
                && decided.iter().zip(expected).all(|(one, other)| is_near(one, other));
            let notes = response.notes.join("; ");
            let words = case["notes"].as_array().into_iter().flatten();
            let all_told = words.into_iter().all(|told| notes.contains(told.as_str().unwrap()));
            let silent = case.get("notes").is_some()
                || case["name"].as_str().unwrap().contains("rounding")
                || notes.is_empty();
            let tokens =
                case.get("tokens").is_none_or(|tokens| response.usage.prompt_tokens == tokens.as_u64());
            (!(same && all_told && silent && tokens && !response.text.is_empty()))
                .then(|| format!("{decided:?}, {notes}, {:?}", response.usage))
        }
        Ok(response) if case.get("unusable").is_some() => {
            let fault = response.unweighed.clone().unwrap_or_default();
            let is_kept = response.decided.as_deref() == Some(&[]) && !response.text.is_empty() && calls == 1;
            (!(is_kept && has(&fault, "unusable") && !fault.is_empty()))
                .then(|| format!("{fault}, {calls} calls"))
        }
        Err(failure) if case.get("failure").is_some() => {
            let kind = serde_json::to_value(failure.kind).unwrap() == case["failure"];
            let remedy = failure.remedy.clone().unwrap_or_default();
            let fits = kind
                && has(&failure.detail, "detail")
                && has(&remedy, "remedy")
                && case["calls"].as_u64() == Some(calls as u64);
            (!fits).then(|| format!("{failure} ({:?}); {remedy}; {calls} calls", failure.kind))
        }
        other => Some(format!("{other:?}")),
    }
}

fn read(decided: &Decided) -> Value {
    match decided {
        Decided::Probabilities(probabilities) => json!(probabilities),
        Decided::Refused => json!("refused"),
    }
}

fn is_near(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_near(one, other))
        }
        (Value::Number(one), Value::Number(other)) => {
            (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-12
        }
        _ => one == other,
    }
}

async fn all(
    cases: &str,
    provider: fn(DecisionOptions) -> evenhand::Result<Provider>,
    options: DecisionOptions,
) {
    let mut wrong = Vec::new();
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let (calls, outcome) = asked(provider, options.clone(), &case).await;
        wrong.extend(differs(&case, calls, &outcome).map(|why| format!("{}: {why}", case["name"])));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_reply_in_openais_form_is_read_as_documented() {
    let mut options = DecisionOptions::decisions("gpt-6-luna");
    options.connection.api_key_env = Some("OPENAI_API_KEY".into());
    all(include_str!("decisions.jsonl"), Provider::decisions, options).await;
}

#[tokio::test]
async fn every_reply_in_system_ones_form_is_read_as_documented() {
    all(include_str!("systemone.jsonl"), Provider::systemone, DecisionOptions::systemone("jev-latest")).await;
}

async fn sent(
    provider: fn(DecisionOptions) -> evenhand::Result<Provider>,
    options: DecisionOptions,
    base: &str,
) -> RecordedRequest {
    let server = Server::script([Reply::status(400)]).await;
    let failure = provider(options.at(server.url(base))).unwrap().complete(&request()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    server.only_request()
}

#[tokio::test]
async fn the_request_is_as_each_form_documents_it() {
    let mut options = DecisionOptions::decisions("gpt-6-luna");
    options.connection.api_key = Some(Secret::new("sk-test"));
    options.connection.extra.insert("safety_identifier".into(), json!("team-1"));
    let asked = sent(Provider::decisions, options, "/v1").await;
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/decisions"));
    assert_eq!(asked.header("authorization"), Some("Bearer sk-test"));
    assert_json_snapshot!("decisions", asked.body);
    for base in ["", "/v1", "/v1/systemone"] {
        let asked = sent(Provider::systemone, DecisionOptions::systemone("jev-latest"), base).await;
        assert_eq!(asked.path, "/v1/systemone");
        assert_eq!(asked.header("authorization"), None);
        assert_json_snapshot!("systemone", asked.body);
    }
}

#[tokio::test]
async fn a_decision_model_is_not_asked_for_text() {
    let provider = Provider::decisions(DecisionOptions::decisions("m").at("http://127.0.0.1:1")).unwrap();
    let failure = provider.complete(&crate::support::requests::plain()).await.unwrap_err();
    insta::assert_snapshot!(failure, @"unsupported: decisions/m answers typed questions with probabilities, and writes no text");
}

#[test]
fn questions_decide_the_key_and_a_request_without_any_keeps_its_own() {
    let request = request();
    let other = |change: fn(&mut DecisionQuestion)| {
        let mut questions = request.decision.as_ref().unwrap().questions.to_vec();
        change(&mut questions[1]);
        let decision = Decision { questions: questions.into(), ..request.decision.clone().unwrap() };
        Request { decision: Some(decision), ..request.clone() }
    };
    let turned = other(|question| {
        let DecisionAnswers::Choice(answers) = &mut question.answers else { unreachable!("a choice") };
        answers.reverse();
    });
    let renamed = other(|question| question.name = "handler".into());
    let without = Request { decision: None, ..request.clone() };
    let keys = [request.key(), turned.key(), renamed.key(), without.key()];
    assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    let names: Vec<&str> = without.parts().into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"typed questions"));
    assert_ne!(request.parts().last(), turned.parts().last());
}
