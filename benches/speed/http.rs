//! Through HTTP, beside the floor: the processor's time a call, and calls a second.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evenhand::eval::Stop;
use evenhand::internal::data::{Dataset, Layout};
use evenhand::internal::eval::{Event, Journal, Mapping, Panel, Plan, RunHead, run};
use evenhand::internal::model::{
    ConcurrencyLimiter, ConcurrencyOptions, RecordedTimes, Recorder, RunParts, model_of_run,
};
use evenhand::internal::summary::Tally;
use evenhand::judge::{Judge, JudgeOptions};
use evenhand::model::{ModelOptions, OpenAiOptions, Provider};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::clock::{Took, median, per, took};
use crate::floor::Loop;
use crate::mock::Mock;
use crate::table::{Table, at_least, at_most};
use crate::{Options, case};

/// The delays of the server in milliseconds, the calls at a time, and the calls of a measurement.
const CASES: [(u64, usize, u64); 6] =
    [(0, 16, 4000), (0, 64, 4000), (0, 256, 4000), (50, 16, 2560), (50, 64, 10_240), (50, 256, 61_440)];

pub fn measure(options: &Options) {
    let mock = Mock::start();
    let runtimes = Runtimes::new();
    let mut table = Table::new(
        "Through HTTP, beside a plain loop",
        [
            "delay",
            "at a time",
            "loop CPU",
            "evenhand CPU",
            "ratio",
            "bar",
            "loop calls/s",
            "evenhand calls/s",
            "ratio",
            "bar",
        ],
    );
    for (delay_ms, concurrency, calls) in CASES.into_iter().filter(|case| is_wanted(options, case)) {
        let url = mock.url(&format!("d{delay_ms}"));
        let pairs: Vec<(Took, Took)> =
            (0..options.repeats).map(|turn| pair(&runtimes, &url, concurrency, calls, turn)).collect();
        table.row(row(delay_ms, concurrency, calls, &pairs));
    }
    table.print();
    if options.delay_ms.is_none_or(|delay_ms| delay_ms == 20) {
        ideal(&mock, &runtimes, options.repeats);
    }
}

fn is_wanted(options: &Options, (delay_ms, concurrency, _): &(u64, usize, u64)) -> bool {
    options.delay_ms.is_none_or(|only| only == *delay_ms)
        && options.at_a_time.is_none_or(|only| only == *concurrency as u64)
}

/// What both run on: the loop as `#[tokio::main]` has it, with as many threads as there are cores; evenhand as
/// the command has it, with one.
pub struct Runtimes {
    floor: Runtime,
    ours: Runtime,
}

impl Runtimes {
    pub fn new() -> Self {
        // The first client chooses the cryptography, for the loop's client too.
        Provider::openai(OpenAiOptions::new("mock-1")).expect("a client");
        let floor = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let ours = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self { floor: floor.expect("a runtime"), ours: ours.expect("a runtime") }
    }
}

/// The loop and evenhand, one after the other. They take turns in coming first: after a pause the processor
/// is slower for a while.
pub fn pair(runtimes: &Runtimes, url: &str, concurrency: usize, calls: u64, turn: usize) -> (Took, Took) {
    let folder = TempDir::new().expect("a new folder");
    let dataset = folder.path().join("cases.jsonl");
    case::write_dataset(&dataset, calls, case::RECORD_BYTES);
    let floor = || floor(runtimes, url, &dataset, concurrency, calls);
    let ours = || ours(runtimes, url, &dataset, concurrency, calls);
    if turn.is_multiple_of(2) {
        let floor = floor();
        (floor, ours())
    } else {
        let ours = ours();
        (floor(), ours)
    }
}

/// What the plain loop takes for these calls.
pub fn floor(runtimes: &Runtimes, url: &str, dataset: &Path, concurrency: usize, calls: u64) -> Took {
    let folder = TempDir::new().expect("a new folder");
    let plain = Loop::new(url);
    runtimes.floor.block_on(took(async {
        let judged = plain.run(dataset, &folder.path().join("lines.jsonl"), concurrency).await;
        assert_eq!(judged, calls);
    }))
}

/// What evenhand takes for them. What is made once, the client and the compiled prompt and schema, is made
/// before, as the loop's is; and the statistics at the end, which the loop has none of, come after.
pub fn ours(runtimes: &Runtimes, url: &str, dataset: &Path, concurrency: usize, calls: u64) -> Took {
    let folder = TempDir::new().expect("a new folder");
    let journal = Journal::start(folder.path(), &head()).expect("an empty folder");
    let panel = panel(url, folder.path(), concurrency);
    let mut tally = Tally::new("bench", &panel);
    let took = runtimes.ours.block_on(took(evenhand(&panel, dataset, journal, concurrency, &mut tally)));
    assert_eq!(tally.summary(0.0).scored.count, calls);
    took
}

