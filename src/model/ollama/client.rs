//! Asking.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::http::{Address, Http, Rejection, Remaining, may_give_way};
use crate::model::prompt_tokens::{PromptSizes, PromptTokens};
use crate::model::provider::{Provider, ServerSettings};
use crate::model::{Failure, FailureKind, Identity, Request, Response, Timing, weighing};

use super::body::{Cutting, OllamaOptions, Think};
use super::facts::{FACTS, SERVER};
use super::native::{Facts, Native};
use super::reply::{loaded, read};
use super::window::{Held, Window, cannot_fit, doubt, held, is_too_long, refused, remedy, was_cut};
use super::{body, native};

/// A model behind Ollama's own interface. Cheap to clone.
#[derive(Clone)]
pub struct Ollama {
    inner: Arc<Inner>,
}

struct Inner {
    options: OllamaOptions,
    http: Http,
    base: Address,
    shown: String,
    window: Window,
    sizes: PromptSizes,
    /// Whether the server refuses to be told not to cut a prompt.
    is_mute: AtomicBool,
}

impl Ollama {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: OllamaOptions) -> Result<Self> {
        let base = Address::parse(&options.connection.base_url, &["/api/chat", "/api", "/v1"])?;
        let http = options.connection.open(&SERVER, &options.model, &base)?;
        let window = Window::new(&options);
        let is_mute = AtomicBool::new(false);
        let (shown, sizes) = (base.shown(), PromptSizes::default());
        Ok(Self { inner: Arc::new(Inner { options, http, base, shown, window, sizes, is_mute }) })
    }

    /// Asks the model once.
    ///
    /// Given answers are weighed by the log-probabilities at their place in a decoded one.
    ///
    /// A further draw of a request with a seed gets the seed plus the draw's number.
    ///
    /// A reply to a part of the prompt is a failure: one that cannot fit is not sent, the
    /// server is told not to cut, and what it says of its context is held against the prompt's size.
    ///
    /// # Errors
    /// There is no reply: why, and what can be done about it.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        self.complete_for(request, &RequestReservation::free()).await
    }

    /// The same; each further call is taken out of the budgets too.
    pub(in crate::model) async fn complete_for(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        let response = self.inner.ask_whole(request, reservation).await?;
        match &request.weigh {
            Some(weigh) => weighing::apply(response, weigh, &self.name(), WHEN_SILENT),
            None => Ok(response),
        }
    }

    /// Loads the model and asks nothing, so that the first request finds it warm.
    /// The reply says how long loading took.
    ///
    /// # Errors
    /// The server cannot be reached, or cannot load the model.
    pub async fn warm(&self) -> Result<Timing, Failure> {
        let inner = &*self.inner;
        let loading = async {
            let length = inner.window.length(&PromptTokens::default(), 0, None);
            let body = body::load(&inner.options, length);
            let mut incoming = inner.http.post(inner.base.at("/api/chat"), &body).await?.accepted().await?;
            loaded(&mut incoming).await
        };
        loading.await.map_err(|rejection: Rejection| rejection.failure)
    }

    /// The digest of the model's files: two servers with the same digest have the same model.
    ///
    /// # Errors
    /// The server cannot be reached, or does not have the model.
    pub async fn digest(&self) -> Result<String, Failure> {
        let inner = &*self.inner;
        let incoming = inner.http.get(inner.base.at("/api/tags")).await?;
        let mut incoming = incoming.accepted().await.map_err(|rejection| rejection.failure)?;
        native::digest(&mut incoming, &inner.options.model).await
    }

    /// The provider and its model: `ollama/qwen2.5:7b`.
    #[must_use]
    pub fn name(&self) -> String {
        FACTS.full_name(&self.inner.options.model)
    }

    /// What decides this model's replies, besides the request. The digest of its
    /// files is asked of the server; one that does not tell it goes without.
    pub async fn identity(&self) -> Identity {
        let options = &self.inner.options;
        let think = options.think.map(|think| format!("{think:?}"));
        let extra = &options.connection.extra;
        // The last word keeps replies apart from those of a time when prompts could be cut.
        let chosen =
            json!([options.num_ctx, think, options.logprobs, options.options, extra, "whole prompts"]);
        Identity {
            server: Some(self.inner.shown.clone()),
            digest: self.digest().await.ok(),
            options: chosen,
            ..Identity::named(self.name())
        }
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        self.inner.base.is_loopback()
    }

    pub(in crate::model) fn remaining(&self) -> Remaining {
        self.inner.http.remaining()
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.shown
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, context_tokens, keep_alive, think, .. } = settings;
    let think = think.map(|think| if think { Think::On } else { Think::Off });
    let options =
        OllamaOptions { connection, num_ctx: context_tokens, keep_alive, think, ..OllamaOptions::new(model) };
    Ok(Provider::Ollama(Ollama::new(options)?))
}

