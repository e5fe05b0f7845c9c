//! A model as the layers above see it: a provider inside its wrappers.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::budget::Budget;
use super::failure::{Failure, FailureKind};
use super::provider::Provider;
use super::recording::{Recorder, Recording};
use super::request::Request;
use super::response::Response;
use super::retry::{Jitter, Retry};

/// A model. Cheap to clone; clones share limits, budget and recordings.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Provider,
    name: String,
    wrappers: Wrappers,
    slots: Semaphore,
    jitter: Jitter,
}

/// What stands around a provider, from the outside in.
#[derive(Debug)]
pub struct Wrappers {
    /// Replies that are already there: never asked for again.
    pub kept: Option<Arc<Recording>>,
    /// The most calls that may be sent.
    pub budget: Option<Arc<Budget>>,
    /// The most calls at the same time.
    pub concurrency: usize,
    /// When and how often a failed call is sent again.
    pub retry: Retry,
    /// Where each reply is written as it comes.
    pub recorders: Vec<Arc<Recorder>>,
}

impl Default for Wrappers {
    fn default() -> Self {
        Self { kept: None, budget: None, concurrency: 8, retry: Retry::default(), recorders: Vec::new() }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Model {
    /// A provider inside its wrappers.
    #[must_use]
    pub fn new(provider: Provider, wrappers: Wrappers) -> Self {
        let inner = Inner {
            name: provider.name(),
            slots: Semaphore::new(wrappers.concurrency.max(1)),
            jitter: Jitter::new(u64::from(std::process::id())),
            provider,
            wrappers,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The model's name: `openai/gpt-4o-mini`, `local/qwen2.5-coder-1.5b`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The provider inside.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.inner.provider
    }

    /// Completes a request: from the kept replies, or else by the provider,
    /// within the budget and the limits, with retries; the reply is recorded
    /// before it is returned.
    ///
    /// # Errors
    /// There is no reply: why, where, and what to do.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        let wrappers = &self.inner.wrappers;
        if let Some(response) = wrappers.kept.as_ref().and_then(|kept| kept.find(request)) {
            return Ok(response.clone());
        }
        if let Some(budget) = &wrappers.budget {
            budget.reserve()?;
        }
        let slot = self.inner.slots.acquire().await;
        let result = wrappers.retry.run(&self.inner.jitter, || self.inner.provider.complete(request)).await;
        drop(slot);
        let response = result?;
        for recorder in &wrappers.recorders {
            recorder.write(&self.inner.name, request, &response).map_err(|error| not_kept(&error))?;
        }
        Ok(response)
    }
}

/// A reply that could not be written down is paid for and lost; the run must not hide it.
fn not_kept(error: &crate::error::Error) -> Failure {
    Failure::new(FailureKind::Cancelled, format!("the reply came but could not be kept: {error}"))
        .remedy("make room on the disk, then `karat run --resume`")
}
