//! What was paid for once is not asked again, by whatever command.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use evenhand::internal::model::{Cache, Reuse, RunParts, model_of_run};
use evenhand::internal::store::{Entry, Kind, Store, StoreOptions};
use evenhand::model::{Failure, FailureKind, Model, ModelOptions, Provider, Request, Response};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, Ran, json_lines};
use crate::support::requests::plain;
use crate::support::server::{Reply, ollama_answer, openai_answer};

fn run(project: &Project, words: &[&str]) -> Ran {
    let ran = project.evenhand(&[&["run", "--concurrency", "1"], words].concat());
    assert_eq!(ran.code, 0, "{ran}");
    ran
}

fn judged() -> (Project, Mock) {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    run(&project, &[]);
    assert_eq!(server.requests().len(), 6);
    (project, server)
}

#[test]
fn a_second_run_asks_nothing_and_pays_nothing() {
    let (project, server) = judged();
    let again = run(&project, &["--json"]);
    assert_eq!(server.requests().len(), 6);
    let (lines, summary) = again.json();
    assert!(lines.iter().all(|line| line["outcome"]["attempts"][0]["response"]["cached"] == true));
    assert_eq!(summary["summary"]["calls"]["cached"], 6);
    assert_eq!(summary["summary"]["tokens"]["prompt"], 0);
    assert!(summary["summary"]["latency"].is_null());
    assert_snapshot!(run(&project, &[]));
}

#[test]
fn without_the_cache_and_anew() {
    let (project, server) = judged();
    run(&project, &["--no-cache"]);
    assert_eq!(server.requests().len(), 12);
    run(&project, &["--refresh"]);
    assert_eq!(server.requests().len(), 18);
    run(&project, &[]);
    assert_eq!(server.requests().len(), 18);
}

#[test]
fn another_model_server_or_parameter_is_another_question() {
    let (project, server) = judged();
    let config = project.read("evenhand.toml");
    let other = |from: &str, to: &str| {
        project.write("evenhand.toml", config.replace(from, to));
        let before = server.requests().len();
        run(&project, &[]);
        server.requests().len() - before
    };
    assert_eq!(other("openai/mock-1", "openai/mock-2"), 6);
    assert_eq!(other("/v1\"", "/v2\""), 6);
    assert_eq!(other("/v1\"", "/v1\"\ntemperature = 0.5"), 6);
    assert_eq!(other("/v1\"", "/v1\"\nextra = { top_k = 4 }"), 6);
    assert_eq!(other("/v1\"", "/v1\"\nkeep_alive = \"9m\""), 0, "it changes no reply");
}

#[test]
fn a_model_that_ollama_has_replaced_is_asked_again() {
    let digest = Arc::new(Mutex::new("sha256:1"));
    let told = Arc::clone(&digest);
    let server = Mock::new(move |request| {
        if request.path == "/api/tags" {
            return Reply::json(json!({"models": [{"name": "mock:1b", "digest": *told.lock().unwrap()}]}));
        }
        ollama_answer(&fair_answer(request))
    });
    let models = format!("[models.judge]\nmodel = \"ollama/mock:1b\"\nbase_url = \"{}\"\n", server.url(""));
    let project = Project::polite(&models);
    let chats = || server.requests().iter().filter(|request| request.path == "/api/chat").count();
    run(&project, &[]);
    run(&project, &[]);
    assert_eq!(chats(), 6);
    *digest.lock().unwrap() = "sha256:2";
    run(&project, &[]);
    assert_eq!(chats(), 12);
}

#[test]
fn why_a_record_is_asked_again() {
    let (project, _server) = judged();
    let why = |words: &[&str]| {
        let ran = project.evenhand(&[&["cache", "why"], words].concat());
        let dates = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d").unwrap();
        dates.replace_all(&ran.to_string(), "[when]").into_owned()
    };
    assert_snapshot!("it is not", why(&["r3"]));
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.replace("/v1\"", "/v1\"\ntemperature = 0.5"));
    assert_snapshot!("the parameters changed", why(&["r3", "--suite", "polite"]));
    project.write("evenhand.toml", config.replace("mock-1", "mock-2"));
    assert_snapshot!("the model changed", why(&["r3"]));
    project.write("evenhand.toml", &config);
    project.write("polite.jsonl", project.read("polite.jsonl").replace("come in", "come in now"));
    assert_snapshot!("the record changed", why(&["r3"]));
    assert_snapshot!("there is no such record", why(&["r99"]));
}

