//! `evenhand serve`: a suite's judge behind the two forms of decision models.

#[cfg(unix)]
mod clients;
mod kinds;
mod limits;

use serde_json::{Value, json};

use crate::calibrate::weighted;
use crate::support::client::{get, post};
use crate::support::decision::{decisions, fair};
use crate::support::mock::Mock;
use crate::support::project::{Project, Running};

/// The suite `polite`, judged by a decision model at this address.
fn project(server: &Mock) -> Project {
    Project::polite(&format!(
        "[models.judge]\nmodel = \"decisions/judge-1\"\nbase_url = \"{}\"\ntransport_retries = 0\n",
        server.url("/v1")
    ))
}

fn serve(project: &Project, words: &[&str]) -> (Running, String) {
    let mut running = project.start(&[&["serve", "--port", "0"], words].concat());
    let address = running.address();
    (running, address)
}

fn choice(model: &str, text: &str) -> Value {
    json!({"model": model, "input": text, "questions": [
        {"type": "choice", "name": "verdict", "instructions": "Is it polite?", "choices": [{"value": "no"}, {"value": "yes"}]},
        {"type": "predicate", "name": "polite", "instructions": "It is polite."},
    ]})
}

#[test]
fn both_forms_are_answered_with_the_judges_probabilities() {
    let mock = decisions(fair);
    let project = project(&mock);
    let (running, address) = serve(&project, &[]);
    let answer = post(&address, "/v1/decisions", &choice("polite", "please wait"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["model"], "polite");
    assert_eq!(body["answers"][0]["choice"], "yes");
    let told = &body["answers"][0]["probabilities"];
    assert_eq!(
        (&told[0]["value"], &told[1]["value"]),
        (&json!("no"), &json!("yes")),
        "in the request's order"
    );
    assert!((told[1]["probability"].as_f64().unwrap() - 0.87).abs() < 1e-9, "{told}");
    let predicate = &body["answers"][1];
    assert!((predicate["probability"].as_f64().unwrap() - 0.87).abs() < 1e-9, "{predicate}");
    assert_eq!(mock.requests().len(), 1, "a judge that is asked in two ways is asked once");
    assert_eq!(body["usage"]["input_tokens"], 100);

    let state = json!({"model": "polite.polite", "state": {"text": "go away"}, "questions": {
        "verdict": {"type": "choice", "criteria": {"yes": null, "no": null}},
        "polite": {"type": "noul", "instructions": "Is it polite?"}}});
    let body = post(&address, "/v1/systemone", &state).json();
    assert_eq!(body["answers"]["verdict"]["choice"], "no");
    assert!((body["answers"]["polite"]["noul"].as_f64().unwrap() - 0.13).abs() < 1e-9, "{body}");
    // The cache answers what was asked before, and what it answers costs nothing.
    let again = post(&address, "/v1/systemone", &state).json();
    assert_eq!((mock.requests().len(), &again["usage"]["input_tokens"]), (2, &json!(0)));
    assert_eq!(again["answers"], body["answers"]);

    let models = get(&address, "/v1/models").json();
    assert_eq!(
        (&models["data"][0]["id"], &models["models"][0]["name"]),
        (&json!("polite"), &json!("polite"))
    );
    assert_eq!(models["data"][0]["questions"]["verdict"]["criteria"], json!({"yes": null, "no": null}));
    assert_eq!(get(&address, "/health").json(), json!({"status": "ok"}));
    let metrics = get(&address, "/metrics").text;
    for line in [
        "evenhand_requests_total{form=\"decisions\",model=\"polite\",status=\"200\"} 1",
        "evenhand_requests_total{form=\"systemone\",model=\"polite.polite\",status=\"200\"} 2",
        "evenhand_requests_in_flight 0",
        "evenhand_model_calls_total{model=\"polite\"} 1",
        "evenhand_model_tokens_total{model=\"polite\",kind=\"input\"} 100",
        "evenhand_request_seconds_count{form=\"systemone\"} 2",
    ] {
        assert!(metrics.lines().any(|own| own == line), "{line} is not in\n{metrics}");
    }
    drop(running);
}

#[test]
fn what_cannot_be_answered_is_an_error_in_the_forms_own_shape() {
    let mock = decisions(fair);
    let (_running, address) = serve(&project(&mock), &[]);
    let unknown = post(&address, "/v1/decisions", &choice("gpt", "please"));
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["error"]["code"], "model_not_found");
    let mut other = choice("polite", "please");
    other["questions"][0]["choices"][0]["value"] = json!("maybe");
    let wrong = post(&address, "/v1/decisions", &other);
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.json()["error"]["message"], "the choices of `polite` are \"yes\", \"no\"");
    let cases = [
        (
            json!({"model": "polite", "state": {"txt": "a"}, "questions": {"verdict": {"type": "noul"}}}),
            "did you mean `text`?",
        ),
        (
            json!({"model": "polite", "state": {"text": "a"}, "questions": {"angry": {"type": "noul"}}}),
            "no question `angry`",
        ),
        (
            json!({"model": "polite", "state": {"text": "a"}, "questions": {"verdict": {"type": "score", "criteria": ["a", "b"]}}}),
            "has no levels",
        ),
        (
            json!({"model": "polite", "input": "a", "questions": {"verdict": {"type": "noul"}}}),
            "belongs to /v1/decisions",
        ),
        (json!({"model": "polite", "state": "", "questions": {"verdict": {"type": "noul"}}}), "is empty"),
    ];
    for (body, words) in cases {
        let answer = post(&address, "/v1/systemone", &body);
        let detail = answer.json()["detail"][0]["msg"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 422 && detail.contains(words), "{words}: {answer:?}");
    }
    assert_eq!(mock.requests().len(), 0);
}

