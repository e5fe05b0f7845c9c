//! Outputs by a model that is asked each record's own prompt.

use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::support::server::{Reply, openai_answer};

fn project(url: &str, outputs: &str) -> Project {
    let project = Project::empty();
    let config = format!(
        "[models.writer]\nmodel = \"openai/writer\"\nbase_url = \"{url}\"\ntemperature = 0.5\nmax_tokens = 77\n\n\
         [suites.s]\ndataset = \"d.jsonl\"\noutput = \"reply\"\noutputs = {outputs}\n\n\
         [suites.s.checks]\nsays = {{ kind = \"contains\", expected_field = \"wanted\" }}\n"
    );
    project.write("evenhand.toml", config);
    project
}

const PROMPT: &str = r#"{ model = "writer", prompt = "task.prompt", into = "reply" }"#;

#[test]
fn a_prompt_is_sent_as_it_is_and_the_replys_text_is_the_output() {
    let server =
        Mock::new(|request| match request.last_message() {
            "cut" => openai_answer("half of it")
                .edited(|body| body["choices"][0]["finish_reason"] = json!("length")),
            "nothing" => openai_answer(""),
            "filter" => openai_answer("x")
                .edited(|body| body["choices"][0]["finish_reason"] = json!("content_filter")),
            text => openai_answer(&format!("{{\"said\": \"{text}\"}}")),
        });
    let project = project(&server.url("/v1"), PROMPT);
    let chat = json!([
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "<b>"},
        {"role": "assistant", "content": "b"}, {"role": "user", "content": "chat"},
    ]);
    let records = [
        json!({"id": "text", "task": {"prompt": "{{a}} <b>"}, "wanted": "{\"said\": \"{{a}} <b>\"}"}),
        json!({"id": "chat", "task": {"prompt": chat}, "wanted": "chat"}),
        json!({"id": "cut", "task": {"prompt": "cut"}, "wanted": "half of it"}),
        json!({"id": "nothing", "task": {"prompt": "nothing"}, "wanted": "x"}),
        json!({"id": "filter", "task": {"prompt": "filter"}, "wanted": "x"}),
    ];
    project.write("d.jsonl", records.map(|record| record.to_string() + "\n").concat());
    let ran = project.evenhand(&["run", "--json", "--record-outputs", "kept.jsonl"]);
    let mut results: Vec<(String, Value)> = project
        .journal()
        .into_iter()
        .map(|outcome| {
            let result = &outcome["result"];
            let is = result["scored"]["label"].as_str().or(result["unscored"]["reason"].as_str()).unwrap();
            (outcome["id"].as_str().unwrap().to_owned(), json!(is))
        })
        .collect();
    results.sort_by(|one, other| one.0.cmp(&other.0));
    let is = |id: &str, is: &str| (id.to_owned(), json!(is));
    let expected = [
        is("chat", "pass"),
        is("cut", "pass"),
        is("filter", "subject"),
        is("nothing", "subject"),
        is("text", "pass"),
    ];
    assert_eq!(results, expected, "{ran}");
    let bodies: Vec<Value> = server.requests().iter().map(|request| request.body.clone()).collect();
    let of = |message: &Value| bodies.iter().find(|body| body["messages"] == *message).cloned();
    let text = of(&json!([{"role": "user", "content": "{{a}} <b>"}])).expect("the text alone");
    assert!(text.get("response_format").is_none() && text["temperature"] == 0.5, "{text}");
    assert!(of(&chat).is_some(), "{bodies:?}");
    // What was kept is judged again without a call.
    assert_eq!(project.read("kept.jsonl").lines().count(), 3);
}

#[test]
fn what_is_no_prompt_is_told_before_anything_is_asked() {
    let server = Mock::new(|_| Reply::status(500));
    let project = project(&server.url("/v1"), PROMPT);
    for (prompt, fault) in [
        (json!(null), "field \"task.prompt\", which is the prompt, is missing"),
        (json!(3), "neither a text nor a list of messages"),
        (
            json!([{"role": "tool", "content": "x"}]),
            "message 1: the role \"tool\" is none of system, user, assistant",
        ),
        (json!([{"role": "user", "content": [1]}]), "message 1: its content is no text"),
    ] {
        let record = json!({"id": "r", "task": {"prompt": prompt}, "wanted": "x"});
        project.write("d.jsonl", record.to_string() + "\n");
        let ran = project.evenhand(&["run"]);
        assert!(ran.code != 0 && format!("{ran}").contains(fault), "{ran}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_prompt_needs_a_model_and_no_signature() {
    for (outputs, fault) in [
        (r#"{ model = "writer" }"#, "the model is asked nothing"),
        (
            r#"{ model = "writer", prompt = "p", signature = "s" }"#,
            "`signature` means nothing beside `prompt`",
        ),
        (
            r#"{ model = "writer", prompt = "p", strategy = "re_read" }"#,
            "`strategy` means nothing beside `prompt`",
        ),
        (r#"{ file = "o.jsonl", prompt = "p" }"#, "`prompt` means nothing beside `file`"),
    ] {
        let project = project("http://127.0.0.1:1/v1", outputs);
        project.write("d.jsonl", "{\"id\": \"r\"}\n");
        let ran = project.evenhand(&["run"]);
        assert!(ran.code == 2 && ran.stderr.contains(fault), "{outputs}: {ran}");
    }
}