impl Inner {
    /// Asks with as long a context as the prompt needs.
    async fn ask_whole(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        let size = self.sizes.of(request);
        let answer = request.parameters.max_tokens;
        let facts = self.window.facts(&size, answer, self.native()).await;
        if let Some(limit) = self.window.limit(facts).filter(|limit| size.least >= *limit) {
            return Err(cannot_fit(&size, limit, &self.window));
        }
        let mut length = self.window.length(&size, answer, facts);
        loop {
            let since = Instant::now();
            let rejection = match self.ask(request, length).await {
                Ok(response) => return self.checked(response, &size, length, facts).await,
                Err(rejection) => rejection,
            };
            if is_too_long(&rejection) {
                let Some(longer) = self.window.longer(length, &size, self.native()).await else {
                    return Err(refused(rejection.failure, &size, length, &self.window));
                };
                length = longer;
            } else if !self.has_fallen_silent(&rejection) {
                let total_ms = since.elapsed().as_secs_f64() * 1e3;
                let sample = rejection.into_sample(&self.http.peer, request, total_ms);
                return sample.map_err(|rejection| explain(rejection, request));
            }
            reservation.again().await?;
        }
    }

    /// A server that does not take what it does not know is not told a second time.
    fn has_fallen_silent(&self, rejection: &Rejection) -> bool {
        let refuses = |name| rejection.error_body.refuses(name);
        let is_about = may_give_way(rejection.failure.status) && (refuses("truncate") || refuses("shift"));
        is_about && !self.is_mute.swap(true, Ordering::Relaxed)
    }

    async fn ask(&self, request: &Request, num_ctx: u32) -> Result<Response, Rejection> {
        let is_mute = self.is_mute.load(Ordering::Relaxed);
        let cutting = if is_mute { Cutting::Unmentioned } else { Cutting::Forbidden };
        let body = body::chat(&self.options, request, num_ctx, cutting);
        let incoming = self.http.post(self.base.at("/api/chat"), &body).await?;
        let mut incoming = incoming.accepted().await?;
        read(&mut incoming).await
    }

    /// The reply, if it is one to the whole prompt.
    async fn checked(
        &self,
        mut response: Response,
        size: &PromptTokens,
        length: u32,
        facts: Option<Facts>,
    ) -> Result<Response, Failure> {
        let mut context = u64::from(length);
        if let Some(facts) = facts.filter(|facts| !self.refuses(facts)) {
            context = self.window.holds(length, facts, self.native()).await;
            match held(size, context, response.usage) {
                Held::Whole => {}
                Held::Uncertain => response.notes.push(doubt(size, response.usage.prompt_tokens)),
                Held::Cut => {
                    let (address, remedy) = (self.base.at("/api/chat"), remedy(&self.window));
                    return Err(was_cut(&address, size, context, response.usage, remedy));
                }
            }
        }
        let usage = response.usage;
        let used = usage.prompt_tokens.unwrap_or(0) + usage.completion_tokens.unwrap_or(0);
        if used >= context {
            response
                .notes
                .push(format!("the context of {context} tokens was full; the answer may be cut off"));
        }
        Ok(response)
    }

    /// Whether the server refuses a prompt that is too long, and was told to.
    fn refuses(&self, facts: &Facts) -> bool {
        let is_allowed = self.options.connection.extra.get("truncate") == Some(&json!(true));
        facts.refuses() && !is_allowed && !self.is_mute.load(Ordering::Relaxed)
    }

    fn native(&self) -> Native<'_> {
        Native { http: &self.http, root: &self.base, model: &self.options.model }
    }
}

/// What Ollama reports as its own failure (500) though it would fail again and
/// again, and what it says about thinking.
fn explain(rejection: Rejection, request: &Request) -> Failure {
    let words = rejection.error_body.words();
    let failure = rejection.failure;
    let is_schema = request.format.is_some() && (words.contains("schema") || words.contains("grammar"));
    if words.contains("support thinking") {
        return failure.remedy("leave out `think` for this model");
    }
    if words.contains("system memory") {
        let failure = Failure { kind: FailureKind::Refused, retry_after_ms: None, ..failure };
        return failure.remedy("use a smaller model, or set a smaller `context_tokens`");
    }
    match failure.kind {
        FailureKind::Server if is_schema => {
            Failure { kind: FailureKind::BadRequest, retry_after_ms: None, ..failure }
        }
        _ => failure,
    }
}

/// An older server does not know what log-probabilities are, and says nothing about it.
const WHEN_SILENT: &str = "update Ollama to 0.12.11 or later, or use reading = \"text\" or \"sampled\"";

impl fmt::Debug for Ollama {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ollama")
            .field("model", &self.inner.options.model)
            .field("base_url", &self.inner.shown)
            .finish_non_exhaustive()
    }
}