#[test]
fn a_damaged_cache_costs_a_line_and_no_run() {
    let (project, server) = judged();
    project.write(".evenhand/cache.sqlite", "this is no database, whatever its name says ".repeat(100));
    std::fs::remove_file(project.path(".evenhand/cache.sqlite-wal")).ok();
    assert_snapshot!(run(&project, &[]));
    assert_eq!(server.requests().len(), 12);
    assert_snapshot!("looked into", project.evenhand(&["cache", "stats"]));
    assert_eq!(project.evenhand(&["cache", "prune", "--all"]).code, 0);
    run(&project, &[]);
    run(&project, &[]);
    assert_eq!(server.requests().len(), 18);
}

#[test]
fn looking_into_it_and_making_room() {
    let (project, _server) = judged();
    let stats = project.evenhand(&["cache", "stats", "--json"]);
    let holdings = &json_lines(&stats.stdout)[0];
    assert_eq!(holdings["entries"], 6);
    assert_eq!(holdings["by_source"]["openai/mock-1"], 6);
    assert!(project.evenhand(&["cache", "prune", "--older-than", "30d"]).stdout.starts_with("0 entries"));
    assert_snapshot!("not an age", project.evenhand(&["cache", "prune", "--older-than", "soon"]));
    assert!(project.evenhand(&["cache", "prune", "--older-than", "0m"]).code == 0);
    assert_snapshot!("nothing there", Project::judged_at("http://127.0.0.1:1").evenhand(&["cache", "stats"]));
}

#[test]
fn what_is_exported_can_be_replayed() {
    let (project, server) = judged();
    let ran = project.evenhand(&["cache", "export", "all.jsonl"]);
    assert_eq!(ran.stdout, "6 replies in all.jsonl\n");
    let replayed = run(&project, &["--model", "replay/all.jsonl", "--json"]);
    assert_eq!(replayed.json().1["summary"]["records"], 6);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_recording_has_the_replies_from_the_cache_too() {
    let (project, server) = judged();
    run(&project, &["--record", "whole.jsonl"]);
    assert_eq!(json_lines(&project.read("whole.jsonl")).len(), 6);
    // Of a run that was answered by the cache alone and is gone on with, the journal has them.
    run(&project, &[]);
    run(&project, &["--resume", "--record", "resumed.jsonl"]);
    assert_eq!(json_lines(&project.read("resumed.jsonl")).len(), 6);
    run(&project, &["--model", "replay/resumed.jsonl"]);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn commands_at_the_same_time_share_it() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    let running: Vec<_> = (0..3).map(|_| project.start(&["run", "--json"])).collect();
    for running in running {
        let ran = running.ended();
        assert_eq!((ran.code, ran.stderr.contains("cache")), (0, false), "{ran}");
    }
    let before = server.requests().len();
    run(&project, &[]);
    assert_eq!(server.requests().len(), before);
}

/// A model that numbers its answers, and fails where a request says so.
fn numbering(folder: &std::path::Path) -> (Model, Arc<Mutex<u32>>) {
    let calls = Arc::new(Mutex::new(0));
    let count = Arc::clone(&calls);
    let provider = Provider::from_fn("mock/number", move |request: Request| {
        let mut calls = count.lock().unwrap();
        *calls += 1;
        let text = calls.to_string();
        let fails = request.messages.iter().any(|message| message.content == "fail");
        async move {
            if fails {
                Err(Failure::new(FailureKind::Refused, "no"))
            } else {
                Ok(Response { text, ..Response::default() })
            }
        }
    });
    let store = Store::open(&folder.join("cache.sqlite"), StoreOptions::default()).unwrap();
    let cache = Some(Arc::new(Cache::new(store, Reuse::All)));
    let parts = RunParts { cache, ..RunParts::default() };
    (model_of_run(provider, ModelOptions::default(), parts), calls)
}

#[tokio::test]
async fn repeats_are_answers_of_their_own_and_failures_are_not_kept() {
    let folder = tempfile::TempDir::new().unwrap();
    let (model, calls) = numbering(folder.path());
    let draw = |repeat| Request { repeat, ..plain() };
    for _ in 0..2 {
        for repeat in 0..3 {
            let text = model.complete(&draw(repeat)).await.unwrap().text;
            assert_eq!(text, (repeat + 1).to_string());
        }
    }
    assert_eq!(*calls.lock().unwrap(), 3);
    let mut failing = plain();
    failing.messages[0].content = "fail".into();
    for _ in 0..2 {
        assert!(model.complete(&failing).await.is_err());
    }
    assert_eq!(*calls.lock().unwrap(), 5);
}

#[test]
fn records_with_one_text_are_paid_for_once_at_the_same_time_too() {
    let server = Mock::new(|request| openai_answer(&fair_answer(request)).after(Duration::from_millis(50)));
    let project = Project::judged_at(&server.url("/v1"));
    let lines = (0..12).map(|at| format!("{{\"id\": \"r{at}\", \"text\": \"Thank you, {}\"}}\n", at % 2));
    project.write("polite.jsonl", lines.collect::<String>());
    let summary = |words: &[&str]| {
        let ran = project.evenhand(&[&["run", "--json", "--concurrency", "12"], words].concat());
        ran.json().1["summary"]["calls"]["cached"].clone()
    };
    assert_eq!((summary(&[]), server.requests().len()), (json!(10), 2));
    // Without kept replies each is asked by itself, side by side.
    assert_eq!((summary(&["--refresh"]), server.requests().len()), (json!(0), 14));
    assert!(server.most_in_flight() > 2);
}

/// Judges fairly, but for the first replies, which are of this kind.
fn at_first(times: usize, first: impl Fn() -> Reply + Send + Sync + 'static) -> (Project, Mock) {
    let asked = Mutex::new(0);
    let server = Mock::new(move |request| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        if *asked <= times { first() } else { openai_answer(&fair_answer(request)) }
    });
    let project = Project::judged_at(&server.url("/v1"));
    project.write("polite.jsonl", crate::support::project::records(1));
    project.add("evenhand.toml", "retries = 0\n");
    (project, server)
}

