//! Who is let in, how much is taken, and how it ends.

use serde_json::json;

use super::{choice, project, serve};
use crate::support::client::{get, post, post_with};
use crate::support::decision::{decisions, fair};
use crate::support::mock::{Mock, eventually};
use crate::support::project::Project;
use crate::support::server::Reply;

#[test]
fn without_a_key_only_this_machine_is_answered() {
    let mock = decisions(fair);
    let project = project(&mock);
    let (_running, address) = serve(&project, &[]);
    let body = choice("polite", "please").to_string();
    let foreign = post_with(&address, "/v1/decisions", "Host: evil.example\r\n", &body);
    assert_eq!((foreign.status, &foreign.json()["error"]["code"]), (403, &json!("wrong_host")));
    let form = post_with(&address, "/v1/decisions", "Content-Type: text/plain\r\n", &body);
    assert_eq!(form.status, 415, "what a page elsewhere can send without asking is refused: {form:?}");
    let packed = post_with(&address, "/v1/decisions", "Content-Encoding: zstd\r\n", &body);
    assert_eq!(packed.status, 415);
    assert_eq!(get(&address, "/nothing").status, 404);
    let open = project.evenhand(&["serve", "--port", "0", "--host", "0.0.0.0"]);
    assert_eq!(open.code, 2, "{open}");
    assert!(open.stderr.contains("--key-env"), "{open}");
    assert_eq!(mock.requests().len(), 0);
}

#[test]
fn a_key_is_asked_for_everywhere_but_at_the_health() {
    let mock = decisions(fair);
    let project = project(&mock);
    let without = project.evenhand(&["serve", "--port", "0", "--key-env", "JUDGE_KEY"]);
    assert!(without.code == 2 && without.stderr.contains("JUDGE_KEY"), "{without}");
    let mut running =
        project.start_with(("JUDGE_KEY", "sesame"), &["serve", "--port", "0", "--key-env", "JUDGE_KEY"]);
    let address = running.address();
    let body = choice("polite", "please").to_string();
    for header in ["", "Authorization: Bearer open\r\n", "Authorization: sesame\r\n"] {
        assert_eq!(post_with(&address, "/v1/decisions", header, &body).status, 401, "{header}");
    }
    assert_eq!(
        post_with(&address, "/v1/systemone", "", &body).json()["detail"]["error_type"],
        "authentication_error"
    );
    assert_eq!((get(&address, "/v1/models").status, get(&address, "/metrics").status), (401, 401));
    assert_eq!(get(&address, "/health").status, 200);
    let let_in = post_with(&address, "/v1/decisions", "Authorization: Bearer sesame\r\n", &body);
    assert_eq!(let_in.status, 200, "{let_in:?}");
}

#[test]
fn too_much_is_refused() {
    let mock = decisions(fair);
    let (_running, address) = serve(&project(&mock), &["--max-body", "1"]);
    let large = post(&address, "/v1/decisions", &choice("polite", &"x".repeat(3000)));
    assert_eq!((large.status, &large.json()["error"]["code"]), (413, &json!("request_too_large")));
    let large = post(&address, "/v1/systemone", &choice("polite", &"x".repeat(3000)));
    assert_eq!((large.status, &large.json()["detail"]["error_type"]), (413, &json!("request_too_large")));
    let twice = post_with(&address, "/v1/decisions", "", "{\"model\": \"polite\", \"model\": \"other\"}");
    assert_eq!(twice.status, 400, "{twice:?}");
}

/// A judge's server that answers when it is let.
fn waiting() -> (Mock, std::sync::Arc<std::sync::Mutex<()>>) {
    let gate = std::sync::Arc::new(std::sync::Mutex::new(()));
    let own = std::sync::Arc::clone(&gate);
    let mock = Mock::new(move |request| {
        drop(own.lock().unwrap());
        let name = &request.body["questions"][0]["name"];
        Reply::json(json!({"model": "m", "answers": [{"type": "choice", "name": name, "choice": "yes",
            "probabilities": [{"value": "yes", "probability": 0.9}, {"value": "no", "probability": 0.1}]}]}))
    });
    (mock, gate)
}

#[test]
fn one_too_many_is_told_to_come_again_and_one_too_slow_that_it_is_late() {
    let (mock, gate) = waiting();
    let (_running, address) = serve(&project(&mock), &["--at-once", "1", "--timeout", "1"]);
    let held = gate.lock().unwrap();
    let own = address.clone();
    let slow = std::thread::spawn(move || post(&own, "/v1/decisions", &choice("polite", "please")));
    eventually("a request in flight", || {
        get(&address, "/metrics").text.contains("evenhand_requests_in_flight 1")
    });
    let busy = post(&address, "/v1/systemone", &json!({}));
    assert_eq!((busy.status, &busy.json()["detail"]["error_type"]), (429, &json!("rate_limit_exceeded")));
    assert!(busy.head.to_lowercase().contains("retry-after: 1"), "{}", busy.head);
    let late = slow.join().unwrap();
    assert_eq!((late.status, &late.json()["error"]["code"]), (504, &json!("timeout")));
    drop(held);
}

#[cfg(unix)]
#[test]
fn what_is_in_flight_is_answered_before_the_end() {
    let (mock, gate) = waiting();
    let project: Project = project(&mock);
    let (running, address) = serve(&project, &[]);
    let held = gate.lock().unwrap();
    let own = address.clone();
    let asked = std::thread::spawn(move || post(&own, "/v1/decisions", &choice("polite", "please")));
    eventually("a request in flight", || {
        get(&address, "/metrics").text.contains("evenhand_requests_in_flight 1")
    });
    running.terminate();
    // Nobody new is let in from now on.
    eventually("a closed door", || std::net::TcpStream::connect(&address).is_err());
    drop(held);
    assert_eq!(asked.join().unwrap().status, 200);
    assert_eq!(running.ended().code, 0);
}
