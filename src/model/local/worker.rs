//! The thread that owns a model and answers the requests.

use std::path::Path;
use std::time::Instant;

use tokio::sync::mpsc;

use super::batcher::Batcher;
use super::card::ModelCard;
use super::job::{Job, Reply};
use super::loaded::Loaded;
use super::open;
use super::reply::elapsed_ms;
use super::request::EngineOptions;
use super::threads;

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
