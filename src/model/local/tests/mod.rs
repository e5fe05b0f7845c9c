//! The engine with a real model: the smallest of the catalogue, or the GGUF file that `EVENHAND_TEST_MODEL` names.

mod files;
mod hybrid;
mod markup;
mod side_by_side;
mod weighing;
mod writing;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use llama_cpp_2::token::LlamaToken;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::batcher::Batcher;
use super::job::Job;
use super::loaded::Loaded;
use super::sampling::LogSoftmax;
use super::session::{Filling, LogitsAt, Row, Wanted};
use super::task::Task;
use super::template::Piece;
use super::weigh::Weighing;
use super::{Engine, EngineFault, EngineOptions, Finish, Generated, Sampling, Turn, Weighed, loaded};

const OPTIONS: EngineOptions =
    EngineOptions { context_tokens: 1024, threads: Some(1), batch_tokens: 64, parallel: 1 };

const INSTRUCTION: &str = "You judge whether a document answers a query. It is relevant when it answers \
the query, even in part, and not when it only shares words with it. Use only what the document says; \
outside knowledge does not count. Answer in JSON.";

const OPENING: &str = "{\"verdict\":\"";

/// The smallest model, where `make test` puts it.
const FETCHED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/.evenhand/models/SmolLM2-135M-Instruct.Q4_1.gguf");

/// The model file. Without one the test says that it is skipped, past the test
/// harness's capture; in continuous integration it fails.
fn model_path() -> Option<PathBuf> {
    let named = std::env::var_os("EVENHAND_TEST_MODEL").map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from(FETCHED));
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "there is no model at {}: `make test-model` fetches it",
        path.display()
    );
    writeln!(std::io::stderr(), "skipped: there is no model at {}", path.display())
        .expect("standard error is open");
    None
}

/// Tests with a model take turns: llama.cpp's threads would only be in each other's way.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a test on the bare model, in this thread.
fn with_model(test: impl FnOnce(&mut Batcher<'_>)) {
    with_options(OPTIONS, test);
}

fn with_options(options: EngineOptions, test: impl FnOnce(&mut Batcher<'_>)) {
    let Some(path) = model_path() else { return };
    let _turn = turn();
    let backend = loaded::backend().expect("llama.cpp starts");
    let model = loaded::model(backend, &path).expect("the model loads");
    let loaded = Loaded::new(backend, &model, &options, 1).expect("the context fits");
    test(&mut Batcher::new(loaded));
}

/// Runs a test on an engine.
fn with_engine<F: Future<Output = ()>>(test: impl FnOnce(Engine) -> F) {
    let Some(path) = model_path() else { return };
    let _turn = turn();
    block_on(async {
        test(Engine::load(path, OPTIONS).await.expect("the model loads")).await;
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}

fn question(record: &str) -> Vec<Turn> {
    vec![
        Turn::new("system", INSTRUCTION),
        Turn::new("user", format!("Query: capital of France\nDocument: {record}\nIs it relevant?")),
    ]
}

fn candidates() -> Vec<String> {
    ["pass\"", "fail\"", "unclear\""].map(String::from).into()
}

fn greedy(max_tokens: u32) -> Sampling {
    Sampling { max_tokens, ..Sampling::default() }
}

fn verdict_schema() -> Arc<Value> {
    Arc::new(json!({
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "verdict": {"enum": ["pass", "fail", "unclear"]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["reasoning", "verdict", "confidence"],
    }))
}

type Answer<T> = oneshot::Receiver<Result<T, EngineFault>>;

/// Puts a request to the batcher.
fn ask<T>(
    batcher: &mut Batcher<'_>,
    job: impl FnOnce(oneshot::Sender<Result<T, EngineFault>>) -> Job,
) -> Answer<T> {
    let (reply, answer) = oneshot::channel();
    batcher.take(job(reply));
    answer
}

fn ask_to_write(
    batcher: &mut Batcher<'_>,
    turns: &[Turn],
    schema: Option<&Arc<Value>>,
    sampling: &Sampling,
) -> Answer<Generated> {
    let (turns, schema, sampling) = (turns.to_vec(), schema.cloned(), *sampling);
    ask(batcher, |reply| Job::Generate { turns, schema, sampling, reply })
}

fn ask_to_weigh(
    batcher: &mut Batcher<'_>,
    turns: &[Turn],
    opening: &str,
    candidates: &[String],
) -> Answer<Weighed> {
    let (turns, opening, candidates) = (turns.to_vec(), opening.to_owned(), candidates.to_vec());
    ask(batcher, |reply| Job::Weigh { turns, opening, candidates, reply })
}

/// Steps until nothing is left to do.
fn work_off(batcher: &mut Batcher<'_>) {
    while !batcher.is_idle() {
        batcher.step();
    }
}

fn generate(
    batcher: &mut Batcher<'_>,
    turns: &[Turn],
    schema: Option<&Arc<Value>>,
    sampling: &Sampling,
) -> Result<Generated, EngineFault> {
    let mut answer = ask_to_write(batcher, turns, schema, sampling);
    work_off(batcher);
    answer.try_recv().expect("an answer")
}

fn try_weigh(
    batcher: &mut Batcher<'_>,
    turns: &[Turn],
    opening: &str,
    candidates: &[String],
) -> Result<Weighed, EngineFault> {
    let mut answer = ask_to_weigh(batcher, turns, opening, candidates);
    work_off(batcher);
    answer.try_recv().expect("an answer")
}

fn weigh(batcher: &mut Batcher<'_>, turns: &[Turn], opening: &str, candidates: &[String]) -> Weighed {
    try_weigh(batcher, turns, opening, candidates).expect("weighs")
}

fn assert_close(one: &[f64], other: &[f64]) {
    assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() < 1e-3, "{one:?} and {other:?}");
    }
}
