//! Strategies by the command: named in a suite or by `--strategy`, with their options.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer, schema};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};

fn project(mock: &Mock, settings: &str) -> Project {
    let project = Project::judged_at(&mock.url("/v1"));
    project.add("evenhand.toml", settings);
    project
}

fn verdict(verdict: &str) -> Reply {
    openai_answer(&json!({"reasoning": format!("it is {verdict}"), "verdict": verdict}).to_string())
}

/// Whether an answer with this field is asked for.
fn asks_for(request: &RecordedRequest, field: &str) -> bool {
    schema(&request.body)["properties"].get(field).is_some()
}

fn parts(outcome: &Value) -> Vec<&str> {
    let attempts = outcome["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| attempt["part"].as_str().unwrap_or("-")).collect()
}

/// Observations first, then a fair verdict.
fn observing(request: &RecordedRequest) -> Reply {
    if asks_for(request, "observations") {
        return openai_answer(&json!({"observations": ["It says please, or not."]}).to_string());
    }
    openai_answer(&fair_answer(request))
}

#[test]
fn draws_are_counted_before_kept_apart_and_found_again_in_the_cache() {
    let drawn = AtomicUsize::new(0);
    let mock =
        Mock::new(move |_| verdict(if drawn.fetch_add(1, Ordering::SeqCst) == 0 { "no" } else { "yes" }));
    let project = project(&mock, "");
    let strategy = ["--strategy", "self_consistency:n=3"];
    let ran = project.evenhand(&["run", "polite", "--dry-run", strategy[0], strategy[1]]);
    assert!(ran.stdout.contains("6 records, 18 calls") && mock.requests().is_empty(), "{ran}");
    let words = ["run", "polite", "--limit", "1", strategy[0], strategy[1]];
    let ran = project.evenhand(&words);
    assert_eq!((ran.code, mock.requests().len()), (0, 3), "{ran}");
    assert!(mock.requests().iter().all(|request| request.body["temperature"] == json!(0.7)));
    let first = &project.journal()[0];
    assert_eq!(first["result"]["scored"]["label"], "yes");
    assert_eq!(parts(first), ["draw 1", "draw 2", "draw 3"]);
    let ran = project.evenhand(&words);
    assert_eq!((ran.code, mock.requests().len()), (0, 3), "all are kept: {ran}");
    let resumed = project.evenhand(&["run", "polite", "--limit", "1", "--resume"]);
    assert!(resumed.code == 2 && resumed.stderr.contains("judge"), "{resumed}");
}

#[test]
fn a_ladder_of_temperatures_is_a_table_in_the_suite() {
    let mock = Mock::fair();
    let project = project(&mock, "strategy = { name = \"diverse_sampling\", temperatures = [0.2, 0.8] }\n");
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!(ran.code, 0, "{ran}");
    let asked: BTreeSet<String> =
        mock.requests().iter().map(|request| request.body["temperature"].to_string()).collect();
    assert_eq!(asked.into_iter().collect::<Vec<_>>(), ["0.2", "0.8"]);
}

#[test]
fn the_best_of_several_answers_is_chosen_by_a_call_and_an_empty_one_never() {
    let drawn = AtomicUsize::new(0);
    let mock = Mock::new(move |request| {
        if asks_for(request, "best") {
            let shown = request.last_message().to_owned();
            let best = if shown.contains("2. {\"reasoning\":\"it is yes\"") { 2 } else { 1 };
            return openai_answer(&json!({"reason": "it says please", "best": best}).to_string());
        }
        match drawn.fetch_add(1, Ordering::SeqCst) {
            0 => openai_answer(""),
            1 => verdict("yes"),
            _ => verdict("no"),
        }
    });
    let project = project(&mock, "strategy = \"best_of_n\"\n");
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 4), "{ran}");
    let first = &project.journal()[0];
    assert_eq!(first["result"]["scored"]["label"], "yes");
    assert_eq!(parts(first).last(), Some(&"choice"));
}

