//! A server with faults: everything is scored in the end, and no usable answer is asked for twice.
//!
//! The same with 5,000 requests through the command is a measurement: `cargo bench -- faults`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evenhand::eval::{Ended, Stop};
use evenhand::internal::data::Record;
use evenhand::internal::eval::{Event, Journal, Panel, Plan, RunHead, run};
use evenhand::internal::model::{RecordedTimes, Recorder, RunParts, model_of_run};
use evenhand::internal::summary::Tally;
use evenhand::judge::{Judge, JudgeOptions};
use evenhand::model::{ModelOptions, OpenAiOptions, Provider, Retry, Timeouts};
use evenhand::signature::Spec;
use serde_json::json;
use tempfile::TempDir;

use crate::support::mock::record;
use crate::support::project::json_lines;
use crate::support::requests::POLITE;
use crate::support::server::{RecordedRequest, Reply, Server, openai_answer};

const RECORDS: usize = 140;

/// What is played at the first request about every fifth record, in turn.
const FAULTS: [&str; 7] = ["429", "500", "overload", "reset", "broken JSON", "answer without JSON", "stall"];

/// How often each record was asked about, and how often it got a usable answer.
type Asked = Arc<Mutex<BTreeMap<String, (usize, usize)>>>;

fn fault(id: &str, asked_before: usize) -> Option<&'static str> {
    let number: usize = id.trim_start_matches('r').parse().ok()?;
    (asked_before == 0 && number.is_multiple_of(5)).then(|| FAULTS[(number / 5) % FAULTS.len()])
}

