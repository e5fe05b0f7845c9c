//! Asking.

use std::future::ready;

use serde_json::{Value, json};

use super::body::{body, check};
use super::facts::{AnthropicOptions, FACTS, SERVER};
use super::plan::{Level, Optional, Plan, first, notes};
use super::reply::MessageAssembly;
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::facts::{AnswerForm, ServerFacts};
use crate::model::http::{Address, Client, Connection, Interface, Remaining};
use crate::model::provider::{Backend, Pending, Provider, ServerSettings};
use crate::model::{BatchForm, Failure, Identity, Request};

/// A model behind Anthropic's messages.
struct Anthropic {
    client: Client<Messages>,
}

/// Messages, as the user chose them.
struct Messages {
    options: AnthropicOptions,
}

impl Provider {
    /// A model of a server that speaks Anthropic's messages. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, this machine has no certificates, or such a server is not asked
    /// for this form of answers.
    pub fn anthropic(options: AnthropicOptions) -> Result<Self> {
        FACTS.check_form(options.form)?;
        let client = Client::new(Messages { options }, &[Messages::ENDPOINT, "/v1"])?;
        Ok(Self::new(Anthropic { client }))
    }
}

/// A model that a project names.
pub(in crate::model) fn open(settings: ServerSettings) -> Result<Provider> {
    let ServerSettings { model, connection, form, .. } = settings;
    Provider::anthropic(AnthropicOptions { connection, form, ..AnthropicOptions::new(model) })
}

impl Backend for Anthropic {
    fn name(&self) -> String {
        FACTS.full_name(self.client.interface.model())
    }

    fn complete<'a>(&'a self, request: &'a Request, reservation: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(async move {
            if request.weigh.is_some() {
                return Err(Failure::cannot_weigh(&self.name()));
            }
            check(request)?;
            self.client.complete(request, reservation).await
        })
    }

    fn batched(&self, request: &Request) -> Option<(BatchForm, Value)> {
        let is_asked = request.weigh.is_none() && check(request).is_ok();
        Some((BatchForm::Anthropic, self.client.batch_body(request).filter(|_| is_asked)?))
    }

    fn read_batched<'a>(&'a self, request: &'a Request, body: &'a Value) -> Pending<'a> {
        Box::pin(self.client.read_batched(request, body))
    }

    fn identity(&self) -> Pending<'_, Option<Identity>> {
        let options = &self.client.interface.options;
        let chosen = json!([format!("{:?}", options.form), options.connection.extra]);
        let server = Some(self.client.base.clone());
        let identity = Identity { server, options: chosen, ..Identity::named(self.name()) };
        Box::pin(ready(Some(identity)))
    }

    fn remaining(&self) -> Remaining {
        self.client.http.remaining()
    }

    fn base_url(&self) -> Option<&str> {
        Some(&self.client.base)
    }
}

impl Interface for Messages {
    type Level = Level;
    type Field = Optional;
    type Assembly = MessageAssembly;

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
        self.options.form == AnswerForm::Auto
    }

    fn demands_form(&self) -> bool {
        self.options.form != AnswerForm::Auto
    }

    fn notes(&self, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
        notes(&self.options, first, plan, request)
    }
}
