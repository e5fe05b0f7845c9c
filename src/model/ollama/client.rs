//! Asking.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use crate::error::Result;
use crate::model::http::{Address, Http, Rejection, Remaining, Service};
use crate::model::{Delivery, Failure, FailureKind, Identity, Request, Response, Timing, weighing};

use super::options::OllamaOptions;
use super::reply::{loaded, streamed, whole};
use super::{body, tags};

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
}

impl Ollama {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: OllamaOptions) -> Result<Self> {
        let base = Address::parse(&options.connection.base_url, &["/api/chat", "/api", "/v1"])?;
        let http = options.connection.open(Service::Ollama, &options.model, &base)?;
        Ok(Self { inner: Arc::new(Inner { shown: base.shown(), options, http, base }) })
    }

    /// Asks the model once.
    ///
    /// Given answers are weighed by the log-probabilities at their place in a decoded one.
    ///
    /// A further draw of a request with a seed gets the seed plus the draw's number.
    ///
    /// # Errors
    /// There is no reply: why, and what can be done about it.
    pub async fn complete(&self, request: &Request) -> Result<Response, Failure> {
        let response = self.inner.ask(request).await.map_err(|rejection| explain(rejection, request))?;
        let notes = self.inner.notes(&response);
        let response = Response { notes, ..response };
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
            let body = body::load(&inner.options);
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
        tags::digest(&mut incoming, &inner.options.model).await
    }

    /// The provider and its model: `ollama/qwen2.5:7b`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("ollama/{}", self.inner.options.model)
    }

    /// What decides this model's replies, besides the request. The digest of its
    /// files is asked of the server; one that does not tell it goes without.
    pub async fn identity(&self) -> Identity {
        let options = &self.inner.options;
        let think = options.think.map(|think| format!("{think:?}"));
        let chosen =
            json!([options.num_ctx, think, options.logprobs, options.options, options.connection.extra]);
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

impl Inner {
    async fn ask(&self, request: &Request) -> Result<Response, Rejection> {
        let body = body::chat(&self.options, request);
        let incoming = self.http.post(self.base.at("/api/chat"), &body).await?;
        let mut incoming = incoming.accepted().await?;
        match self.options.connection.delivery {
            Delivery::Stream => streamed(&mut incoming).await,
            Delivery::Whole => whole(&mut incoming).await,
        }
    }

    /// Ollama cuts a prompt that is too long for its context, and does not say so.
    fn notes(&self, response: &Response) -> Vec<String> {
        let used = response.usage.prompt_tokens.unwrap_or(0) + response.usage.completion_tokens.unwrap_or(0);
        let context = self.options.num_ctx.filter(|context| used >= u64::from(*context));
        context
            .map(|context| {
                format!("the context of num_ctx = {context} tokens was full; the prompt may have been cut")
            })
            .into_iter()
            .collect()
    }
}

/// What Ollama reports as its own failure (500) though it would fail again and
/// again, and what it says about thinking.
fn explain(rejection: Rejection, request: &Request) -> Failure {
    let words = rejection.said.words();
    let failure = rejection.failure;
    let is_schema = request.format.is_some() && (words.contains("schema") || words.contains("grammar"));
    if words.contains("support thinking") {
        return failure.remedy("leave out `think` for this model");
    }
    if words.contains("system memory") {
        let failure = Failure { kind: FailureKind::Refused, retry_after_ms: None, ..failure };
        return failure.remedy("use a smaller model, or a smaller num_ctx");
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
