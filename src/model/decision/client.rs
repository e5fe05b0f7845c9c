//! Asking. A server that takes the other form, or a model that answers no typed questions, is told apart by
//! what it says.

use std::future::ready;

use serde_json::{Value, json};

use super::body::body;
use super::facts::{DECISIONS, DECISIONS_SERVER, DecisionOptions, SYSTEMONE, SYSTEMONE_SERVER};
use super::reply;
use crate::data::{JsonFault, parse_json};
use crate::error::Result;
use crate::model::budget::RequestReservation;
use crate::model::decision_form::DecisionForm;
use crate::model::facts::{ProviderFacts, ServerFacts};
use crate::model::http::{Address, Http, Rejection, Remaining, decode, refuse_error};
use crate::model::provider::{Backend, Pending, Provider, ServerSettings};
use crate::model::questions::{Decision, DecisionLimits};
use crate::model::{Failure, FailureKind, Identity, Request, Response, Timing};

/// A decision model behind a server.
struct DecisionModel {
    provider: &'static ProviderFacts,
    options: DecisionOptions,
    http: Http,
    address: Address,
    /// The server's address as it may be shown.
    base: String,
}

impl Provider {
    /// A decision model of a server that speaks OpenAI's decisions. Nothing is sent yet.
    ///
    /// # Errors
    /// The base URL, the key, or a header cannot be used, or this machine has no certificates.
    pub fn decisions(options: DecisionOptions) -> Result<Self> {
        Self::decision(&DECISIONS, &DECISIONS_SERVER, options)
    }

    /// A decision model of a server that speaks System One (by `TypeSafe`). Nothing is sent yet.
    ///
    /// # Errors
    /// As for [`Provider::decisions`].
    pub fn systemone(options: DecisionOptions) -> Result<Self> {
        Self::decision(&SYSTEMONE, &SYSTEMONE_SERVER, options)
    }

    fn decision(
        provider: &'static ProviderFacts,
        server: &'static ServerFacts,
        options: DecisionOptions,
    ) -> Result<Self> {
        // An address up to `/v1` is meant as one before it.
        let version = if options.path.starts_with("/v1/") { "/v1" } else { "" };
        let base = Address::parse(&options.connection.base_url, &[&options.path, version])?;
        let http = options.connection.open(server, &options.model, &base)?;
        let (address, base) = (base.at(&options.path), base.shown());
        Ok(Self::new(DecisionModel { provider, options, http, address, base }))
    }
}

/// A model of `decisions/` that a project names.
pub(in crate::model) fn open_decisions(settings: ServerSettings) -> Result<Provider> {
    let options = DecisionOptions::decisions(settings.model.clone());
    Provider::decisions(chosen(options, settings))
}

/// A model of `systemone/` that a project names.
pub(in crate::model) fn open_systemone(settings: ServerSettings) -> Result<Provider> {
    let options = DecisionOptions::systemone(settings.model.clone());
    Provider::systemone(chosen(options, settings))
}

fn chosen(usual: DecisionOptions, settings: ServerSettings) -> DecisionOptions {
    let ServerSettings { connection, decision, .. } = settings;
    DecisionOptions {
        connection,
        form: decision.form.unwrap_or(usual.form),
        path: decision.path.unwrap_or(usual.path),
        limits: decision.limits.unwrap_or(usual.limits),
        ..usual
    }
}

impl DecisionModel {
    async fn ask(&self, request: &Request) -> std::result::Result<Response, Failure> {
        let Some(decision) = &request.decision else { return Err(self.writes_nothing()) };
        let Self { options, http, address, .. } = self;
        let body = body(options.form, &options.model, request, &options.connection.extra);
        let incoming = http.post(address.clone(), &body).await?.accepted().await;
        let mut incoming = incoming.map_err(|rejection| self.explain(rejection))?;
        let text = incoming.text().await?;
        let total_ms = incoming.elapsed_ms();
        let response = match parse_json(text.trim_start_matches('\u{feff}')) {
            Ok(value) => {
                refuse_error(&value, &incoming).map_err(|rejection| self.explain(rejection))?;
                self.read(decision, &value)?
            }
            Err(JsonFault::Twice(fault)) => unusable(&fault),
            Err(JsonFault::Syntax(fault)) => {
                let _: Value = decode(&http.peer, address, &text)?;
                unusable(&fault)
            }
        };
        let timing = Timing { total_ms, ..response.timing };
        Ok(Response { text, timing, ..response })
    }

