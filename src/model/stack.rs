//! A model as the layers above see it: a provider with retries, limits, budgets and a cache.

use std::fmt;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::batch_file::BatchResults;
use super::budget::{Budget, PromptSizes, RequestReservation};
use super::cache::{Cache, Identity, Reply};
use super::facts::ProviderFacts;
use super::failure::{Failure, FailureKind};
use super::kept::KeptReplies;
use super::limiter::{ConcurrencyLimiter, ConcurrencyOptions, Feedback, Load};
use super::provider::Provider;
use super::questions::DecisionLimits;
use super::recording::Recorder;
use super::registry::provider_of;
use super::request::{Key, KnownParts, Request};
use super::response::{Price, Response};
use super::retry::{Jitter, Retry};
use super::shared_replies::SharedReplies;

/// A model. Cheap to clone; clones share limits, budget and recordings.
///
/// ```
/// use evenhand::model::{Budget, BudgetLimits, Model, ModelOptions, Provider, Response};
///
/// let provider = Provider::from_fn("example/yes", |_request| async {
///     Ok(Response { text: r#"{"verdict": "pass"}"#.to_owned(), ..Response::default() })
/// });
/// let limits = BudgetLimits { calls: Some(100), ..BudgetLimits::default() };
/// let options = ModelOptions {
///     concurrency: 4,
///     budgets: vec![Budget::new(limits).into()],
///     ..ModelOptions::default()
/// };
/// assert_eq!(Model::new(provider, options).name(), "example/yes");
/// ```
#[derive(Clone)]
pub struct Model {
    inner: Arc<ModelInner>,
    about: Option<Arc<str>>,
}

struct ModelInner {
    provider: Provider,
    name: String,
    options: ModelOptions,
    run: RunParts,
    limiter: Arc<ConcurrencyLimiter>,
    identity: OnceCell<Option<Identity>>,
    sizes: PromptSizes,
    parts: KnownParts,
    jitter: Jitter,
}

/// What stands around a provider.
#[derive(Debug)]
pub struct ModelOptions {
    /// When and how often a failed call is sent again.
    pub retry: Retry,
    /// The seed of the waits before another try, for runs that wait the same every time. Without one, each process
    /// waits differently.
    pub wait_seed: Option<u64>,
    /// The most calls at the same time.
    pub concurrency: usize,
    /// What may be spent: each call is taken out of every one of them.
    pub budgets: Vec<Arc<Budget>>,
    /// What the model's tokens cost, for the budgets.
    pub price: Option<Price>,
}

/// What a model of a run has besides: where its replies are kept, and what it shares with other models.
#[derive(Debug, Default)]
pub struct RunParts {
    /// Replies that this run has already: never asked for again, whatever becomes of the cache.
    pub kept: Option<Arc<KeptReplies>>,
    /// Replies that workers share, which no worker asks for again.
    pub shared: Option<Arc<SharedReplies>>,
    /// Replies that any run has paid for.
    pub cache: Option<Arc<Cache>>,
    /// The gate of the model's server, shared by all that ask it; a gate of its own without one.
    pub limiter: Option<Arc<ConcurrencyLimiter>>,
    /// Where each reply that was paid for is written as it comes: what a resumed run has already.
    pub log: Option<Arc<Recorder>>,
    /// Where every reply is written, those from the cache too.
    pub recorders: Vec<Arc<Recorder>>,
    /// Replies that came in a batch.
    pub batch: Option<Arc<BatchResults>>,
    /// Whether the model is asked for what no file has.
    pub live: Live,
}

