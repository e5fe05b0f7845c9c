//! Strategies of a model that produces outputs, by the command.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, schema};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// A project in which a model answers callers, asked by this strategy, and a fair judge judges the answers.
fn answering(server: &Mock, strategy: &str) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    project.write(
        "signatures/answer.toml",
        "instruction = \"Answer the caller.\"\n[inputs.say]\ndescription = \"The call.\"\n\
         [outputs.answer]\ndescription = \"The answer.\"\n",
    );
    let records: String = project.read("polite.jsonl").replace("\"text\"", "\"say\"");
    project.write("polite.jsonl", records);
    project.add(
        "evenhand.toml",
        &format!(
            "[suites.polite.outputs]\nmodel = \"judge\"\nsignature = \"answer\"\ninto = \"text\"\nstrategy = {strategy}\n"
        ),
    );
    project
}

fn asks_for(request: &RecordedRequest, field: &str) -> bool {
    schema(&request.body)["properties"].get(field).is_some()
}

fn answer(text: &str) -> Reply {
    openai_answer(&json!({ "answer": text }).to_string())
}

/// Answers callers with these texts in turn, and judges fairly.
fn in_turn(texts: &'static [&'static str]) -> Mock {
    let drawn = AtomicUsize::new(0);
    Mock::new(move |request| {
        if asks_for(request, "answer") {
            answer(texts[drawn.fetch_add(1, Ordering::SeqCst) % texts.len()])
        } else {
            openai_answer(&fair_answer(request))
        }
    })
}

fn subject(project: &Project) -> Value {
    project.journal()[0]["subject"].clone()
}

