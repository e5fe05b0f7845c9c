//! A client that gives way: what the server refuses is left out of the next try, and what then worked is
//! remembered.

use std::time::Instant;

use serde_json::Value;

use super::assembly::{Assembly, read};
use super::connection::{Connection, Http};
use super::fallback::{Capabilities, Field, FormLevel, Plan};
use super::peer::Address;
use super::rejection::Rejection;
use crate::error::Result;
use crate::model::batch_file::whole_body;
use crate::model::budget::RequestReservation;
use crate::model::facts::ServerFacts;
use crate::model::{Failure, FailureKind, Request, Response, Timing};

pub(in crate::model) type PlanOf<I> = Plan<<I as Interface>::Level, <I as Interface>::Field>;

/// What a provider's requests and replies look like, as its user chose them.
pub(in crate::model) trait Interface {
    type Level: FormLevel;
    type Field: Field;
    type Assembly: Assembly;

    /// Where requests go, after the base of the address.
    const ENDPOINT: &'static str;

    /// What is true of such servers.
    const SERVER: &'static ServerFacts;

    /// The model as the server names it.
    fn model(&self) -> &str;

    fn connection(&self) -> &Connection;

    /// What is asked for while nothing is known of the server.
    fn first(&self, base: &Address) -> PlanOf<Self>;

    /// The request on the wire.
    fn body(&self, request: &Request, plan: PlanOf<Self>) -> String;

    /// Whether a form that is refused gives way to the next one.
    fn lowers_form(&self) -> bool;

    /// Whether the user chose the form, and may choose another.
    fn demands_form(&self) -> bool;

    /// What the user should know about a reply that came by `plan` instead of `first`, besides
    /// [`Plan::notes`].
    fn notes(&self, first: PlanOf<Self>, plan: PlanOf<Self>, request: &Request) -> Vec<String>;
}

/// The client of one model.
pub(in crate::model) struct Client<I: Interface> {
    pub(in crate::model) interface: I,
    pub(in crate::model) http: Http,
    pub(in crate::model) address: Address,
    /// The server's address as it may be shown.
    pub(in crate::model) base: String,
    pub(in crate::model) capabilities: Capabilities<I::Level, I::Field>,
}

impl<I: Interface> Client<I> {
    /// Nothing is sent yet. `endings` of the configured address are left off.
    pub(in crate::model) fn new(interface: I, endings: &[&str]) -> Result<Self> {
        let connection = interface.connection();
        let base = Address::parse(&connection.base_url, endings)?;
        Ok(Self {
            http: connection.open(I::SERVER, interface.model(), &base)?,
            address: base.at(I::ENDPOINT),
            base: base.shown(),
            capabilities: Capabilities::new(interface.first(&base)),
            interface,
        })
    }

    /// Asks until the server takes the request, or refuses what cannot be left out.
    pub(in crate::model) async fn complete(
        &self,
        request: &Request,
        reservation: &RequestReservation<'_>,
    ) -> Result<Response, Failure> {
        let mut plan = self.capabilities.plan().sized(request);
        loop {
            let since = Instant::now();
            let rejection = match self.ask(request, plan).await {
                Ok(response) => return Ok(self.taken(response, request, plan)),
                Err(rejection) => rejection,
            };
            // The server took the request: there is nothing to fall back to, and nothing to remember.
            let total_ms = since.elapsed().as_secs_f64() * 1e3;
            let rejection = match rejection.into_sample(&self.http.peer, request, total_ms) {
                Ok(response) => return Ok(Response { limited_to: plan.limited_to(request), ..response }),
                Err(rejection) => rejection,
            };
            let can_lower = self.interface.lowers_form() && request.format.is_some();
            let next = plan.next(&rejection, request, can_lower);
            plan = next.ok_or_else(|| self.explain(rejection, request, plan))?;
            reservation.again().await?;
        }
    }

    /// The request as it would be sent now, but that it does not stream.
    pub(in crate::model) fn batch_body(&self, request: &Request) -> Option<Value> {
        whole_body(&self.interface.body(request, self.capabilities.plan().sized(request)))
    }

    /// The reply of a batch.
    pub(in crate::model) async fn read_batched(
        &self,
        request: &Request,
        body: &Value,
    ) -> Result<Response, Failure> {
        let plan = self.capabilities.plan().sized(request);
        let mut incoming = self.http.kept(self.address.clone(), body.to_string());
        let response = read::<I::Assembly>(&mut incoming).await.map_err(|rejection| rejection.failure)?;
        let timing = Timing::default();
        Ok(Response { batched: true, timing, ..self.taken(response, request, plan) })
    }

    async fn ask(&self, request: &Request, plan: PlanOf<I>) -> Result<Response, Rejection> {
        let body = self.interface.body(request, plan);
        let incoming = self.http.post_text(self.address.clone(), body).await?;
        read::<I::Assembly>(&mut incoming.accepted().await?).await
    }

    fn taken(&self, response: Response, request: &Request, plan: PlanOf<I>) -> Response {
        self.capabilities.remember(plan);
        let mut notes = plan.notes(request);
        notes.extend(self.interface.notes(self.capabilities.first, plan, request));
        notes.extend(response.notes);
        Response { notes, limited_to: plan.limited_to(request), ..response }
    }

    /// A form, or log-probabilities, that were demanded and refused: only the user may ask for less.
    fn explain(&self, rejection: Rejection, request: &Request, plan: PlanOf<I>) -> Failure {
        let refuses_form = plan.refuses_form(rejection.failure.status, &rejection.error_body);
        let is_demanded = request.format.is_some() && self.interface.demands_form();
        match rejection {
            rejection if rejection.refuses_weighing(request) => {
                let failure = Failure { kind: FailureKind::Unsupported, ..rejection.failure };
                failure.remedy(Failure::READ_OTHERWISE)
            }
            Rejection { failure, .. } if failure.remedy.is_none() && refuses_form && is_demanded => {
                failure.remedy("use structured = \"auto\" with this server")
            }
            Rejection { failure, .. } => failure,
        }
    }
}