/// The judge as `evenhand run --no-cache` has it: with replies kept, limits and retries.
fn panel(url: &str, folder: &Path, concurrency: usize) -> Panel {
    let limiter = ConcurrencyOptions { concurrency, ..ConcurrencyOptions::default() };
    let log = Recorder::append(&folder.join("replies.jsonl"), RecordedTimes::Keep).expect("a new file");
    let parts = RunParts {
        limiter: Some(Arc::new(ConcurrencyLimiter::new(limiter))),
        log: Some(Arc::new(log)),
        ..RunParts::default()
    };
    let provider = Provider::openai(OpenAiOptions::new("mock-1").at(url)).expect("a client");
    let model = model_of_run(provider, ModelOptions::default(), parts);
    Panel::from(Judge::new(case::spec(), model, JudgeOptions::default()).expect("a judge"))
}

/// A run with its journal; every outcome is added to the tally.
async fn evenhand(
    panel: &Panel,
    dataset: &Path,
    mut journal: Journal,
    concurrency: usize,
    tally: &mut Tally,
) {
    let plan = Plan {
        dataset: dataset.display().to_string(),
        mapping: Mapping::default(),
        label: Some("label".into()),
        concurrency,
        judged_at_once: concurrency,
        ..Plan::default()
    };
    let records = Dataset::open(dataset, Layout::default()).expect("it is there");
    let listen = |event: Event<'_>| {
        if let Event::Settled(outcome) = event {
            tally.add(outcome);
        }
        Ok(())
    };
    let ended = run(panel, plan, records, Some(&mut journal), &Stop::default(), listen).await;
    ended.expect("the run ends");
}

fn head() -> RunHead {
    RunHead {
        strategy: None,
        format: RunHead::FORMAT,
        suite: "bench".into(),
        model: "openai/mock-1".into(),
        judges: std::collections::BTreeMap::new(),
        judge: String::new(),
        dataset: String::new(),
        outputs: None,
        repeats: 1,
        selection: String::new(),
        routes: std::collections::BTreeMap::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "few calls")]
fn row(delay_ms: u64, concurrency: usize, calls: u64, pairs: &[(Took, Took)]) -> [String; 10] {
    let of = |read: fn(&(Took, Took)) -> f64| median(pairs.iter().map(read).collect());
    let cpu = of(|(floor, ours)| ours.cpu.as_secs_f64() / floor.cpu.as_secs_f64());
    let speed = of(|(floor, ours)| floor.wall.as_secs_f64() / ours.wall.as_secs_f64());
    let us = |read: fn(&(Took, Took)) -> Duration| {
        format!("{:.1} µs", median(pairs.iter().map(|pair| per(read(pair), calls)).collect()))
    };
    let rate = |read: fn(&(Took, Took)) -> f64| format!("{:.0}", calls as f64 / of(read));
    // Where the processor is the limit, the speed says what its time says already.
    let bar = if delay_ms > 0 { at_least(speed, 0.98, "×") } else { String::new() };
    [
        format!("{delay_ms} ms"),
        concurrency.to_string(),
        us(|(floor, _)| floor.cpu),
        us(|(_, ours)| ours.cpu),
        format!("{cpu:.2}"),
        at_most(cpu, 1.3, "×"),
        rate(|(floor, _)| floor.wall.as_secs_f64()),
        rate(|(_, ours)| ours.wall.as_secs_f64()),
        format!("{speed:.3}"),
        bar,
    ]
}

/// 256 calls of 20 ms, 16 at a time: 320 ms at best.
fn ideal(mock: &Mock, runtimes: &Runtimes, repeats: usize) {
    let pairs: Vec<(Took, Took)> =
        (0..repeats).map(|turn| pair(runtimes, &mock.url("d20"), 16, 256, turn)).collect();
    let ms = |read: fn(&(Took, Took)) -> f64| median(pairs.iter().map(read).collect());
    let (floor, ours) =
        (ms(|(floor, _)| floor.wall.as_secs_f64() * 1e3), ms(|(_, ours)| ours.wall.as_secs_f64() * 1e3));
    let mut table = Table::new("256 calls of 20 ms, 16 at a time (ideal 320 ms)", ["who", "took", "bar"]);
    table.row(["plain loop".into(), format!("{floor:.1} ms"), String::new()]);
    table.row(["evenhand".into(), format!("{ours:.1} ms"), at_most(ours, 340.0, "ms")]);
    table.print();
}
