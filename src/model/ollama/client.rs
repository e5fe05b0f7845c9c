//! Asking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::json;

use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::http::{Address, Http, Rejection, Remaining, may_give_way};
use crate::model::prompt_tokens::{PromptSizes, PromptTokens};
use crate::model::provider::{Backend, Pending, Provider, ServerSettings};
use crate::model::served::{PullListener, ServedFrom, ServedModel};
use crate::model::{Failure, FailureKind, Identity, Request, Response, weighing};

use super::body::{Cutting, OllamaOptions, Think};
use super::facts::{FACTS, SERVER};
use super::native::{Facts, Native};
use super::reply::{loaded, read};
use super::window::{PromptHeld, Window, cannot_fit, doubt, held, is_too_long, refused, remedy, was_cut};
use super::{body, native, stored};

/// A model behind Ollama's own interface.
struct Ollama {
    options: OllamaOptions,
    http: Http,
    base: Address,
    shown: String,
    window: Window,
    sizes: PromptSizes,
    /// Whether the server refuses to be told not to cut a prompt.
    is_mute: AtomicBool,
}

impl Provider {
    /// A model of an Ollama server. Nothing is sent yet.
    ///
    /// A reply to a part of the prompt is a failure: one that cannot fit is not sent, the
    /// server is told not to cut, and what it says of its context is held against the prompt's size.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn ollama(options: OllamaOptions) -> Result<Self> {
        let base = Address::parse(&options.connection.base_url, &["/api/chat", "/api", "/v1"])?;
        let http = options.connection.open(&SERVER, &options.model, &base)?;
        let window = Window::new(&options);
        let is_mute = AtomicBool::new(false);
        let (shown, sizes) = (base.shown(), PromptSizes::default());
        Ok(Self::new(Ollama { options, http, base, shown, window, sizes, is_mute }))
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, context_tokens, keep_alive, think, .. } = settings;
    let think = think.map(|think| if think { Think::On } else { Think::Off });
    Provider::ollama(OllamaOptions {
        connection,
        num_ctx: context_tokens,
        keep_alive,
        think,
        ..OllamaOptions::new(model)
    })
}

impl Backend for Ollama {
    fn name(&self) -> String {
        FACTS.full_name(&self.options.model)
    }

    fn complete<'a>(&'a self, request: &'a Request, reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(async move {
            let response = self.ask_whole(request, reservation).await?;
            match &request.weigh {
                Some(weigh) => weighing::apply(response, weigh, &self.name(), WHEN_SILENT),
                None => Ok(response),
            }
        })
    }

    /// The digest of the model's files is asked of the server; one that does not tell it goes without.
    fn identity(&self) -> Pending<'_, Option<Identity>> {
        let options = &self.options;
        let think = options.think.map(|think| format!("{think:?}"));
        let extra = &options.connection.extra;
        // The last word keeps replies apart from those of a time when prompts could be cut.
        let chosen =
            json!([options.num_ctx, think, options.logprobs, options.options, extra, "whole prompts"]);
        Box::pin(async {
            let (server, digest) = (Some(self.shown.clone()), self.digest().await);
            Some(Identity { server, digest, options: chosen, ..Identity::named(self.name()) })
        })
    }

    fn remaining(&self) -> Remaining {
        self.http.remaining()
    }

    fn base_url(&self) -> Option<&str> {
        Some(&self.shown)
    }

    fn load(&self) -> Pending<'_, Result<Option<String>, Failure>> {
        Box::pin(async {
            self.warm().await.map_err(|rejection| rejection.failure)?;
            Ok(self.digest().await)
        })
    }

    fn unload(&self) -> Pending<'_, Result<bool, Failure>> {
        Box::pin(async {
            let sent = async {
                let body = body::unload(&self.options);
                let incoming = self.http.post(self.base.at("/api/chat"), &body).await?;
                loaded(&mut incoming.accepted().await?).await
            };
            sent.await.map(|()| true).map_err(|rejection: Rejection| rejection.failure)
        })
    }

    fn served(&self, from: ServedFrom) -> Pending<'_, Option<ServedModel>> {
        Box::pin(self.native().served(from))
    }

    fn all_loaded(&self) -> Pending<'_, Option<Vec<ServedModel>>> {
        Box::pin(self.native().all(ServedFrom::Memory))
    }

    fn pull<'a>(&'a self, told: &'a mut PullListener<'_>) -> Pending<'a, Result<bool, Failure>> {
        Box::pin(async {
            let pulled = stored::pull(&self.http, &self.base, &self.options.model, told).await;
            pulled.map(|()| true).map_err(|rejection| rejection.failure)
        })
    }

    fn delete(&self) -> Pending<'_, Result<bool, Failure>> {
        Box::pin(async {
            let deleted = stored::delete(&self.http, &self.base, &self.options.model).await;
            deleted.map(|()| true).map_err(|rejection| rejection.failure)
        })
    }
}

impl Ollama {
    /// Loads the model and asks nothing. One that is loaded stays as it is: another context would load it anew.
    async fn warm(&self) -> Result<(), Rejection> {
        let length = if let Some(length) = self.window.chosen() {
            length
        } else {
            let now = self.native().loaded().await.and_then(|length| u32::try_from(length).ok());
            now.unwrap_or_else(|| self.window.length(&PromptTokens::default(), 0, None))
        };
        let body = body::load(&self.options, length);
        let mut incoming = self.http.post(self.base.at("/api/chat"), &body).await?.accepted().await?;
        loaded(&mut incoming).await
    }

    /// The digest of the model's files, where the server tells it.
    async fn digest(&self) -> Option<String> {
        let mut incoming = self.http.get(self.base.at("/api/tags")).await.ok()?.accepted().await.ok()?;
        native::digest(&mut incoming, &self.options.model).await
    }

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
                PromptHeld::Whole => {}
                PromptHeld::Uncertain => response.notes.push(doubt(size, response.usage.prompt_tokens)),
                PromptHeld::Cut => {
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
