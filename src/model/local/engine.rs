//! The handle of a loaded model, and the thread that owns the model and answers the requests.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use std::{fmt, thread};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::batcher::Batcher;
use super::fault::EngineFault;
use super::job::{EngineOptions, Generated, Job, Reply, Sampling, Turn, Weighed, elapsed_ms};
use super::loaded::{Loaded, ModelCard};
use super::{loaded, threads};

/// Loads the model, says so, and works until nobody can ask any more.
pub(super) fn work(
    path: &Path,
    options: &EngineOptions,
    ready: Reply<ModelCard>,
    mut jobs: mpsc::UnboundedReceiver<Job>,
) {
    let started = Instant::now();
    let opened = loaded::backend().and_then(|backend| Ok((backend, loaded::model(backend, path)?)));
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

/// A model in this process. Cheap to clone; clones share the model, which has as many requests in flight as
/// [`EngineOptions::parallel`] says.
///
/// Dropping the future of a request cancels it, between two batches. When the
/// last clone goes, the model is unloaded; that waits for the batch in progress, so that the process never
/// ends in the middle of one.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    card: ModelCard,
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Loads a GGUF file in a thread of its own. Needs no particular async runtime.
    ///
    /// # Errors
    /// [`EngineFault::NotFound`], [`EngineFault::NotAModel`], [`EngineFault::Load`], or
    /// [`EngineFault::Template`] when the file has no usable chat template.
    pub async fn load(path: PathBuf, options: EngineOptions) -> Result<Self, EngineFault> {
        let (ready, loaded) = oneshot::channel();
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name("evenhand-model".into())
            .spawn(move || work(&path, &options, ready, queue))
            .map_err(|error| EngineFault::Load { detail: format!("no thread for it: {error}") })?;
        let card = loaded.await.map_err(|_| EngineFault::Stopped)??;
        Ok(Self { shared: Arc::new(Shared { card, jobs: Some(jobs), thread: Some(thread) }) })
    }

    /// Writes the assistant's answer, in JSON that follows `schema` where one is given.
    ///
    /// The JSON is compact, has the schema's order of properties and none that it does not name. A string
    /// ends at the latest when it has used its share of `max_tokens`: what is left after a reserve for the
    /// schema's shortest answer, divided by the number of strings that may hold any text.
    ///
    /// # Errors
    /// [`EngineFault::Template`], [`EngineFault::PromptTooLong`] (with room for `max_tokens` counted),
    /// [`EngineFault::Schema`], [`EngineFault::Decode`] or [`EngineFault::Stopped`].
    pub async fn generate(
        &self,
        turns: Vec<Turn>,
        schema: Option<Arc<Value>>,
        sampling: Sampling,
    ) -> Result<Generated, EngineFault> {
        self.ask(|reply| Job::Generate { turns, schema, sampling, reply }).await
    }

    /// How likely the model finds each candidate as the text after `opening`, the beginning of its answer.
    ///
    /// With the opening `{"verdict":"` the candidates are `pass"`, `fail"` and so on: the closing quote
    /// tells a whole answer from the beginning of a longer one. What may follow a candidate does not count.
    ///
    /// # Errors
    /// [`EngineFault::Template`], [`EngineFault::PromptTooLong`], [`EngineFault::Decode`] or
    /// [`EngineFault::Stopped`].
    pub async fn weigh(
        &self,
        turns: Vec<Turn>,
        opening: String,
        candidates: Vec<String>,
    ) -> Result<Weighed, EngineFault> {
        self.ask(|reply| Job::Weigh { turns, opening, candidates, reply }).await
    }

    /// What the model file says of itself.
    #[must_use]
    pub fn description(&self) -> &ModelCard {
        &self.shared.card
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, EngineFault> {
        let (reply, answer) = oneshot::channel();
        let jobs = self.shared.jobs.as_ref().ok_or(EngineFault::Stopped)?;
        jobs.send(job(reply)).map_err(|_| EngineFault::Stopped)?;
        answer.await.map_err(|_| EngineFault::Stopped)?
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("card", &self.shared.card).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so.
            _ = thread.join();
        }
    }
}