fn parts(subject: &Value) -> Vec<&str> {
    let attempts = subject["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| attempt["part"].as_str().unwrap_or("-")).collect()
}

const FIRST: [&str; 4] = ["run", "polite", "--limit", "1"];

#[test]
fn the_output_of_most_answers_is_judged_kept_and_counted_before() {
    let server = in_turn(&["no idea", "please wait", " please wait "]);
    let project = answering(&server, "{ name = \"self_consistency\", n = 3 }");
    let dry = project.evenhand(&["run", "polite", "--dry-run"]);
    assert!(dry.stdout.contains("outputs 18 calls, on top") && server.requests().is_empty(), "{dry}");
    let ran = project.evenhand(&FIRST);
    assert_eq!((ran.code, server.requests().len()), (0, 4), "{ran}");
    let produced = subject(&project);
    assert_eq!(produced["output"].as_str().unwrap().trim(), "please wait");
    assert_eq!(parts(&produced), ["draw 1", "draw 2", "draw 3"]);
    let drawn: Vec<Value> =
        server.requests().iter().take(3).map(|request| request.body["temperature"].clone()).collect();
    assert_eq!(drawn, [json!(0.7), json!(0.7), json!(0.7)]);
    let again = project.evenhand(&FIRST);
    assert_eq!((again.code, server.requests().len()), (0, 4), "all are kept: {again}");
    let changed = project.read("evenhand.toml").replace("n = 3", "n = 2");
    project.write("evenhand.toml", changed);
    project.evenhand(&FIRST);
    let compared = project.evenhand(&["compare", "last~1", "last"]);
    assert!(compared.stdout.contains("new beside old: 0.7 × the calls, 0.7 × the tokens"), "{compared}");
    let changed = project.read("evenhand.toml").replace("n = 2", "n = 4");
    project.write("evenhand.toml", changed);
    let resumed = project.evenhand(&["run", "polite", "--limit", "1", "--resume"]);
    assert!(resumed.code == 2 && resumed.stderr.contains("the outputs"), "{resumed}");
}

#[test]
fn the_best_output_is_chosen_by_a_call_and_an_empty_one_never() {
    let drawn = AtomicUsize::new(0);
    let server = Mock::new(move |request| {
        if asks_for(request, "best") {
            let is_first = request.last_message().contains("1. {\"answer\":\"please wait\"}");
            let best = if is_first { 1 } else { 2 };
            return openai_answer(&json!({"reason": "it is polite", "best": best}).to_string());
        }
        if !asks_for(request, "answer") {
            return openai_answer(&fair_answer(request));
        }
        match drawn.fetch_add(1, Ordering::SeqCst) {
            0 => answer("  "),
            1 => openai_answer("no JSON"),
            2 => answer("wait"),
            _ => answer("please wait"),
        }
    });
    let project = answering(&server, "{ name = \"best_of_n\", n = 4, scorer = \"call\" }");
    let ran = project.evenhand(&FIRST);
    assert_eq!(ran.code, 0, "{ran}");
    let produced = subject(&project);
    assert_eq!(produced["output"], "please wait");
    assert_eq!(parts(&produced).last(), Some(&"choice"));
}

#[test]
fn draws_that_are_empty_or_fail_leave_no_output() {
    let server = in_turn(&["", " "]);
    let project = answering(&server, "{ name = \"self_consistency\", n = 2 }");
    let ran = project.evenhand(&FIRST);
    let unscored = project.journal()[0]["result"]["unscored"].clone();
    assert_eq!(unscored["reason"], "subject", "{ran}");
    assert!(unscored["detail"].as_str().unwrap().contains("0 of 2 draws were valid answers"), "{unscored}");
    let refused = Mock::new(|_| Reply::status(400));
    let project = answering(&refused, "\"re_read\"");
    let ran = project.evenhand(&FIRST);
    assert_eq!(project.journal()[0]["result"]["unscored"]["reason"], "subject", "{ran}");
    assert!(subject(&project)["output"].is_null(), "{ran}");
}

#[test]
fn an_answer_is_corrected_where_its_check_names_a_mistake() {
    let server = Mock::new(|request| {
        if asks_for(request, "mistakes") {
            let messages = request.body["messages"].as_array().unwrap();
            let is_polite = messages[messages.len() - 2].to_string().contains("please wait");
            let mistakes = if is_polite { json!([]) } else { json!(["It does not say please."]) };
            return openai_answer(&json!({ "mistakes": mistakes }).to_string());
        }
        if !asks_for(request, "answer") {
            return openai_answer(&fair_answer(request));
        }
        answer(if request.last_message().contains("does not say please") { "please wait" } else { "wait" })
    });
    let project = answering(&server, "{ name = \"prover_verifier\", rounds = 3 }");
    let ran = project.evenhand(&FIRST);
    assert_eq!(ran.code, 0, "{ran}");
    let produced = subject(&project);
    assert_eq!(produced["output"], "please wait");
    assert_eq!(parts(&produced), ["answer", "check", "correction 1", "check"]);
}

#[test]
fn observations_come_before_an_output_and_rounds_are_made_from_answers() {
    let server = Mock::new(|request| {
        if asks_for(request, "observations") {
            return openai_answer(&json!({"observations": ["Say please."]}).to_string());
        }
        if !asks_for(request, "answer") {
            return openai_answer(&fair_answer(request));
        }
        let told = request.body.to_string();
        answer(if told.contains("Say please.") || told.contains("earlier answers") {
            "please wait"
        } else {
            "wait"
        })
    });
    let project = answering(&server, "\"plan_search\"");
    let ran = project.evenhand(&FIRST);
    assert_eq!((ran.code, parts(&subject(&project))), (0, vec!["observations", "answer"]), "{ran}");
    assert_eq!(subject(&project)["output"], "please wait");
    let project = answering(&server, "{ name = \"self_aggregation\", population = 2, rounds = 1 }");
    let ran = project.evenhand(&FIRST);
    assert_eq!((ran.code, parts(&subject(&project)).len()), (0, 4), "{ran}");
    assert_eq!(subject(&project)["output"], "please wait");
}

#[test]
fn what_does_not_fit_is_said_before_any_call() {
    let server = Mock::fair();
    let refused = |strategy: &str| {
        let ran = answering(&server, strategy).evenhand(&FIRST);
        assert_eq!((ran.code, server.requests().len()), (2, 0), "{ran}");
        ran.stderr
    };
    assert!(refused("\"commit_first\"").contains("\"commit_first\" is not one of direct, re_read"));
    assert!(refused("{ name = \"self_consistency\", n = 0 }").contains("`n` is 0"));
    assert!(refused("{ name = \"best_of_n\", scorer = \"confidence\" }").contains("no output `confidence`"));
    assert!(refused("{ name = \"self_consistency\", by = \"code\" }").contains("no output `code`"));
}
