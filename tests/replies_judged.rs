//! What becomes of replies in unusual forms in a run: read with a note, or unscored with what to do.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, is_again};
use crate::support::project::{Project, Ran, records};
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// Runs one record against a server that answers so.
fn run(reply: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static) -> (Ran, Value, Mock) {
    let server = Mock::new(reply);
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", records(1));
    let ran = project.evenhand(&["run"]);
    let outcome = project.journal().remove(0);
    (ran, outcome, server)
}

fn message(message: Value) -> Reply {
    Reply::json(json!({"choices": [{"message": message, "finish_reason": "stop"}]}))
}

#[test]
fn an_answer_in_a_tool_call_is_scored_and_its_place_noted() {
    let (ran, outcome, _) = run(|request| {
        let arguments = fair_answer(request);
        message(
            json!({"content": null, "tool_calls": [{"function": {"name": "polite", "arguments": arguments}}]}),
        )
    });
    assert_eq!((ran.code, &outcome["result"]["scored"]["label"]), (0, &json!("yes")), "{ran}");
    let note = "the answer was read from tool_calls[0].function.arguments";
    assert_eq!(outcome["attempts"][0]["response"]["notes"], json!([note]));
    let (ran, outcome, _) = run(|request| {
        let call = json!({"function": {"name": "polite", "arguments": fair_answer(request)}});
        message(json!({"content": "I give my verdict.", "tool_calls": [call]}))
    });
    assert_eq!((ran.code, &outcome["result"]["scored"]["label"]), (0, &json!("yes")), "{ran}");
    assert_eq!(outcome["attempts"][0]["response"]["notes"], json!([note]));
}

#[test]
fn an_answer_in_the_thoughts_is_kept_and_named_and_not_scored() {
    let (ran, outcome, server) =
        run(|request| message(json!({"content": null, "reasoning_content": fair_answer(request)})));
    assert_eq!(server.requests().len(), 4);
    let kept = &outcome["attempts"][3]["response"]["beside"][0];
    assert_eq!((&kept["kind"], &kept["place"]), (&json!("thoughts"), &json!("reasoning_content")));
    assert!(kept["text"].as_str().unwrap().contains("verdict"));
    assert!(!ran.stdout.contains("empty"), "{ran}");
    assert_snapshot!(ran);
    let (ran, _, _) = run(|_| {
        Reply::json(
            json!({"choices": [{"message": {"content": "", "reasoning": "hm"}, "finish_reason": "length"}]}),
        )
    });
    assert!(ran.stdout.contains("raise max_tokens"), "{ran}");
    let (ran, _, _) = run(|_| message(json!({"content": ""})));
    assert!(ran.stdout.contains("the reply is empty"), "{ran}");
}

#[test]
fn a_models_refusal_is_one() {
    let (ran, outcome, server) = run(|_| message(json!({"content": null, "refusal": "I can't judge this."})));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(outcome["result"]["unscored"]["reason"], "refused");
    assert!(ran.stdout.contains("I can't judge this."), "{ran}");
}

#[test]
fn an_answer_that_the_server_refused_is_read_or_asked_for_again() {
    let refused = |sample: &str| {
        let error = json!({"message": "Failed to validate JSON. See 'failed_generation'.", "code": "json_validate_failed", "failed_generation": sample});
        Reply::error(400, json!({"error": error}))
    };
    let (ran, outcome, server) = run(move |_| refused(r#"{"reasoning": "It asks.", "verdict": "yes""#));
    assert_eq!((ran.code, server.requests().len()), (0, 1), "{ran}");
    assert_eq!(outcome["result"]["scored"]["label"], "yes");
    let response = &outcome["attempts"][0]["response"];
    assert!(response["rejected"].is_string() && response["notes"][0].is_string());
    let (ran, outcome, server) = run(move |request| {
        if is_again(request) { openai_answer(&fair_answer(request)) } else { refused("Well, it is polite.") }
    });
    assert_eq!((ran.code, &outcome["result"]["scored"]["label"]), (0, &json!("yes")), "{ran}");
    let requests = server.requests();
    assert_eq!(requests[0].body["response_format"], requests[1].body["response_format"]);
    assert!(requests[1].last_message().contains("the server's own validation refused the answer"));
    let (ran, outcome, server) = run(move |_| refused(""));
    assert_eq!((ran.code, server.requests().len()), (3, 4), "{ran}");
    assert_eq!(outcome["result"]["unscored"]["reason"], "invalid_answer");
    assert!(!ran.stdout.contains("empty"), "{ran}");
}

#[test]
fn what_is_no_json_is_asked_for_once() {
    let (ran, outcome, server) = run(|_| Reply::body("text/plain", "no healthy upstream"));
    assert_eq!((ran.code, server.requests().len()), (3, 1), "{ran}");
    assert_eq!(outcome["attempts"][0]["failure"]["kind"], "not_json");
    assert_eq!(outcome["result"]["unscored"]["reason"], "transport");
}
