//! What is true of the providers `decisions` and `systemone`, and what can be chosen.

use crate::model::decision_form::DecisionForm;
use crate::model::facts::{DecisionFacts, KeyHeader, ModelsKind, ProviderFacts, ServerFacts};
use crate::model::http::{Connection, whole_address};
use crate::model::openai;
use crate::model::questions::DecisionLimits;

pub(in crate::model) const DECISIONS: ProviderFacts =
    ProviderFacts { name: "decisions", models: ModelsKind::Server(&DECISIONS_SERVER), is_weighted: true };

pub(in crate::model) const SYSTEMONE: ProviderFacts =
    ProviderFacts { name: "systemone", models: ModelsKind::Server(&SYSTEMONE_SERVER), is_weighted: true };

pub(super) static DECISIONS_SERVER: ServerFacts = ServerFacts {
    base_url: "https://api.openai.com/v1",
    address_variables: openai::ADDRESS_VARIABLES,
    read_address: whole_address,
    address_example: "http://127.0.0.1:8080/v1",
    key_variable: Some(openai::KEY_VARIABLE),
    key_header: KeyHeader::Bearer,
    headers: &[],
    example: "gpt-6-luna",
    forms: &[],
    loads_models: false,
    start: None,
    when_missing: |model| missing(model, "/decisions"),
    decision: Some(OPENAIS),
};

pub(super) static SYSTEMONE_SERVER: ServerFacts = ServerFacts {
    base_url: "https://api.typesafe.ai",
    address_variables: &["TYPESAFE_BASE_URL"],
    read_address: whole_address,
    address_example: "http://127.0.0.1:8080",
    key_variable: Some("TYPESAFE_API_KEY"),
    key_header: KeyHeader::Bearer,
    headers: &[],
    example: "jev-latest",
    forms: &[],
    loads_models: false,
    start: None,
    when_missing: |model| missing(model, "/v1/systemone"),
    decision: Some(TYPESAFES),
};

const OPENAIS: DecisionFacts = DecisionFacts {
    form: DecisionForm::Decisions,
    path: "/decisions",
    limits: DecisionLimits { questions: 128, choices: 255, levels: 10 },
};

/// Some servers of this form take no more than 64 questions.
const TYPESAFES: DecisionFacts = DecisionFacts {
    form: DecisionForm::Systemone,
    path: "/v1/systemone",
    limits: DecisionLimits { questions: 64, choices: 255, levels: 10 },
};

fn missing(model: &str, path: &str) -> String {
    format!(
        "no such decision model? check the name `{model}`, and that base_url is what stands before `{path}`; another path is set by `path`"
    )
}

/// How to reach a decision model.
#[derive(Clone, Debug)]
pub struct DecisionOptions {
    /// The model as the server names it.
    pub model: String,
    /// The server; its address is what stands before `path`.
    pub connection: Connection,
    /// The form of requests and replies.
    pub form: DecisionForm,
    /// Where requests go, after the server's address: `/decisions`.
    pub path: String,
    /// How much the server takes.
    pub limits: DecisionLimits,
}

impl DecisionOptions {
    /// A model behind OpenAI's decisions, with nothing else chosen.
    pub fn decisions(model: impl Into<String>) -> Self {
        Self::usual(model.into(), &DECISIONS_SERVER, OPENAIS)
    }

    /// A model behind System One (by `TypeSafe`), with nothing else chosen.
    pub fn systemone(model: impl Into<String>) -> Self {
        Self::usual(model.into(), &SYSTEMONE_SERVER, TYPESAFES)
    }

    fn usual(model: String, server: &'static ServerFacts, facts: DecisionFacts) -> Self {
        let DecisionFacts { form, path, limits } = facts;
        Self { model, connection: Connection::usual(server), form, path: path.to_owned(), limits }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(mut self, base_url: impl Into<String>) -> Self {
        self.connection.base_url = base_url.into();
        self
    }
}
