//! The thread that owns a model and answers the requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::batcher::Batcher;
use super::card::ModelCard;
use super::fault::EngineFault;
use super::loaded::Loaded;
use super::open;
use super::reply::{Generated, Weighed, elapsed_ms};
use super::request::{EngineOptions, Sampling, Turn};
use super::threads;

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

impl Job {
    /// Whether its caller has gone.
    pub(super) fn is_cancelled(&self) -> bool {
        match self {
            Self::Generate { reply, .. } => reply.is_closed(),
            Self::Weigh { reply, .. } => reply.is_closed(),
        }
    }
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
    let loaded = match Loaded::new(backend, &model, options, threads) {
        Ok(loaded) => loaded,
        Err(fault) => return drop(ready.send(Err(fault))),
    };
    let card = ModelCard::new(&model, &loaded.session, threads.unsigned_abs(), elapsed_ms(started));
    if ready.send(Ok(card)).is_err() {
        return;
    }
    let mut batcher = Batcher::new(loaded);
    loop {
        if batcher.is_idle() {
            let Some(job) = jobs.blocking_recv() else { return };
            batcher.take(job);
        }
        while batcher.has_room()
            && let Ok(job) = jobs.try_recv()
        {
            batcher.take(job);
        }
        batcher.step();
    }
}
