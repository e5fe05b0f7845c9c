//! Asking. Ollama behind this interface cuts a prompt that is too long without a word, and no request can
//! tell it to do otherwise; its own interface, at the same address, tells the context.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::sync::OnceCell;

use super::body::{Spoken, body};
use super::facts::{FACTS, OpenAiOptions, SERVER, Structured};
use super::plan::{Known, Optional, Plan, names_logprobs, with_fewer_logprobs};
use super::reply::{streamed, whole};
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::http::{Address, Http, Opening, Rejection, Remaining};
use crate::model::ollama::{Facts, Held, Native, doubt, held, was_cut};
use crate::model::prompt_tokens::PromptSizes;
use crate::model::provider::{Provider, ServerSettings};
use crate::model::{Failure, FailureKind, Identity, Request, Response, weighing};

/// What is known of the server behind an address. It is asked once, when the first long prompt comes.
#[derive(Debug, Default)]
pub(super) struct Behind {
    facts: OnceCell<Option<Facts>>,
    sizes: PromptSizes,
}

/// Every server holds so much, and need not be asked what it is.
const ALWAYS_HELD: u64 = 2_048;

/// Of shorter prompts a count that is too small is not worth a note.
const WORTH_A_NOTE: u64 = 500;

impl Behind {
    /// The reply, if it is one to the whole prompt.
    pub(super) async fn checked(
        &self,
        mut response: Response,
        request: &Request,
        native: Native<'_>,
        address: &Address,
    ) -> Result<Response, Failure> {
        let bytes = bytes(request);
        let usage = response.usage;
        let counted = usage.prompt_tokens.filter(|counted| *counted > 0);
        // No tokenizer makes fewer than a quarter of the bytes of any text: such a count raises no doubt.
        let is_enough = counted.is_none_or(|counted| counted >= bytes / 4);
        if bytes <= ALWAYS_HELD || (is_enough && self.is_another(native.http)) {
            return Ok(response);
        }
        let size = self.sizes.of(request);
        if size.most > ALWAYS_HELD
            && let Some(facts) = self.facts(native).await
        {
            // The reply's own context: before it, the model may have been loaded with another.
            let loaded = native.loaded().await;
            let context = Facts { loaded, ..facts }.unasked();
            match held(&size, context, usage) {
                Held::Whole => {}
                Held::Uncertain => response.notes.push(doubt(&size, usage.prompt_tokens)),
                Held::Cut => return Err(was_cut(address, &size, context, usage, REMEDY)),
            }
            return Ok(response);
        }
        if counted.is_some_and(|counted| counted < size.least) && size.least >= WORTH_A_NOTE {
            response.notes.push(doubt(&size, counted));
        }
        Ok(response)
    }

    /// Whether the server is known not to be Ollama.
    fn is_another(&self, http: &Http) -> bool {
        matches!(self.facts.get(), Some(None)) || !may_be_ollama(http)
    }

    /// What Ollama says of itself; none of any other server.
    async fn facts(&self, native: Native<'_>) -> Option<Facts> {
        let ask = || async {
            let is_ollama = may_be_ollama(native.http) && native.is_ollama().await;
            if is_ollama { Some(native.facts().await) } else { None }
        };
        *self.facts.get_or_init(ask).await
    }
}

fn bytes(request: &Request) -> u64 {
    request.messages.iter().map(|message| message.content.len() as u64 + 24).sum::<u64>() + 64
}

const REMEDY: &str = "use ollama/NAME instead of openai/NAME: evenhand then asks for as long a context as the prompt needs; or start Ollama with a larger OLLAMA_CONTEXT_LENGTH, or set num_ctx in the model's Modelfile";

/// Whether it is of use to ask what server this is: of the services themselves it is known.
fn may_be_ollama(http: &Http) -> bool {
    let host = http.peer.base.host();
    !["api.openai.com", "openai.azure.com"].iter().any(|known| host.ends_with(known))
}

const ENDPOINT: &str = "/chat/completions";

/// A model behind OpenAI's chat completions. Cheap to clone.
#[derive(Clone)]
pub struct OpenAi {
    inner: Arc<Inner>,
}

struct Inner {
    options: OpenAiOptions,
    http: Http,
    address: Address,
    /// Where another interface of the same server would be.
    root: Address,
    base: String,
    known: Known,
    spoken: Spoken,
    behind: Behind,
}

