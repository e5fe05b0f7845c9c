//! `evenhand run` from the first request to the report.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, is_again, record};
use crate::support::project::{Project, json_lines, records};
use crate::support::server::{Gate, Reply, openai_answer};

/// Answers nonsense for one record, fairly for the others.
fn nonsense_for(
    id: &'static str,
    how: impl Fn(bool) -> Option<&'static str> + Send + Sync + 'static,
) -> Mock {
    Mock::new(move |request| match how(is_again(request)).filter(|_| record(request) == id) {
        Some(text) => openai_answer(text),
        None => openai_answer(&fair_answer(request)),
    })
}

#[test]
fn six_records_and_a_report() {
    let server = Mock::fair();
    let ran = Project::judged_at(&server.url("/v1")).evenhand(&["run"]);
    assert_eq!(server.requests().len(), 6);
    assert!(server.requests().iter().all(|request| request.path == "/v1/chat/completions"));
    assert_snapshot!(ran);
}

#[test]
fn six_records_by_ollama() {
    let server = Mock::fair_ollama();
    let model = format!("[models.judge]\nmodel = \"ollama/mock:1b\"\nbase_url = \"{}\"\n", server.url(""));
    let ran = Project::polite(&model).evenhand(&["run"]);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    // The digest first: whether the cached replies are this model's.
    assert_eq!(paths.iter().filter(|path| *path == "/api/chat").count(), 6);
    assert_eq!(paths.iter().filter(|path| *path == "/api/tags").count(), 1);
    assert_snapshot!(ran);
}

#[test]
fn six_records_by_anthropic() {
    const KEY: &str = "sk-ant-api03-0123456789abcdef";
    let server = Mock::fair_anthropic();
    let model = format!(
        "[models.judge]\nmodel = \"anthropic/claude-mock-1\"\nbase_url = \"{}\"\napi_key_env = \"POLITE_KEY\"\nseed = 3\n",
        server.url("")
    );
    let project = Project::polite(&model);
    let ran = project.evenhand_with(("POLITE_KEY", KEY), &["run"]);
    for request in server.requests() {
        assert_eq!((request.path.as_str(), request.header("x-api-key")), ("/v1/messages", Some(KEY)));
    }
    let journal = project.journal_text();
    assert!(journal.contains("claude-mock-1 takes no seed; it was left out"));
    assert!(!journal.contains("0123456789"));
    assert_snapshot!(ran);
}

/// Opens one gate after the other, each when the outcome before it is written.
fn open_in_turn<'a>(project: &Project, gates: impl IntoIterator<Item = &'a Gate>) {
    for (number, gate) in gates.into_iter().enumerate() {
        gate.open();
        project.wait_for_outcomes(number + 1);
    }
}

#[test]
fn lines_for_machines_are_in_the_records_order_whatever_order_the_replies_come_in() {
    let gates: Vec<Gate> = (0..6).map(|_| Gate::shut()).collect();
    let held = gates.clone();
    let server = Mock::new(move |request| {
        let number: usize = record(request)[1..].parse().unwrap();
        openai_answer(&fair_answer(request)).behind(&held[number - 1])
    });
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--json"]);
    server.wait_for_requests(6);
    open_in_turn(&project, gates.iter().rev());
    let ran = running.ended();
    assert_eq!(ran.code, 0, "{ran}");
    let ids = |lines: &[Value]| -> Vec<String> {
        lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&project.journal()), ["r6", "r5", "r4", "r3", "r2", "r1"]);
    let (lines, summary) = ran.json();
    let outcomes: Vec<Value> = lines.iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(ids(&outcomes), ["r1", "r2", "r3", "r4", "r5", "r6"]);
    assert_eq!(summary["ended"], "complete");
    insta::assert_json_snapshot!(ran.timeless_summary());
}

#[test]
fn no_more_at_the_same_time_than_allowed() {
    let gate = Gate::shut();
    let held = gate.clone();
    let server = Mock::new(move |request| openai_answer(&fair_answer(request)).behind(&held));
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--concurrency", "2"]);
    server.wait_for_requests(2);
    gate.open();
    assert_eq!(running.ended().code, 0);
    assert_eq!((server.requests().len(), server.most_in_flight()), (6, 2));
}

