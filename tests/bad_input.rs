//! What goes wrong at the user's side or the server's: each with its exit code and its words.

use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use serde_json::json;

use crate::support::mock::{Mock, closed_port, fair_answer};
use crate::support::project::{Project, openai, records};
use crate::support::server::{Reply, openai_answer};

/// A project whose server must not be asked.
fn unasked() -> Project {
    Project::judged_at(&closed_port("/v1"))
}

/// One role with another line.
fn judge(url: &str, line: &str) -> String {
    format!("{}{line}\n", openai(url))
}

#[test]
fn no_configuration() {
    assert_snapshot!(Project::empty().evenhand(&["run"]));
}

#[test]
fn a_configuration_that_is_not_toml() {
    let project = unasked();
    project.add("evenhand.toml", "explain = = 3\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_configuration_with_unknown_keys() {
    let project = unasked();
    project.add("evenhand.toml", "explian = 3\nlimit = 4\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_configuration_that_names_what_is_not_there() {
    let project = unasked();
    project.add("evenhand.toml", "model = \"jugde\"\n\n[models.other]\nmodel = \"opanai/x\"\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_configuration_named_but_not_there() {
    assert_snapshot!(unasked().evenhand(&["run", "--config", "other.toml"]));
}

#[test]
fn a_configuration_without_suites() {
    let project = Project::empty();
    project.write("evenhand.toml", "");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn an_unknown_suite() {
    assert_snapshot!(unasked().evenhand(&["run", "pollite"]));
}

#[test]
fn an_unknown_signature() {
    let project = unasked();
    project.add("evenhand.toml", "\n[suites.other]\nsignature = \"polit\"\ndataset = \"polite.jsonl\"\n");
    assert_snapshot!(project.evenhand(&["run", "other"]));
}

#[test]
fn an_unknown_role() {
    assert_snapshot!(unasked().evenhand(&["run", "--model", "juge"]));
}

#[test]
fn an_unknown_provider() {
    assert_snapshot!(unasked().evenhand(&["run", "--model", "olama/qwen2.5:7b"]));
}

#[cfg(not(feature = "local"))]
#[test]
fn no_model_named() {
    let project = unasked();
    project.write("evenhand.toml", project.read("evenhand.toml").replace("default_model", "# default_model"));
    assert_snapshot!(project.evenhand(&["run"]));
}

#[cfg(not(feature = "local"))]
#[test]
fn an_embedded_model_in_a_build_without_the_engine() {
    assert_snapshot!(unasked().evenhand(&["run", "--model", "local/qwen2.5-coder-0.5b"]));
}

#[test]
fn a_dataset_that_is_not_there() {
    let project = unasked();
    project
        .write("evenhand.toml", project.read("evenhand.toml").replace("polite.jsonl", "data/polite.jsonl"));
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_dataset_with_nothing_in_it() {
    let project = unasked();
    project.write("polite.jsonl", "");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_dataset_of_blank_lines() {
    let project = unasked();
    project.write("polite.jsonl", "\n  \n\r\n\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_line_that_is_not_utf8_stops_the_run_before_the_first_call() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", with_a_bad_line());
    assert_snapshot!(project.evenhand(&["run"]));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_line_that_is_not_utf8_is_left_out_and_counted_where_that_is_wished() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", with_a_bad_line());
    project.add("evenhand.toml", "on_fault = \"skip\"\n");
    assert_snapshot!(project.evenhand(&["run"]));
    assert_eq!(server.requests().len(), 2);
}

/// Three lines, the second not UTF-8.
fn with_a_bad_line() -> Vec<u8> {
    let lines = records(2);
    let (first, second) = lines.split_once('\n').unwrap();
    [first.as_bytes(), b"\n{\"id\": \"bad\", \"text\": \"\xff\xfe\"}\n", second.as_bytes()].concat()
}

#[test]
fn a_record_without_a_field() {
    let project = unasked();
    project.add("polite.jsonl", "{\"id\": \"r7\", \"txt\": \"r7: please\"}\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_label_that_is_not_on_the_scale() {
    let project = unasked();
    project.add("polite.jsonl", "{\"id\": \"r7\", \"text\": \"r7: please\", \"label\": \"maybe\"}\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn an_id_that_stands_twice() {
    let project = unasked();
    project.add("polite.jsonl", &records(2));
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn a_filter_that_leaves_nothing() {
    assert_snapshot!(unasked().evenhand(&["run", "--filter", "id=nobody*"]));
}

#[test]
fn a_filter_that_is_none() {
    assert_snapshot!(unasked().evenhand(&["run", "--filter", "hard"]));
}

#[test]
fn a_record_of_ten_megabytes_goes_through() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let text = format!("r1: please {}", "word ".repeat(2_000_000));
    project.write("polite.jsonl", json!({"id": "r1", "text": text, "label": "yes"}).to_string());
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.timeless_summary()["scored"]["count"], 1);
    assert!(server.requests()[0].last_message().contains(&text));
    assert!(project.journal_text().len() < 10_000, "the journal holds no inputs");
}

#[test]
fn outputs_that_are_not_there() {
    let project = unasked();
    project.add("evenhand.toml", "outputs = { file = \"outputs.jsonl\", into = \"text\" }\n");
    assert_snapshot!(project.evenhand(&["run"]));
}

#[test]
fn outputs_that_lack_records_name_others_and_stand_twice() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    project.add(
        "evenhand.toml",
        "outputs = { file = \"outputs.jsonl\", into = \"text\" }\nmax_unscored = 0.5\n",
    );
    let output = |id: &str, text: &str| json!({"id": id, "output": text}).to_string() + "\n";
    let outputs = [
        output("r1", "r1: please first"),
        output("r1", "r1: second"),
        output("r2", "r2: no"),
        output("r3", "r3: please"),
        output("r5", "r5: please"),
        output("r9", "r9: please"),
        "{\"id\": \"r6\", \"text\": \"in the wrong field\"}\n".into(),
    ];
    project.write("outputs.jsonl", outputs.concat());
    assert_snapshot!(project.evenhand(&["run"]));
    // The first of two outputs counts, and the records without one cost nothing.
    assert_eq!(server.requests().len(), 4);
    assert!(server.requests().iter().all(|request| !request.last_message().contains("second")));
}

#[test]
fn a_recording_that_is_not_there() {
    assert_snapshot!(unasked().evenhand(&["run", "--model", "replay/replies.jsonl"]));
}

#[test]
fn a_recording_with_a_broken_line() {
    let project = unasked();
    project.write("replies.jsonl", "{\"key\": 1}\n{}\n");
    assert_snapshot!(project.evenhand(&["run", "--model", "replay/replies.jsonl"]));
}

#[test]
fn a_server_that_is_not_there() {
    // Retries would only take time: nobody will listen a second later either.
    let project = Project::polite(&judge(&closed_port("/v1"), "transport_retries = 0\nconcurrency = 1"));
    assert_snapshot!(project.evenhand(&["run"]));
    // It stopped before the last three records.
    assert_eq!(project.journal().len(), 3);
}

#[test]
fn a_wrong_key_is_named_and_never_shown() {
    const KEY: &str = "sk-proj-0123456789abcdef";
    let said = format!("Incorrect API key provided: {KEY}. You can find your API key in your account.");
    let server = Mock::new(move |_| {
        let error = json!({"error": {"message": said, "type": "invalid_request_error", "param": null, "code": "invalid_api_key"}});
        Reply::error(401, error)
    });
    let project =
        Project::polite(&judge(&server.url("/v1"), "api_key_env = \"POLITE_KEY\"\nconcurrency = 1"));
    let ran = project.evenhand_with(("POLITE_KEY", KEY), &["run", "--record", "replies.jsonl"]);
    assert_eq!(server.requests()[0].header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("0123456789"));
    for (path, bytes) in project.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("0123456789"), "{}", path.display());
    }
    assert_snapshot!(ran);
}

#[test]
fn a_key_that_is_not_set_is_named() {
    let server = Mock::new(|request| {
        assert_eq!(request.header("authorization"), None);
        Reply::error(
            401,
            json!({"error": {"message": "You didn't provide an API key.", "type": "invalid_request_error"}}),
        )
    });
    let project =
        Project::polite(&judge(&server.url("/v1"), "api_key_env = \"POLITE_KEY\"\nconcurrency = 1"));
    assert_snapshot!(project.evenhand(&["run"]));
}

fn busy() -> Reply {
    let error = json!({"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}});
    Reply::error(429, error).header("retry-after", "0")
}

#[test]
fn a_server_that_stays_busy() {
    let server = Mock::new(|_| busy());
    let project = Project::polite(&judge(&server.url("/v1"), "transport_retries = 2"));
    assert_snapshot!(project.evenhand(&["run"]));
    assert_eq!(server.requests().len(), 6 * 3);
    let outcomes = project.journal();
    assert_eq!(outcomes.len(), 6);
    assert!(outcomes.iter().all(|outcome| outcome["result"]["unscored"]["reason"] == "transport"));
}

#[test]
fn a_server_that_is_busy_at_first() {
    let asked = AtomicUsize::new(0);
    let server = Mock::new(move |request| match asked.fetch_add(1, Ordering::SeqCst) {
        0..3 => busy(),
        _ => openai_answer(&fair_answer(request)),
    });
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!(project.evenhand(&["run"]));
    assert_eq!(server.requests().len(), 9);
}

#[test]
fn a_reply_that_breaks_off() {
    let server = Mock::new(|request| openai_answer(&fair_answer(request)).closed_after(100));
    let project = Project::polite(&judge(&server.url("/v1"), "transport_retries = 0"));
    assert_snapshot!(project.evenhand(&["run", "--concurrency", "1"]));
}

#[test]
fn a_reply_that_is_not_what_was_promised() {
    let server = Mock::new(|_| Reply::json(json!({"choices": "none"})));
    let project = Project::polite(&judge(&server.url("/v1"), "transport_retries = 0"));
    assert_snapshot!(project.evenhand(&["run", "--concurrency", "1"]));
}

#[test]
fn a_web_page_is_a_wrong_address_for_every_record() {
    let page = "<html><title>Sign in to the hotel's network</title></html>";
    let server = Mock::new(move |_| Reply::body("text/html", page));
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--concurrency", "1"]);
    assert_eq!(server.requests().len(), 3);
    assert_snapshot!(ran);
}

#[test]
fn a_form_that_a_provider_does_not_have() {
    let project = unasked();
    project.add(
        "evenhand.toml",
        "\n[models.a]\nmodel = \"openai/x\"\nstructured = \"tool\"\n\n[models.b]\nmodel = \"anthropic/x\"\nstructured = \"json_object\"\n",
    );
    assert_snapshot!(project.evenhand(&["run"]));
}
