//! Ends at any moment, two runs on one journal, a full disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use evenhand::internal::model::{Cache, RecordedTimes, Recorder, Reuse, RunParts, model_of_run};
use evenhand::internal::store::{Store, StoreOptions};
use evenhand::model::{ModelOptions, Provider, Response};
use insta::assert_snapshot;

use crate::support::mock::{Mock, fair_answer, record};
use crate::support::project::Project;
use crate::support::requests::plain;
use crate::support::server::{Gate, Reply, openai_answer};

const RECORDS: usize = 40;

/// A project of many records.
fn many(server: &Mock) -> Project {
    let project = Project::judged_at(&server.url("/v1"));
    let line = |number: usize| {
        let please = if number.is_multiple_of(3) { "please" } else { "now" };
        let text = format!("r{number}: come {please}");
        serde_json::json!({"id": format!("r{number}"), "text": text, "label": "yes"}).to_string() + "\n"
    };
    project.write("polite.jsonl", (1..=RECORDS).map(line).collect::<String>());
    project
}

/// Takes a moment for each answer, so that there is a middle.
fn slow() -> Mock {
    Mock::new(|request| openai_answer(&fair_answer(request)).after(Duration::from_millis(4)))
}

fn counts(server: &Mock) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for id in server.asked() {
        *counts.entry(id).or_default() += 1;
    }
    counts
}

/// Kills the run again and again, at moments that differ, then lets it finish.
fn killed(cache: &[&str], first_ms: u64) {
    let (server, undisturbed) = (slow(), slow());
    let project = many(&server);
    let concurrency = 3;
    let run =
        |more: &[&str]| project.start(&[&["run", "--concurrency", "3", "--json"], cache, more].concat());
    let mut kills = 0;
    for round in 0..6 {
        let running = if project.has(".evenhand/runs") { run(&["--resume"]) } else { run(&[]) };
        let before = server.requests().len();
        server.wait_for_requests((before + 1).min(RECORDS));
        std::thread::sleep(Duration::from_millis((first_ms + 7 * round) % 31));
        running.kill();
        kills += 1;
        if server.requests().len() >= RECORDS {
            break;
        }
    }
    let end = run(&["--resume"]).ended();
    assert_eq!(end.code, 0, "{end}");
    let expected = many(&undisturbed).evenhand(&["run", "--json"]);
    assert_eq!(end.timeless_summary(), expected.timeless_summary());
    let counts = counts(&server);
    assert_eq!(counts.len(), RECORDS);
    let twice: usize = counts.values().map(|times| times - 1).sum();
    assert!(twice <= kills * concurrency, "{kills} kills with {concurrency} in flight: {counts:?}");
}

#[test]
fn killed_again_and_again_it_ends_as_if_undisturbed() {
    killed(&["--no-cache"], 3);
}

#[test]
fn with_the_cache_too() {
    killed(&[], 11);
}

#[test]
fn two_runs_on_one_journal() {
    let gate = Gate::shut();
    let held = gate.clone();
    let server = Mock::new(move |request| openai_answer(&fair_answer(request)).behind(&held));
    let project = Project::judged_at(&server.url("/v1"));
    let running = project.start(&["run", "--concurrency", "2"]);
    server.wait_for_requests(2);
    assert_snapshot!(project.evenhand(&["run", "--resume"]));
    gate.open();
    assert_eq!(running.ended().code, 0);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_full_disk_is_told_and_loses_no_reply() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    // Long tags make long lines of the journal: no file may become larger than 2 KiB, and the journal
    // is the first to end as on a full disk, in the middle of its second line.
    let tagged = format!("{{\"tags\": [\"{}\"], ", "long ".repeat(140));
    project.write("polite.jsonl", project.read("polite.jsonl").replace('{', &tagged));
    let ran = project.shell("trap '' XFSZ; ulimit -f 4; evenhand run --concurrency 2 --no-cache");
    assert_eq!(ran.code, 6, "{ran}");
    assert!(ran.stderr.contains("/journal.jsonl: "), "{ran}");
    assert!(server.requests().len() <= 3, "it stopped");
    let ran = project.evenhand(&["run", "--resume", "--no-cache", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.json().1["summary"]["scored"]["count"], 6);
    assert_eq!(server.requests().len(), 6, "no reply was paid for twice");
}

#[tokio::test]
async fn a_reply_that_the_run_could_not_keep_is_in_the_cache() {
    if !Path::new("/dev/full").exists() {
        return eprintln!("left out: this system has no /dev/full");
    }
    let folder = tempfile::TempDir::new().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let model = |recorders| {
        let calls = Arc::clone(&calls);
        let provider = Provider::from_fn("mock/one", move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Ok(Response { text: "one".into(), ..Response::default() }) }
        });
        let store = Store::open(&folder.path().join("cache.sqlite"), StoreOptions::default()).unwrap();
        let cache = Some(Arc::new(Cache::new(store, Reuse::All)));
        let parts = RunParts { cache, recorders, ..RunParts::default() };
        model_of_run(provider, ModelOptions::default(), parts)
    };
    let full = Arc::new(Recorder::append(Path::new("/dev/full"), RecordedTimes::Keep).unwrap());
    let failure = model(vec![full]).complete(&plain()).await.unwrap_err();
    assert_snapshot!(failure);
    assert!(failure.kind.is_lasting());
    assert!(model(Vec::new()).complete(&plain()).await.unwrap().cached);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn only_what_has_no_score_is_judged_again() {
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = Arc::clone(&broken);
    let server = Mock::new(move |request| {
        let about = record(request);
        if about == "r2" && is_broken.load(Ordering::SeqCst) {
            return openai_answer("I would rather not say.");
        }
        if about == "r5" && is_broken.load(Ordering::SeqCst) {
            return Reply::status(400);
        }
        openai_answer(&fair_answer(request))
    });
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run"]).code, 3);
    let before = counts(&server);
    // A plain resume takes them as settled.
    assert_eq!(project.evenhand(&["run", "--resume"]).code, 3);
    assert_eq!(counts(&server), before);
    broken.store(false, Ordering::SeqCst);
    let ran = project.evenhand(&["run", "--retry", "unscored", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.json().1["summary"]["scored"]["count"], 6);
    let after = counts(&server);
    let again: Vec<&String> = after.keys().filter(|id| after.get(*id) != before.get(*id)).collect();
    assert_eq!(again, ["r2", "r5"]);
}

#[test]
fn a_straggler_is_cut_off() {
    let server = Mock::new(|request| match record(request).as_str() {
        "r4" => Reply::never(),
        _ => openai_answer(&fair_answer(request)),
    });
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", "deadline_s = 1\nmax_unscored = 0.5\n");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("1 timeout: no verdict within 1 s; raise `deadline_s`"), "{ran}");
}
