//! A model as the layers above see it: a provider inside its wrappers.

use std::fmt;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::budget::{Budget, PromptSizes, Toll};
use super::cache::{Cache, Reply};
use super::failure::{Failure, FailureKind};
use super::identity::Identity;
use super::kept::KeptReplies;
use super::parts::KnownParts;
use super::pressure::{Heard, Pressure, PressureOptions, Told};
use super::price::Price;
use super::provider::Provider;
use super::recording::Recorder;
use super::request::{Key, Request};
use super::response::Response;
use super::retry::{Jitter, Retry};

/// A model. Cheap to clone; clones share limits, budget and recordings.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
    about: Option<Arc<str>>,
}

struct Inner {
    provider: Provider,
    name: String,
    wrappers: Wrappers,
    pressure: Arc<Pressure>,
    identity: OnceCell<Option<Identity>>,
    sizes: PromptSizes,
    parts: KnownParts,
    jitter: Jitter,
}

/// What stands around a provider, from the outside in.
#[derive(Debug)]
pub struct Wrappers {
    /// Replies that this run has already: never asked for again, whatever becomes of the cache.
    pub kept: Option<Arc<KeptReplies>>,
    /// Replies that any run has paid for.
    pub cache: Option<Arc<Cache>>,
    /// When and how often a failed call is sent again.
    pub retry: Retry,
    /// The most calls at the same time.
    pub concurrency: usize,
    /// The gate of the model's server, shared by all that ask it; a gate of its own without one.
    pub pressure: Option<Arc<Pressure>>,
    /// What may be spent: each call is taken out of every one of them.
    pub budgets: Vec<Arc<Budget>>,
    /// What the model's tokens cost, for the budgets.
    pub price: Option<Price>,
    /// Where each reply that was paid for is written as it comes: what a resumed run has already.
    pub log: Option<Arc<Recorder>>,
    /// Where every reply is written, those from the cache too.
    pub recorders: Vec<Arc<Recorder>>,
}

impl Default for Wrappers {
    fn default() -> Self {
        Self {
            kept: None,
            cache: None,
            retry: Retry::default(),
            concurrency: PressureOptions::default().concurrency,
            pressure: None,
            budgets: Vec::new(),
            price: None,
            log: None,
            recorders: Vec::new(),
        }
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
        let own = || {
            let options = PressureOptions { concurrency: wrappers.concurrency, ..PressureOptions::default() };
            Arc::new(Pressure::new(options))
        };
        let inner = Inner {
            name: provider.name(),
            pressure: wrappers.pressure.clone().unwrap_or_else(own),
            identity: OnceCell::new(),
            sizes: PromptSizes::default(),
            parts: KnownParts::default(),
            jitter: Jitter::new(u64::from(std::process::id())),
            provider,
            wrappers,
        };
        Self { inner: Arc::new(inner), about: None }
    }

    /// The model's name: `openai/gpt-6-luna`, `local/qwen2.5-coder-1.5b`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The provider inside.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.inner.provider
    }

    /// The same model, asked about a record: the cache notes its id beside the
    /// replies, and nothing else depends on it.
    #[must_use]
    pub fn about(&self, record: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), about: Some(record.into()) }
    }

    /// Completes a request: from the kept replies, from the cache, or else by
    /// the provider, within the limits and the budgets, with retries; the reply
    /// is kept before it is returned.
    ///
    /// # Errors
    /// There is no reply: why, where, and what to do.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        self.complete_under(&request.key(), request).await
    }

    /// The same, where the request's key is known already.
    ///
    /// # Errors
    /// As [`Model::complete`].
    pub async fn complete_under(&self, key: &Key, request: &Request) -> Result<Response, Failure> {
        let inner = &*self.inner;
        if let Some(response) = inner.wrappers.kept.as_ref().and_then(|kept| kept.find(key)) {
            return Ok(response);
        }
        let Some((cache, identity)) = inner.cache().await else {
            let response = inner.ask(request).await?;
            if inner.wrappers.log.is_some() || !inner.wrappers.recorders.is_empty() {
                let parts = inner.parts.of(request);
                inner.record(inner.wrappers.log.iter(), key, request, &parts, &response)?;
            }
            return Ok(response);
        };
        let place = identity.key(key);
        if let Some(response) = cache.find(&place) {
            if !inner.wrappers.recorders.is_empty() {
                inner.record([], key, request, &inner.parts.of(request), &response)?;
            }
            return Ok(response);
        }
        let response = inner.ask(request).await?;
        let parts = inner.parts.of(request);
        // The run's own log first: after a sudden end between the two the reply is one that this run has
        // paid for. And the cache in any case: it may have room where the log has none.
        let recorded = inner.record(inner.wrappers.log.iter(), key, request, &parts, &response);
        let record = self.about.as_deref();
        let reply =
            Reply { key: place, request_key: key, identity, record, parts: &parts, response: &response };
        cache.keep(reply).await;
        recorded.map(|()| response)
    }
}