#[test]
fn a_judge_without_a_verdict_gives_a_refusal_or_an_error_and_no_probability() {
    let mock = decisions(|_, _| f64::NAN);
    let (_running, address) = serve(&project(&mock), &[]);
    let refused = post(&address, "/v1/decisions", &choice("polite", "please"));
    assert_eq!(refused.status, 200, "{refused:?}");
    assert_eq!(refused.json()["answers"][0], json!({"type": "refusal", "name": "verdict"}));
    assert!(!refused.text.contains("probabilit"), "{refused:?}");
    let state =
        json!({"model": "polite", "state": {"text": "a"}, "questions": {"verdict": {"type": "noul"}}});
    let answer = post(&address, "/v1/systemone", &state);
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(answer.json()["detail"]["error_type"], "api_usage_error");
    assert!(
        get(&address, "/metrics")
            .text
            .contains("evenhand_unscored_total{model=\"polite\",reason=\"refused\"} 2")
    );
    let server = decisions(fair);
    let (_running, address) = serve(&project(&server), &["--max-calls", "1"]);
    assert_eq!(post(&address, "/v1/decisions", &choice("polite", "please one")).status, 200);
    let spent = post(&address, "/v1/decisions", &choice("polite", "please two"));
    assert_eq!((spent.status, &spent.json()["error"]["code"]), (402, &json!("insufficient_quota")));
}

#[test]
fn the_stored_calibration_is_applied() {
    let project = weighted(310);
    let all = project.read("polite.jsonl");
    let lines: Vec<&str> = all.lines().collect();
    project.write("polite.jsonl", lines[..300].join("\n") + "\n");
    let written = project.evenhand(&["calibrate", "polite", "--reading", "weighted", "--write"]);
    assert!(project.has("calibration/polite.json"), "{written}");
    project.write("polite.jsonl", lines[300..].join("\n") + "\n");
    project.add("evenhand.toml", "calibration = \"calibration/polite.json\"\nreading = \"weighted\"\n");
    let ran = project.evenhand(&["run"]);
    let journal = project.journal();
    assert_eq!(journal.len(), 10, "{ran}");
    let (_running, address) = serve(&project, &[]);
    let (_raw, uncalibrated) = serve(&project, &["--no-calibration"]);
    for (line, outcome) in lines[300..].iter().zip(&journal) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["id"], outcome["id"]);
        let state = json!({"model": "polite", "state": {"text": record["text"]}, "questions": {"verdict": {"type": "noul"}}});
        let noul = |address: &str| {
            post(address, "/v1/systemone", &state).json()["answers"]["verdict"]["noul"].as_f64().unwrap()
        };
        let scored = &outcome["result"]["scored"];
        assert!((noul(&address) - scored["value"].as_f64().unwrap()).abs() < 1e-12, "{outcome}");
        let raw = scored["distribution"][0][1].as_f64().unwrap();
        assert!(
            (noul(&uncalibrated) - raw).abs() < 1e-12 && (raw - noul(&address)).abs() > 0.001,
            "{outcome}"
        );
    }
}

/// A judge that asks a judge: evenhand's own clients, against its own server.
#[test]
fn a_served_judge_asked_through_evenhand_gives_the_same_probabilities() {
    let mock = decisions(fair);
    let first = project(&mock);
    let own = first.evenhand(&["run"]);
    assert_eq!(own.code, 0, "{own}");
    let expected = distributions(&first);
    let (_running, address) = serve(&first, &[]);
    for (provider, base) in [("decisions", "/v1"), ("systemone", "")] {
        let second = Project::polite(&format!(
            "[models.judge]\nmodel = \"{provider}/polite\"\nbase_url = \"http://{address}{base}\"\n"
        ));
        let ran = second.evenhand(&["run"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(distributions(&second), expected, "{provider}");
    }
}

fn distributions(project: &Project) -> Vec<Value> {
    let mut all: Vec<Value> = project
        .journal()
        .iter()
        .map(|line| {
            json!([line["id"], line["result"]["scored"]["distribution"], line["result"]["scored"]["value"]])
        })
        .collect();
    all.sort_by_key(Value::to_string);
    all
}
