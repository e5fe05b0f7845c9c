//! The thread that owns a model and works off the requests, one at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::card::ModelCard;
use super::fault::EngineFault;
use super::generate::generate;
use super::loaded::Loaded;
use super::open;
use super::reply::{Generated, Weighed, elapsed_ms};
use super::request::{EngineOptions, Sampling, Turn};
use super::threads;
use super::weigh::weigh;

/// Where an answer goes; closed when the caller no longer waits.
pub(super) type Reply<T> = oneshot::Sender<Result<T, EngineFault>>;

/// A request.
pub(super) enum Job {
    /// Write the assistant's next turn.
    Generate {
        /// The conversation.
        turns: Vec<Turn>,
        /// The JSON Schema of the answer, if any.
        schema: Option<Arc<Value>>,
        /// How tokens are chosen.
        sampling: Sampling,
        /// Where the answer goes.
        reply: Reply<Generated>,
    },
    /// Weigh given answers.
    Weigh {
        /// The conversation.
        turns: Vec<Turn>,
        /// The beginning of the assistant's answer.
        opening: String,
        /// What may follow it.
        candidates: Vec<String>,
        /// Where the answer goes.
        reply: Reply<Weighed>,
    },
}

/// Loads the model, says so, and works until nobody can ask any more.
pub(super) fn work(
    path: &Path,
    options: &EngineOptions,
    ready: Reply<ModelCard>,
    mut jobs: mpsc::UnboundedReceiver<Job>,
) {
    let started = Instant::now();
    let opened = open::backend().and_then(|backend| Ok((backend, open::model(backend, path)?)));
    let (backend, model) = match opened {
        Ok(opened) => opened,
        Err(fault) => return drop(ready.send(Err(fault))),
    };
    let threads = threads::choose(options.threads);
    let mut loaded = match Loaded::new(backend, &model, options, threads) {
        Ok(loaded) => loaded,
        Err(fault) => return drop(ready.send(Err(fault))),
    };
    let card =
        ModelCard::new(&model, loaded.session.context_tokens(), threads.unsigned_abs(), elapsed_ms(started));
    if ready.send(Ok(card)).is_err() {
        return;
    }
    while let Some(job) = jobs.blocking_recv() {
        run(&mut loaded, job);
    }
}

/// Does one job. A caller that has gone cannot be told anything, so a failed send is no error.
fn run(loaded: &mut Loaded<'_>, job: Job) {
    match job {
        Job::Generate { turns, schema, sampling, reply } => {
            if reply.is_closed() {
                return;
            }
            let is_cancelled = || reply.is_closed();
            let answer = generate(loaded, &turns, schema.as_ref(), &sampling, &is_cancelled);
            _ = reply.send(answer);
        }
        Job::Weigh { turns, opening, candidates, reply } => {
            if reply.is_closed() {
                return;
            }
            let is_cancelled = || reply.is_closed();
            let answer = weigh(loaded, &turns, &opening, &candidates, &is_cancelled);
            _ = reply.send(answer);
        }
    }
}
