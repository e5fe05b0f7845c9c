//! Asking.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::http::{Address, Http, Opening, Rejection, Remaining};
use crate::model::provider::{Provider, ServerSettings};
use crate::model::{Failure, Identity, Request, Response};

use super::body;
use super::body::body;
use super::facts::{AnthropicForm, AnthropicOptions, FACTS, SERVER};
use super::plan::{Known, Plan};
use super::reply::{streamed, whole};

const ENDPOINT: &str = "/v1/messages";

/// A model behind Anthropic's messages. Cheap to clone.
#[derive(Clone)]
pub struct Anthropic {
    inner: Arc<Inner>,
}

struct Inner {
    options: AnthropicOptions,
    http: Http,
    address: Address,
    base: String,
    known: Known,
}

impl Anthropic {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: AnthropicOptions) -> Result<Self> {
        let connection = &options.connection;
        let base = Address::parse(&connection.base_url, &[ENDPOINT, "/v1"])?;
        let inner = Inner {
            http: connection.open(&SERVER, &options.model, &base)?,
            address: base.at(ENDPOINT),
            base: base.shown(),
            known: Known::new(options.form),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks the model once. A model that refuses a parameter or a form is asked
    /// again without it, and the reply has a note about it.
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
        if request.weigh.is_some() {
            return Err(Failure::cannot_weigh(&self.name()));
        }
        body::check(request)?;
        let inner = &*self.inner;
        let mut plan = inner.known.plan().sized(request);
        loop {
            let since = Instant::now();
            let rejection = match inner.ask(request, plan).await {
                Ok(response) => return Ok(inner.settle(response, request, plan)),
                Err(rejection) => rejection,
            };
            // The server took the request: there is nothing to fall back to, and nothing to remember.
            let total_ms = since.elapsed().as_secs_f64() * 1e3;
            let rejection = match rejection.into_sample(&inner.http.peer, request, total_ms) {
                Ok(response) => return Ok(response),
                Err(rejection) => rejection,
            };
            let can_lower = inner.known.can_lower(request);
            let next = plan.next(rejection.failure.status, &rejection.error_body, request, can_lower);
            plan = next.ok_or_else(|| inner.explain(rejection, request, plan))?;
            reservation.again().await?;
        }
    }

    /// The provider and its model: `anthropic/claude-haiku-5-5`.
    #[must_use]
    pub fn name(&self) -> String {
        FACTS.full_name(&self.inner.options.model)
    }

    /// What decides this model's replies, besides the request.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let options = &self.inner.options;
        let chosen = json!([format!("{:?}", options.form), options.connection.extra]);
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
    let options = AnthropicOptions { connection, form: form.into(), ..AnthropicOptions::new(model) };
    Ok(Provider::Anthropic(Anthropic::new(options)?))
}

impl Inner {
    async fn ask(&self, request: &Request, plan: Plan) -> Result<Response, Rejection> {
        let body = body(&self.options, request, plan);
        let incoming = self.http.post(self.address.clone(), &body).await?;
        let mut incoming = incoming.accepted().await?;
        // What was asked for does not tell what comes: some gateways always stream, and some never.
        match incoming.opening().await? {
            Opening::Events => streamed(&mut incoming).await,
            Opening::Document => whole(&mut incoming).await,
        }
    }

    /// A form that was demanded and refused: only the user may ask for less.
    fn explain(&self, rejection: Rejection, request: &Request, plan: Plan) -> Failure {
        let is_demanded = request.format.is_some() && self.options.form != AnthropicForm::Auto;
        let is_form = plan.refuses_form(rejection.failure.status, &rejection.error_body);
        match rejection.failure {
            failure if failure.remedy.is_none() && is_form && is_demanded => {
                failure.remedy("use structured = \"auto\" with this server")
            }
            failure => failure,
        }
    }

    fn settle(&self, response: Response, request: &Request, plan: Plan) -> Response {
        self.known.remember(plan);
        let mut notes = self.known.notes(plan, request, &self.options.model);
        notes.extend(response.notes);
        Response { notes, limited_to: plan.limited_to(request), ..response }
    }
}

impl fmt::Debug for Anthropic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anthropic")
            .field("model", &self.inner.options.model)
            .field("base_url", &self.inner.base)
            .finish_non_exhaustive()
    }
}