/// A judge that is fair where it has seen its answer once more, and else says yes to everything.
fn hasty() -> Mock {
    Mock::new(|request| {
        let answers_again = request.last_message().contains("Read this once more");
        if answers_again { openai_answer(&fair_answer(request)) } else { verdict("yes") }
    })
}

#[test]
fn two_strategies_are_compared_with_what_each_takes() {
    let mock = hasty();
    let project = project(&mock, "");
    let words = ["compare", "polite", "--strategies", "direct,re_read"];
    let ran = project.evenhand(&[&words[..], &["--dry-run"]].concat());
    let told = "polite by openai/mock-1, direct: 6 records, 6 calls";
    assert!(ran.code == 0 && ran.stdout.contains(told) && mock.requests().is_empty(), "{ran}");
    assert!(ran.stdout.contains("polite by openai/mock-1, re_read: 6 records, 12 calls"), "{ran}");
    let ran = project.evenhand(&words);
    assert_eq!((ran.code, mock.requests().len()), (0, 12), "the first call of both is the same: {ran}");
    assert!(ran.stdout.contains("new beside old: 2.0 × the calls, 2.0 × the tokens"), "{ran}");
    let head = std::fs::read_to_string(project.last_run().join("run.json")).unwrap();
    assert!(head.contains(r#""strategy": "re_read""#), "{head}");
    let ran = project.evenhand(&["report", "last", "--html", "page.html"]);
    assert!(ran.code == 0 && !project.read("page.html").contains("changed since the run"), "{ran}");
}

#[test]
fn several_strategies_are_one_table() {
    let mock = hasty();
    let project = project(&mock, "");
    let strategies = "direct,best_of_n:n=2,temperature=0.9,re_read,self_consistency:n=3";
    let words = ["compare", "polite", "--strategies", strategies];
    let dry = project.evenhand(&[&words[..], &["--dry-run"]].concat());
    let told = "best_of_n:n=2,temperature=0.9: 6 records, 18 calls at most, 12 at least";
    assert!(dry.stdout.replace("\n          ", " ").contains(told), "{dry}");
    let ran = project.evenhand(&[&words[..], &["--markdown", "page.md"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let time = regex::Regex::new(r"[;,]\s+[0-9.]+\s+(×\s+the\s+time|m?s\s+a\s+record)").unwrap();
    assert_snapshot!(time.replace_all(&ran.stdout, ""));
    let markdown = project.read("page.md");
    assert!(markdown.contains("What it takes") && markdown.contains("self_consistency:n=3"), "{markdown}");
    let ran = project.evenhand(&[&words[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let others = told["comparison"]["others"].as_array().unwrap();
    let calls: Vec<f64> = others.iter().map(|other| other["multiples"]["calls"].as_f64().unwrap()).collect();
    assert_eq!(calls, [2.0, 2.0, 3.0]);
    let ran = project.evenhand(&["compare", "polite", "--strategies", "direct"]);
    assert!(ran.code == 2 && ran.stderr.contains("two strategies or more"), "{ran}");
}

#[test]
fn a_prepared_verdict_is_locked_and_checked_from_its_recorded_replies() {
    let mock = Mock::new(observing);
    let project = project(&mock, "strategy = \"plan_search\"\n");
    let ran = project.evenhand(&["golden", "lock", "polite", "--replies"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 12), "{ran}");
    let ran = project.evenhand(&["check", "polite", "--replay"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 12), "{ran}");
    let ran = project.evenhand(&["check", "polite", "--replay", "--strategy", "direct"]);
    assert!(ran.code == 3 && ran.stdout.contains("changed     judge prompt"), "{ran}");
}

#[test]
fn what_is_asked_before_a_verdict_can_be_looked_at() {
    let mock = Mock::fair();
    let project = project(&mock, "strategy = \"prover_verifier\"\n");
    let ran = project.evenhand(&["prompt", "polite"]);
    assert!(ran.stdout.contains("The side: \"verdict\" is \"yes\"."), "{ran}");
    assert!(ran.stdout.contains("The side: \"verdict\" is \"no\"."), "{ran}");
    let ran = project.evenhand(&["run", "polite", "--dry-run"]);
    assert!(ran.stdout.contains("6 records, 18 calls") && mock.requests().is_empty(), "{ran}");
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(parts(&project.journal()[0]), ["argument for", "argument against", "verdict"]);
}

#[test]
fn the_judge_commits_itself_before_it_sees_what_it_judges() {
    let mock = Mock::new(|request| {
        if asks_for(request, "answer") {
            assert!(!request.last_message().contains("please wait here"));
            return openai_answer(&json!({"reasoning": "r1", "answer": "r1, please"}).to_string());
        }
        assert!(request.body.to_string().contains("r1, please"));
        verdict("yes")
    });
    let project = project(&mock, "strategy = { name = \"commit_first\", hide = \"text\" }\n");
    let refused = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert!(refused.code == 2 && refused.stderr.contains("no input besides what is judged"), "{refused}");
    let signature = project.read("signatures/polite.toml");
    project
        .write("signatures/polite.toml", signature.replace("[inputs.text]", "[inputs.id]\n\n[inputs.text]"));
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 2), "{ran}");
}

#[test]
fn answers_are_made_from_answers() {
    let mock = Mock::fair();
    let project = project(&mock, "");
    let strategy = "self_aggregation:population=3,rounds=1";
    let ran = project.evenhand(&["run", "polite", "--limit", "1", "--strategy", strategy]);
    assert_eq!((ran.code, mock.requests().len()), (0, 6), "{ran}");
    let later =
        mock.requests().iter().filter(|request| request.last_message().contains("earlier judgments")).count();
    assert_eq!(later, 3);
}

#[test]
fn a_judge_of_a_suite_has_a_strategy_of_its_own() {
    let mock = Mock::new(observing);
    let judge = "label_values = { yes = \"pass\", no = \"fail\" }\n\n[suites.polite.judges.other]\nsignature = \"polite\"\nstrategy = \"plan_search\"\n";
    let project = project(&mock, judge);
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 3), "{ran}");
    let ran = project.evenhand(&["run", "polite", "--limit", "1", "--no-cache", "--strategy", "direct"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 5), "both are asked once: {ran}");
}

#[test]
fn the_members_of_a_jury_have_strategies_of_their_own() {
    let mock = Mock::new(observing);
    let jury = "\n[suites.polite.jury]\nmembers = [\n  { name = \"planner\", strategy = \"plan_search\" },\n  \
                { name = \"sampler\", strategy = { name = \"self_consistency\", n = 3 } },\n]\n";
    let project = project(&mock, jury);
    let ran = project.evenhand(&["run", "polite", "--limit", "1"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 5), "{ran}");
    let ran = project.evenhand(&["run", "polite", "--limit", "1", "--no-cache", "--strategy", "direct"]);
    assert_eq!((ran.code, mock.requests().len()), (0, 7), "each is asked once: {ran}");
}

#[test]
fn an_option_that_a_strategy_has_not_is_an_error_with_those_it_has() {
    let mock = Mock::fair();
    for (settings, told) in [
        ("strategy = { name = \"best_of_n\", m = 4 }\n", "unknown key `m`"),
        ("strategy = { name = \"best_of_n\", m = 4 }\n", "known here: name, n, temperature, scorer"),
        ("strategy = { name = \"best_of_n\", n = 0 }\n", "0 is less than the minimum of 1"),
        ("strategy = { name = \"best_of\" }\n", "did you mean \"best_of_n\"?"),
        ("strategy = { n = 3 }\n", "key `name` is missing"),
        ("strategy = \"best_of\"\n", "did you mean \"best_of_n\"?"),
        (
            "[suites.polite.judges.a]\nsignature = \"polite\"\nstrategy = { name = \"direct\", n = 1 }\n",
            "unknown key `n`",
        ),
    ] {
        let ran = project(&mock, settings).evenhand(&["run", "polite", "--dry-run"]);
        assert!(ran.code == 2 && ran.stderr.contains(told), "{settings}: {ran}");
    }
    let ran = project(&mock, "").evenhand(&["run", "polite", "--strategy", "best_of_n:m=4"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("has no option `m`; its options: n, temperature, scorer"),
        "{ran}"
    );
}