fn reply(request: &RecordedRequest, asked: &Asked) -> Reply {
    let id = record(request);
    let mut asked = asked.lock().unwrap();
    let counts = asked.entry(id.clone()).or_default();
    let fault = fault(&id, counts.0);
    counts.0 += 1;
    let answer = openai_answer(r#"{"reasoning": "It says please.", "verdict": "yes"}"#);
    match fault {
        Some("429") => Reply::status(429).header("retry-after-ms", 5),
        Some("500") => Reply::status(500),
        Some("overload") => Reply::error(503, json!({"error": {"message": "overloaded"}})),
        Some("reset") => answer.reset_after(40),
        Some("broken JSON") => Reply::body("application/json", r#"{"choices": [{"index"#),
        Some("answer without JSON") => openai_answer("I would rather not say."),
        Some(_) => Reply::never(),
        None => {
            counts.1 += 1;
            answer
        }
    }
}

fn judge(url: &str, log: Recorder, total: Duration) -> Judge {
    let mut options = OpenAiOptions::new("mock-1").at(url);
    options.connection.timeouts = Timeouts { total, ..Timeouts::default() };
    let retry = Retry { first_wait: Duration::from_millis(10), ..Retry::default() };
    let provider = Provider::openai(options).unwrap();
    let options = ModelOptions { retry, concurrency: 32, ..ModelOptions::default() };
    let parts = RunParts { log: Some(Arc::new(log)), ..RunParts::default() };
    let spec = Spec::parse(POLITE, "polite.toml").unwrap();
    Judge::new(spec, model_of_run(provider, options, parts), JudgeOptions::default()).unwrap()
}

fn records(number: usize) -> impl Iterator<Item = Result<Record, evenhand::suite::DataFault>> {
    (0..number).map(|number| {
        let fields = json!({"text": format!("r{number}: please come in"), "label": "yes"});
        let fields = fields.as_object().unwrap().clone();
        Ok(Record { id: format!("r{number}"), line: number as u64 + 1, fields })
    })
}

fn head() -> RunHead {
    let none = String::new;
    RunHead {
        routes: std::collections::BTreeMap::new(),
        strategy: None,
        format: RunHead::FORMAT,
        suite: "faults".into(),
        model: none(),
        judges: std::collections::BTreeMap::new(),
        judge: none(),
        dataset: none(),
        outputs: None,
        repeats: 1,
        selection: none(),
    }
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_paid_twice() {
    let asked = Asked::default();
    let counted = Arc::clone(&asked);
    let server = Server::responder(move |request| reply(request, &counted)).await;
    let folder = TempDir::new().unwrap();
    let log = Recorder::append(&folder.path().join("replies.jsonl"), RecordedTimes::Keep).unwrap();
    // Long enough for a busy machine: a reply that comes later than this is paid for twice.
    let panel = Panel::from(judge(&server.url("/v1"), log, Duration::from_secs(3)));
    let mut journal = Journal::start(folder.path(), &head()).unwrap();
    let plan = Plan { label: Some("label".into()), concurrency: 32, ..Plan::default() };
    let mut tally = Tally::new("faults", &panel);
    let stop = Stop::default();
    let ran = run(&panel, plan, records(RECORDS), Some(&mut journal), &stop, |event| {
        if let Event::Settled(outcome) = event {
            tally.add(outcome);
        }
        Ok(())
    });
    assert_eq!(ran.await.unwrap().0, Ended::Complete);
    let summary = tally.summary(0.0);
    assert_eq!(summary.scored.count, RECORDS as u64, "{:?}", summary.unscored_examples);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), RECORDS);
    let usable: Vec<usize> = asked.values().map(|(_, usable)| *usable).collect();
    assert_eq!(usable, [1; RECORDS], "one usable answer each, and no second");
    // 28 records had a fault; each was asked about once more, and the summary says so.
    assert_eq!(server.requests().len(), RECORDS + 28);
    assert_eq!((summary.calls.transport_retries, summary.calls.again), (24, 4));
    let lines = Journal::read(folder.path()).unwrap();
    assert_eq!(lines.len(), RECORDS);
    let replies = std::fs::read_to_string(folder.path().join("replies.jsonl")).unwrap();
    // Every reply that was paid for is kept: the usable ones and the four without JSON.
    assert_eq!(json_lines(&replies).len(), RECORDS + 4);
}

/// Replies that are no valid answer, each broken in another way.
const MALFORMED: [&str; 12] = [
    "",
    "I would rather not say.",
    "```json\n{\"reasoning\": \"It says",
    "{\"reasoning\": \"It says please.\"}",
    "{\"verdict\": \"maybe\", \"reasoning\": \"Who knows.\"}",
    "{\"reasoning\": \"It says please.\", \"verdict\": null}",
    "[]",
    "null",
    "Well. <think>It says please",
    "{\"answer\": {\"yes\": 1}}",
    "{\"reasoning\": 7, \"verdict\": 7}",
    "\u{fffd}\u{0}{{{{",
];

/// Whether a call about a record is answered badly, and how: one in ten, each call by itself (`SplitMix64`).
fn malformed(record: u64, call: u64) -> Option<&'static str> {
    let mut mixed = ((1_u64 << 32) + record * 16 + call + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let kind = usize::try_from(mixed / 10 % MALFORMED.len() as u64).unwrap();
    mixed.is_multiple_of(10).then(|| MALFORMED[kind])
}

#[tokio::test]
async fn a_tenth_of_malformed_replies_leaves_no_record_unscored() {
    let calls: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let server = Server::responder(move |request| {
        let id = record(request);
        let mut calls = calls.lock().unwrap();
        let call = calls.entry(id.clone()).or_default();
        *call += 1;
        let number: u64 = id.trim_start_matches('r').parse().unwrap();
        let good = r#"{"reasoning": "It says please.", "verdict": "yes"}"#;
        openai_answer(malformed(number, *call - 1).unwrap_or(good))
    })
    .await;
    let folder = TempDir::new().unwrap();
    let log = Recorder::append(&folder.path().join("replies.jsonl"), RecordedTimes::Keep).unwrap();
    let panel = Panel::from(judge(&server.url("/v1"), log, Duration::from_mins(5)));
    let plan = Plan { label: Some("label".into()), concurrency: 32, ..Plan::default() };
    let mut tally = Tally::new("faults", &panel);
    let stop = Stop::default();
    let ran = run(&panel, plan, records(1000), None, &stop, |event| {
        if let Event::Settled(outcome) = event {
            tally.add(outcome);
        }
        Ok(())
    });
    assert_eq!(ran.await.unwrap().0, Ended::Complete);
    let summary = tally.summary(0.0);
    assert_eq!(summary.scored.count, 1000, "{:?}", summary.unscored_examples);
    // 96 records were asked about twice, 6 three times, and one four times: two retries would have lost it.
    assert_eq!((summary.calls.again, server.requests().len()), (111, 1111));
}