/// Whether a model is asked for what neither the cache nor a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Live {
    /// It is.
    #[default]
    Asked,
    /// It is not: the request is not among the recorded ones.
    NotAsked,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            wait_seed: None,
            concurrency: ConcurrencyOptions::default().concurrency,
            budgets: Vec::new(),
            price: None,
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl Model {
    /// A provider, with these options around it.
    #[must_use]
    pub fn new(provider: Provider, options: ModelOptions) -> Self {
        Self::of_run(provider, options, RunParts::default())
    }

    /// A provider, with these options and parts of a run around it.
    pub(crate) fn of_run(provider: Provider, options: ModelOptions, parts: RunParts) -> Self {
        let own = || {
            let options =
                ConcurrencyOptions { concurrency: options.concurrency, ..ConcurrencyOptions::default() };
            Arc::new(ConcurrencyLimiter::new(options))
        };
        let inner = ModelInner {
            name: provider.name(),
            limiter: parts.limiter.clone().unwrap_or_else(own),
            identity: OnceCell::new(),
            sizes: PromptSizes::default(),
            parts: KnownParts::default(),
            run: parts,
            jitter: Jitter::new(options.wait_seed.unwrap_or_else(|| u64::from(std::process::id()))),
            provider,
            options,
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

    /// Whether calls about a record are made in turn. Of a model that takes one call at a time each then finds what the
    /// one before left of their common beginning; and a recording keeps nobody waiting.
    pub(crate) fn is_asked_in_turn(&self) -> bool {
        self.inner.options.concurrency <= 1 || self.facts().is_some_and(ProviderFacts::is_recording)
    }

    fn facts(&self) -> Option<&'static ProviderFacts> {
        provider_of(&self.inner.name).map(|(provider, _)| provider)
    }

    /// Whether it runs in this process: two such models would take the processor from each other.
    pub(crate) fn is_embedded(&self) -> bool {
        self.facts().is_some_and(ProviderFacts::is_embedded)
    }

    /// How much it takes, if it is a decision model: one that is asked typed questions.
    #[must_use]
    pub fn decision_limits(&self) -> Option<DecisionLimits> {
        self.inner.provider.decision_limits()
    }

    /// The record that it is asked about, by its id.
    pub(crate) fn record(&self) -> Option<&str> {
        self.about.as_deref()
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
        if let Some(response) = inner.run.kept.as_ref().and_then(|kept| kept.find(&inner.name, key)) {
            return Ok(response);
        }
        if let Some(response) = inner.run.shared.as_ref().and_then(|shared| shared.find(&inner.name, key)) {
            return Ok(response);
        }
        let Some((cache, identity)) = inner.cache().await else {
            let response = inner.ask(key, request).await?;
            if inner.run.log.is_some() || !inner.run.recorders.is_empty() {
                let parts = inner.parts.of(request);
                inner.record(inner.run.log.iter(), key, request, &parts, &response)?;
            }
            return Ok(response);
        };
        let place = identity.key(key);
        let _turn = cache.turn(&place).await;
        if let Some(response) = cache.find(&place) {
            if !inner.run.recorders.is_empty() {
                inner.record([], key, request, &inner.parts.of(request), &response)?;
            }
            return Ok(response);
        }
        let response = inner.ask(key, request).await?;
        let parts = inner.parts.of(request);
        // The run's own log first: after a sudden end between the two the reply is one that this run has
        // paid for. And the cache in any case: it may have room where the log has none.
        let recorded = inner.record(inner.run.log.iter(), key, request, &parts, &response);
        let record = self.about.as_deref();
        let reply =
            Reply { key: place, request_key: key, identity, record, parts: &parts, response: &response };
        cache.keep(reply).await;
        recorded.map(|()| response)
    }
}

impl ModelInner {
    /// The cache, and who replies; `None` where nothing is to be kept.
    async fn cache(&self) -> Option<(&Cache, &Identity)> {
        let cache = self.run.cache.as_ref()?;
        let identity = self.identity.get_or_init(|| self.provider.identity()).await;
        Some((cache, identity.as_ref()?))
    }

    async fn ask(&self, key: &Key, request: &Request) -> Result<Response, Failure> {
        let mut why = None;
        if let Some(batch) = &self.run.batch {
            // A result that cannot be read is asked for again, as one that failed is.
            why = Some(match batch.find(key) {
                Some(body) => match self.provider.read_batched(request, body).await {
                    Ok(response) => {
                        batch.used(key);
                        return Ok(response);
                    }
                    Err(failure) => failure.detail,
                },
                None => batch.why_not(key),
            });
        }
        if self.run.live == Live::NotAsked {
            let why = why.unwrap_or_else(|| "no file has a reply to it".to_owned());
            return Err(
                Failure::new(FailureKind::NotRecorded, why).remedy("leave out --no-live to ask for it now")
            );
        }
        self.options.retry.run(&self.jitter, || self.send(request)).await
    }

    /// Sends one call, when the server can take it and the budgets allow it.
    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let worst = self.sizes.estimate(request);
        let pass = self.limiter.pass(worst.tokens()).await;
        let ModelOptions { budgets, price, .. } = &self.options;
        let reservation = RequestReservation::first(budgets, *price, worst, &self.limiter).await?;
        let result = self.provider.complete_for(request, &reservation).await;
        let (prompt, completion) = match &result {
            Ok(response) => (response.usage.prompt_tokens, response.usage.completion_tokens),
            Err(_) => (None, None),
        };
        if let Some(prompt) = prompt {
            self.sizes.learn(request, prompt);
        }
        pass.close(&Feedback {
            load: load(&result),
            wait_ms: result.as_ref().err().and_then(|failure| failure.retry_after_ms),
            remaining: self.provider.remaining(),
            tokens: prompt.zip(completion).map(|(prompt, completion)| prompt + completion),
        });
        reservation.settle(&result);
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
        let weighed = request.gives_probabilities();
        for recorder in more.into_iter().chain(&self.run.recorders) {
            let written = recorder.write_under(key, &self.name, parts, weighed, response);
            written.map_err(|error| not_kept(&error))?;
        }
        Ok(())
    }
}

/// What a result tells about the server's load.
fn load(result: &Result<Response, Failure>) -> Load {
    let Err(failure) = result else {
        return Load::Reply;
    };
    match failure.kind {
        FailureKind::RateLimited => Load::TooMuch,
        FailureKind::Server if matches!(failure.status, Some(503 | 529)) => Load::TooMuch,
        FailureKind::Server | FailureKind::Connection | FailureKind::Timeout | FailureKind::BadReply => {
            Load::Trouble
        }
        _ => Load::Nothing,
    }
}

/// A reply that could not be written down is paid for and lost; the run must not hide it.
fn not_kept(error: &crate::error::Error) -> Failure {
    Failure::new(FailureKind::NotKept, format!("the reply came, but {}", error.detail()))
        .remedy("make room on the disk, then `evenhand run --resume`")
}