impl Inner {
    /// The cache, and who replies; `None` where nothing is to be kept.
    async fn cache(&self) -> Option<(&Cache, &Identity)> {
        let cache = self.wrappers.cache.as_ref()?;
        let identity = self.identity.get_or_init(|| self.provider.identity()).await;
        Some((cache, identity.as_ref()?))
    }

    async fn ask(&self, request: &Request) -> Result<Response, Failure> {
        self.wrappers.retry.run(&self.jitter, || self.send(request)).await
    }

    /// Sends one call, when the server can take it and the budgets allow it.
    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let worst = self.sizes.estimate(request);
        let pass = self.pressure.pass(worst.tokens()).await;
        let Wrappers { budgets, price, .. } = &self.wrappers;
        let toll = Toll::first(budgets, *price, worst, &self.pressure).await?;
        let result = self.provider.complete_for(request, &toll).await;
        let (prompt, completion) = match &result {
            Ok(response) => (response.usage.prompt_tokens, response.usage.completion_tokens),
            Err(_) => (None, None),
        };
        if let Some(prompt) = prompt {
            self.sizes.learn(request, prompt);
        }
        pass.close(&Told {
            heard: heard(&result),
            wait_ms: result.as_ref().err().and_then(|failure| failure.retry_after_ms),
            remaining: self.provider.remaining(),
            tokens: prompt.zip(completion).map(|(prompt, completion)| prompt + completion),
        });
        toll.settle(&result);
        result
    }

    /// Writes a reply to the recordings, and to what else it belongs in.
    fn record<'a>(
        &'a self,
        more: impl IntoIterator<Item = &'a Arc<Recorder>>,
        key: &Key,
        request: &Request,
        parts: &[(&'static str, String)],
        response: &Response,
    ) -> Result<(), Failure> {
        let weighed = request.weigh.is_some();
        for recorder in more.into_iter().chain(&self.wrappers.recorders) {
            let written = recorder.write_under(key, &self.name, parts, weighed, response);
            written.map_err(|error| not_kept(&error))?;
        }
        Ok(())
    }
}

/// What a result tells about the server's load.
fn heard(result: &Result<Response, Failure>) -> Heard {
    let Err(failure) = result else {
        return Heard::Reply;
    };
    match failure.kind {
        FailureKind::RateLimited => Heard::TooMuch,
        FailureKind::Server if matches!(failure.status, Some(503 | 529)) => Heard::TooMuch,
        FailureKind::Server | FailureKind::Connection | FailureKind::Timeout | FailureKind::BadReply => {
            Heard::Trouble
        }
        _ => Heard::Nothing,
    }
}

/// A reply that could not be written down is paid for and lost; the run must not hide it.
fn not_kept(error: &crate::error::Error) -> Failure {
    Failure::new(FailureKind::NotKept, format!("the reply came, but {}", error.detail()))
        .remedy("make room on the disk, then `evenhand run --resume`")
}