fn ended(content: &str, reason: &str) -> Reply {
    Reply::json(json!({"choices": [{"message": {"content": content}, "finish_reason": reason}]}))
}

#[test]
fn filtered_and_empty_replies_are_asked_for_again() {
    let kinds: [fn() -> Reply; 5] = [
        || ended("", "content_filter"),
        || ended("I started to", "content_filter"),
        || ended(" ", "stop"),
        || ended("", "length"),
        || {
            Reply::json(
                json!({"choices": [{"message": {"reasoning_content": "hm"}, "finish_reason": "stop"}]}),
            )
        },
    ];
    for kind in kinds {
        let (project, server) = at_first(2, kind);
        for (code, asked) in [(3, 1), (3, 2), (0, 3), (0, 3)] {
            let ran = project.evenhand(&["run"]);
            assert_eq!((ran.code, server.requests().len()), (code, asked), "{ran}");
        }
    }
    // A reply that is merely invalid was paid for, and would come again.
    let (project, server) = at_first(1, || ended("I would rather not say.", "stop"));
    for _ in 0..2 {
        assert_eq!(project.evenhand(&["run"]).code, 3);
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_an_older_version_kept_of_them_is_not_used() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("cache.sqlite");
    let (model, calls) = numbering(folder.path());
    model.complete(&plain()).await.unwrap();
    drop(model);
    for old in ["\"finish\":\"filtered\"", "\"text\":\"\""] {
        let store = Store::open(&path, StoreOptions::default()).unwrap();
        let mut all = Vec::new();
        store
            .each(Kind::Reply, |found| {
                all.push(found);
                Ok(())
            })
            .unwrap();
        let kept = all.remove(0);
        let body = String::from_utf8(kept.body).unwrap();
        let body = if old.contains("finish") {
            body.replace("\"finish\":\"stop\"", old)
        } else {
            body.replace("\"text\":\"1\"", old)
        };
        let entry = Entry {
            key: kept.key,
            kind: Kind::Reply,
            source: kept.source,
            record: None,
            parts: kept.parts,
            body: body.into_bytes(),
        };
        store.put(entry).await.unwrap();
        drop(store);
        let (model, again) = numbering(folder.path());
        let reply = model.complete(&plain()).await.unwrap();
        assert_eq!((*again.lock().unwrap(), reply.cached), (1, false), "{old}");
    }
    assert_eq!(*calls.lock().unwrap(), 1);
}