impl OpenAi {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: OpenAiOptions) -> Result<Self> {
        let connection = &options.connection;
        let base = Address::parse(&connection.base_url, &[ENDPOINT])?;
        let is_openai = base.host() == "api.openai.com" || base.host().ends_with(".openai.azure.com");
        let inner = Inner {
            http: connection.open(&SERVER, &options.model, &base)?,
            address: base.at(ENDPOINT),
            root: Address::parse(&connection.base_url, &["/v1/chat/completions", ENDPOINT, "/v1"])?,
            behind: Behind::default(),
            base: base.shown(),
            known: Known::new(options.structured, &options.model, is_openai),
            spoken: Spoken::default(),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks the model once. A server that refuses a parameter or a form is asked
    /// again without it, and the reply has a note about it.
    ///
    /// Given answers are weighed by the log-probabilities at their place in a decoded
    /// one. A server that gives none is not asked for anything else instead.
    ///
    /// A further draw of a request with a seed gets the seed plus the draw's number.
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
        let inner = &*self.inner;
        let mut plan = inner.known.plan().sized(request);
        if request.weigh.is_some() && !plan.takes(Optional::Logprobs) {
            return Err(Failure::cannot_weigh(&self.name()));
        }
        loop {
            let since = Instant::now();
            let rejection = match inner.ask(request, plan).await {
                Ok(response) => return self.settle(response, request, plan).await,
                Err(rejection) => rejection,
            };
            // The server took the request: there is nothing to fall back to, and nothing to remember.
            let total_ms = since.elapsed().as_secs_f64() * 1e3;
            let rejection = match rejection.into_sample(&inner.http.peer, request, total_ms) {
                Ok(response) => return Ok(Response { limited_to: plan.limited_to(request), ..response }),
                Err(rejection) => rejection,
            };
            let status = rejection.failure.status;
            let next = if request.weigh.is_some() && names_logprobs(status, &rejection.error_body) {
                with_fewer_logprobs(plan)
            } else {
                plan.next(status, &rejection.error_body, request, inner.known.can_lower(request))
            };
            plan = next.ok_or_else(|| inner.explain(rejection, request, plan))?;
            reservation.again().await?;
        }
    }

    async fn settle(&self, response: Response, request: &Request, plan: Plan) -> Result<Response, Failure> {
        let inner = &*self.inner;
        let response = inner.noted(response, request, plan);
        let native = Native { http: &inner.http, root: &inner.root, model: &inner.options.model };
        let response = inner.behind.checked(response, request, native, &inner.address).await?;
        match &request.weigh {
            Some(weigh) => weighing::apply(response, weigh, &self.name(), Failure::READ_OTHERWISE),
            None => Ok(response),
        }
    }

    /// The provider and its model: `openai/gpt-6-luna`.
    #[must_use]
    pub fn name(&self) -> String {
        FACTS.full_name(&self.inner.options.model)
    }

    /// What decides this model's replies, besides the request.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let options = &self.inner.options;
        let chosen = json!([format!("{:?}", options.structured), options.logprobs, options.connection.extra]);
        let server = Some(self.inner.base.clone());
        Identity { server, options: chosen, ..Identity::named(self.name()) }
    }

    pub(in crate::model) fn remaining(&self) -> Remaining {
        self.inner.http.remaining()
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.base
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, form, .. } = settings;
    let structured = form.into();
    Ok(Provider::OpenAi(OpenAi::new(OpenAiOptions { connection, structured, ..OpenAiOptions::new(model) })?))
}

impl Inner {
    async fn ask(&self, request: &Request, plan: Plan) -> Result<Response, Rejection> {
        let body = body(&self.options, &self.spoken, request, plan);
        let incoming = self.http.post_text(self.address.clone(), body).await?;
        let mut incoming = incoming.accepted().await?;
        // What was asked for does not tell what comes: some gateways always stream, and some never.
        match incoming.opening().await? {
            Opening::Events => streamed(&mut incoming).await,
            Opening::Document => whole(&mut incoming).await,
        }
    }

    /// A form, or log-probabilities, that were demanded and refused: only the user may ask for less.
    fn explain(&self, rejection: Rejection, request: &Request, plan: Plan) -> Failure {
        if request.weigh.is_some() && names_logprobs(rejection.failure.status, &rejection.error_body) {
            let failure = Failure { kind: FailureKind::Unsupported, ..rejection.failure };
            return failure.remedy(Failure::READ_OTHERWISE);
        }
        let is_form = plan.refuses_form(rejection.failure.status, &rejection.error_body);
        let is_demanded = request.format.is_some() && self.options.structured == Structured::JsonSchema;
        match rejection.failure {
            failure if failure.remedy.is_none() && is_form && is_demanded => {
                failure.remedy("use structured = \"auto\" with this server")
            }
            failure => failure,
        }
    }

    fn noted(&self, response: Response, request: &Request, plan: Plan) -> Response {
        self.known.remember(plan);
        let asks_logprobs = self.options.logprobs.is_some();
        let notes = self.known.notes(plan, request, &self.options.model, asks_logprobs);
        let notes = notes.into_iter().chain(response.notes).collect();
        Response { notes, limited_to: plan.limited_to(request), ..response }
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("model", &self.inner.options.model)
            .field("base_url", &self.inner.base)
            .finish_non_exhaustive()
    }
}
