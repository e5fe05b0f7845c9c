//! Asking.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use super::body::{body, check};
use super::facts::{AnthropicForm, AnthropicOptions, FACTS, SERVER};
use super::plan::{Level, Optional, Plan, first, notes};
use super::reply::Assembly;
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::facts::ServerFacts;
use crate::model::http::{Address, Client, Connection, Interface, Remaining};
use crate::model::provider::{Provider, ServerSettings};
use crate::model::{Failure, Identity, Request, Response};

/// A model behind Anthropic's messages. Cheap to clone.
#[derive(Clone)]
pub struct Anthropic {
    client: Arc<Client<Messages>>,
}

/// Messages, as the user chose them.
struct Messages {
    options: AnthropicOptions,
}

impl Anthropic {
    /// A model, ready to be asked. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn new(options: AnthropicOptions) -> Result<Self> {
        Ok(Self { client: Arc::new(Client::new(Messages { options }, &[Messages::ENDPOINT, "/v1"])?) })
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
        check(request)?;
        self.client.complete(request, reservation).await
    }

    /// The provider and its model: `anthropic/claude-haiku-5-5`.
    #[must_use]
    pub fn name(&self) -> String {
        FACTS.full_name(self.client.interface.model())
    }

    /// What decides this model's replies, besides the request.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let options = &self.client.interface.options;
        let chosen = json!([format!("{:?}", options.form), options.connection.extra]);
        let server = Some(self.client.base.clone());
        Identity { server, options: chosen, ..Identity::named(self.name()) }
    }

    pub(in crate::model) fn remaining(&self) -> Remaining {
        self.client.http.remaining()
    }

    /// The server's address, without credentials and query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.client.base
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, form, .. } = settings;
    let options = AnthropicOptions { connection, form: form.into(), ..AnthropicOptions::new(model) };
    Ok(Provider::Anthropic(Anthropic::new(options)?))
}

impl Interface for Messages {
    type Level = Level;
    type Field = Optional;
    type Assembly = Assembly;

    const ENDPOINT: &'static str = "/v1/messages";
    const SERVER: &'static ServerFacts = &SERVER;

    fn model(&self) -> &str {
        &self.options.model
    }

    fn connection(&self) -> &Connection {
        &self.options.connection
    }

    fn first(&self, _base: &Address) -> Plan {
        first(self.options.form)
    }

    fn body(&self, request: &Request, plan: Plan) -> String {
        // Faster than the value's own `to_string`, and the same bytes.
        serde_json::to_string(&body(&self.options, request, plan)).unwrap_or_default()
    }

    fn lowers_form(&self) -> bool {
        self.options.form == AnthropicForm::Auto
    }

    fn demands_form(&self) -> bool {
        self.options.form != AnthropicForm::Auto
    }

    fn notes(&self, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
        notes(&self.options, first, plan, request)
    }
}

impl fmt::Debug for Anthropic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.debug("Anthropic", f)
    }
}