    fn read(&self, decision: &Decision, reply: &Value) -> std::result::Result<Response, Failure> {
        let form = self.options.form;
        let is_others = match form {
            DecisionForm::Decisions => reply["answers"].is_object(),
            DecisionForm::Systemone => reply["answers"].is_array(),
        };
        if is_others {
            let detail = format!("the server answers in the form \"{}\"", form.other().name());
            let failure = self.address.failure(FailureKind::WrongAddress, detail);
            return Err(failure.remedy(self.other_form()));
        }
        Ok(match reply::read(form, &decision.questions, reply) {
            Ok(response) => response,
            Err(fault) => unusable(&fault),
        })
    }

    fn explain(&self, rejection: Rejection) -> Failure {
        let words = rejection.error_body.words();
        let parameter = rejection.error_body.parameter.clone();
        let failure = rejection.failure;
        let names = |field: &str| {
            parameter.as_deref() == Some(field)
                || words.contains(&format!("body.{field}"))
                || words.contains(&format!("`{field}`"))
                || words.contains(&format!("'{field}'"))
        };
        let wants_other = names(match self.options.form {
            DecisionForm::Decisions => "state",
            DecisionForm::Systemone => "input",
        });
        let is_about_model = matches!(failure.status, Some(400 | 404 | 422))
            && words.contains("decision")
            && ["not a decision", "not support", "does not", "no decision"]
                .iter()
                .any(|no| words.contains(no));
        if failure.status == Some(501) || is_about_model {
            let failure = Failure { kind: FailureKind::Unsupported, ..failure };
            return failure.remedy(NO_DECISION_MODEL);
        }
        if matches!(failure.status, Some(400 | 422)) && wants_other {
            return failure.remedy(self.other_form());
        }
        failure
    }

    fn other_form(&self) -> String {
        format!("set form = \"{}\" for this model", self.options.form.other().name())
    }

    fn writes_nothing(&self) -> Failure {
        let detail =
            format!("{} answers typed questions with probabilities, and writes no text", self.name());
        Failure::new(FailureKind::Unsupported, detail).remedy("name another model for this")
    }
}

const NO_DECISION_MODEL: &str = "this model answers no typed questions: name a decision model, or ask this one as a chat model by openai/NAME or ollama/NAME";

/// A whole reply of which no answer can be read; the same request would bring the same.
fn unusable(fault: &str) -> Response {
    Response { decided: Some(Vec::new()), unweighed: Some(fault.to_owned()), ..Response::default() }
}

impl Backend for DecisionModel {
    fn name(&self) -> String {
        self.provider.full_name(&self.options.model)
    }

    fn complete<'a>(&'a self, request: &'a Request, _: &'a RequestReservation<'_>) -> Pending<'a> {
        Box::pin(self.ask(request))
    }

    fn identity(&self) -> Pending<'_, Option<Identity>> {
        let DecisionOptions { form, path, connection, .. } = &self.options;
        let chosen = json!([form.name(), path, connection.extra]);
        let server = Some(self.base.clone());
        let identity = Identity { server, options: chosen, ..Identity::named(self.name()) };
        Box::pin(ready(Some(identity)))
    }

    fn remaining(&self) -> Remaining {
        self.http.remaining()
    }

    fn base_url(&self) -> Option<&str> {
        Some(&self.base)
    }

    fn decision_limits(&self) -> Option<DecisionLimits> {
        Some(self.options.limits)
    }
}