#[test]
fn an_answer_that_is_valid_the_second_time() {
    let server = nonsense_for("r3", |again| (!again).then_some("It is polite, I would say."));
    let project = Project::judged_at(&server.url("/v1"));
    assert_snapshot!(project.evenhand(&["run"]));
    let outcomes = project.journal();
    let outcome = outcomes.iter().find(|outcome| outcome["id"] == "r3").unwrap();
    assert_eq!(outcome["result"]["scored"]["label"], "yes");
    let attempts = outcome["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0]["purpose"], "verdict");
    assert_eq!(attempts[0]["response"]["text"], "It is polite, I would say.");
    assert!(!attempts[0]["faults"].as_array().unwrap().is_empty());
    assert_eq!(attempts[1]["purpose"], "again");
    assert_eq!(attempts[1].get("faults"), None);
    assert_ne!(attempts[0]["key"], attempts[1]["key"]);
}

#[test]
fn an_answer_that_stays_invalid_is_neither_pass_nor_fail() {
    let server = nonsense_for("r2", |again| Some(if again { "{\"verdict\": \"perhaps\"}" } else { "no" }));
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", "max_unscored = 0.2\n");
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    let outcomes = project.journal();
    let outcome = outcomes.iter().find(|outcome| outcome["id"] == "r2").unwrap();
    assert_eq!(outcome["result"]["unscored"]["reason"], "invalid_answer");
    let texts: Vec<&str> = outcome["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["response"]["text"].as_str().unwrap())
        .collect();
    let perhaps = "{\"verdict\": \"perhaps\"}";
    assert_eq!(texts, ["no", perhaps, perhaps, perhaps]);
    let summary = ran.timeless_summary();
    // r4 differs; r2 has no verdict, so it is in no denominator.
    assert_eq!(summary["agreement"]["labels"]["accuracy"]["count"], 4);
    assert_eq!(summary["agreement"]["labels"]["accuracy"]["n"], 5);
    assert_eq!(summary["score"]["n"], 5);
    assert_eq!(summary["verdicts"], json!({"no": 2, "yes": 3}));
    assert_eq!(summary["scored"]["count"], 5);
}

#[test]
fn too_many_records_without_a_score() {
    let server = nonsense_for("r2", |_| Some("no"));
    let ran = Project::judged_at(&server.url("/v1")).evenhand(&["run"]);
    assert_snapshot!(ran);
}

/// A project with three e-mails for the bundled rubric.
fn emails(url: &str) -> Project {
    let project = Project::judged_at(url);
    let suite = "\n[suites.email]\nsignature = \"professional_email\"\ndataset = \"emails.jsonl\"\nlabel = \"label\"\n";
    project.add("evenhand.toml", suite);
    let email = |id: &str, text: &str, label: u32| {
        json!({"id": id, "task": "Ask for the report", "artifact": format!("{id}: {text}"), "label": label})
            .to_string()
            + "\n"
    };
    let emails =
        [email("r1", "please send the report", 5), email("r2", "report", 1), email("r3", "please", 4)];
    project.write("emails.jsonl", emails.concat());
    project
}

#[test]
fn a_rubric_in_one_call() {
    let server = Mock::fair();
    let ran = emails(&server.url("/v1")).evenhand(&["run", "email"]);
    assert_eq!(server.requests().len(), 3);
    assert_snapshot!(ran);
}

#[test]
fn a_rubric_criterion_by_criterion() {
    let server = Mock::new(|request| {
        // The grammar is always bad; the rest is as the text deserves.
        let about_grammar =
            request.body["messages"][0]["content"].as_str().unwrap().contains("proper_grammar");
        let answer = json!({"reasoning": "Errors everywhere.", "score": 1, "suggestions": ["Mend it."]});
        openai_answer(&if about_grammar { answer.to_string() } else { fair_answer(request) })
    });
    let project = emails(&server.url("/v1"));
    project.add("evenhand.toml", "aggregation = \"criteria\"\n");
    let ran = project.evenhand(&["run", "email", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(server.requests().len(), 9);
    let (lines, summary) = ran.json();
    assert_eq!(summary["summary"]["calls"]["verdicts"], 9);
    let score = &lines[0]["outcome"]["result"]["scored"];
    // (2·1 + 1·0 + 2·1) / 5, and the level nearest to it.
    assert_eq!((&score["value"], &score["label"]), (&json!(0.8), &json!("4")));
    let parts: Vec<&Value> = score["parts"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
    assert_eq!(parts, ["professional_tone", "proper_grammar", "clear_communication"]);
    let asked: Vec<&Value> =
        lines[0]["outcome"]["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["part"]).collect();
    assert_eq!(asked, parts);
}

#[test]
fn a_failure_in_one_criterion_leaves_the_whole_without_a_score() {
    let server = Mock::new(|request| {
        let about_grammar =
            request.body["messages"][0]["content"].as_str().unwrap().contains("proper_grammar");
        openai_answer(&if about_grammar { "fine".into() } else { fair_answer(request) })
    });
    let project = emails(&server.url("/v1"));
    project.add("evenhand.toml", "aggregation = \"criteria\"\nretries = 0\n");
    assert_snapshot!(project.evenhand(&["run", "email"]));
}

/// What was decided, without how long it took.
fn verdicts(lines: &[Value]) -> Vec<(Value, Value)> {
    lines.iter().map(|line| (line["outcome"]["id"].clone(), line["outcome"]["result"].clone())).collect()
}

#[test]
fn recorded_replies_give_the_same_verdicts_without_a_server() {
    let server = nonsense_for("r3", |again| (!again).then_some("It is polite."));
    let project = Project::judged_at(&server.url("/v1"));
    let first = project.evenhand(&["run", "--json", "--record", "golden/replies.jsonl"]);
    drop(server);
    let again = project.evenhand(&["run", "--json", "--model", "replay/golden/replies.jsonl"]);
    assert_eq!((first.code, again.code), (0, 0), "{again}");
    assert_eq!(verdicts(&first.json().0), verdicts(&again.json().0));
    let (mut before, mut after) = (first.timeless_summary(), again.timeless_summary());
    assert_eq!(after["model"], "replay/golden/replies.jsonl");
    for summary in [&mut before, &mut after] {
        summary.as_object_mut().unwrap().remove("model");
    }
    assert_eq!(before, after);
}

#[test]
fn recording_again_gives_the_same_lines() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let recorded = |name| {
        assert_eq!(project.evenhand(&["run", "--concurrency", "1", "--record", name]).code, 0);
        project.read(name)
    };
    assert_eq!(recorded("first.jsonl"), recorded("second.jsonl"));
    // Starting over replaces what was there.
    assert_eq!(recorded("first.jsonl").lines().count(), 6);
}

#[test]
fn a_prompt_that_changed_is_not_answered_from_the_recording() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run", "--record", "replies.jsonl"]).code, 0);
    let changed = project.read("signatures/polite.toml").replace("is polite.\"", "is very polite.\"");
    project.write("signatures/polite.toml", changed);
    assert_snapshot!(project.evenhand(&["run", "--model", "replay/replies.jsonl"]));
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_record_that_is_new_is_not_answered_from_the_recording() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run", "--record", "replies.jsonl"]).code, 0);
    project.write("polite.jsonl", records(6).replace("go away", "go on"));
    assert_snapshot!(project.evenhand(&["run", "--model", "replay/replies.jsonl"]));
}

#[test]
fn a_budget_ends_the_run_and_the_rest_can_be_had() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--max-calls", "4", "--concurrency", "1"]);
    assert_snapshot!(ran);
    assert_eq!(server.asked(), ["r1", "r2", "r3", "r4"]);
    let resumed = project.evenhand(&["run", "polite", "--resume", "--json", "--concurrency", "1"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(server.asked(), ["r1", "r2", "r3", "r4", "r5", "r6"]);
    assert_eq!(resumed.timeless_summary()["scored"]["count"], 6);
}

#[test]
fn the_limit_and_filters_choose_records() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let words = ["run", "--concurrency", "1", "--filter", "label=yes", "--filter", "id!=r3", "--limit", "2"];
    assert_eq!(project.evenhand(&words).code, 0);
    assert_eq!(server.asked(), ["r1", "r4"]);
}

#[test]
fn all_suites_one_after_the_other_and_the_worst_exit_counts() {
    let server = Mock::new(|request| match record(request).as_str() {
        "r2" => Reply::error(400, json!({"error": {"message": "too long", "type": "invalid_request_error"}})),
        _ => openai_answer(&fair_answer(request)),
    });
    let project = emails(&server.url("/v1"));
    project.write("polite.jsonl", records(1));
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 3, "{ran}");
    let ended: Vec<Value> = json_lines(&ran.stdout)
        .into_iter()
        .filter(|line| line["type"] == "summary")
        .map(|line| line["summary"]["suite"].clone())
        .collect();
    assert_eq!(ended, ["email", "polite"]);
}

#[test]
fn a_mistake_does_not_empty_the_recording() {
    let project = Project::judged_at("http://127.0.0.1:9/v1");
    project.write("golden.jsonl", "golden\n");
    for mistake in [["--filter", "hard"], ["--model", "juge"], ["--filter", "id=nobody"]] {
        let ran = project.evenhand(&["run", "--record", "golden.jsonl", mistake[0], mistake[1]]);
        assert_eq!(ran.code, 2, "{ran}");
        assert_eq!(project.read("golden.jsonl"), "golden\n", "after {mistake:?}");
    }
}

#[test]
fn reasons_that_are_too_long_are_cut_and_cost_neither_a_call_nor_a_verdict() {
    let server = Mock::new(|request| {
        let mut answer: Value = serde_json::from_str(&fair_answer(request)).unwrap();
        answer["reasoning"] = "The text asks for it. ".repeat(20).into();
        openai_answer(&answer.to_string())
    });
    let project = Project::judged_at(&server.url("/v1"));
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!((ran.code, server.requests().len()), (0, 6), "{ran}");
    let told = server.requests()[0].body["messages"][0]["content"].to_string();
    assert!(told.contains("text of at most 300 characters"), "{told}");
    for outcome in json_lines(&project.journal_text()) {
        assert_eq!(outcome["attempts"][0]["repairs"], json!(["text_shortened"]));
        let reasoning = outcome["result"]["scored"]["reasoning"].as_str().unwrap();
        assert_eq!(reasoning.chars().count(), 300);
    }
}
