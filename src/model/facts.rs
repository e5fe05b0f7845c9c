//! What is true of each provider: the form in which its folder says it once, as `FACTS`. Everyone else asks there.

use schemars::JsonSchema;
use serde::Deserialize;

use super::decision_form::DecisionForm;
use super::questions::DecisionLimits;
use crate::error::{Error, ErrorKind, Result};

/// What is true of a provider.
#[derive(Debug)]
pub(crate) struct ProviderFacts {
    /// `openai` of `openai/gpt-6-luna`.
    pub(crate) name: &'static str,
    /// What its models are.
    pub(crate) models: ModelsKind,
    /// Whether verdicts are weighted where nobody says how they are read. Else their text is read, and a
    /// recording as it was recorded.
    pub(crate) is_weighted: bool,
}

/// What a provider's models are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ModelsKind {
    /// Models behind a server.
    Server(&'static ServerFacts),
    /// Models in this process.
    Embedded,
    /// Recorded replies.
    Recordings,
}

/// What is true of a provider's servers.
#[derive(Debug)]
pub(crate) struct ServerFacts {
    /// The usual address.
    pub(crate) base_url: &'static str,
    /// The variables that may name another address. The first that is set counts.
    pub(crate) address_variables: &'static [&'static str],
    /// Reads the value of such a variable. A fault does not repeat it: it may have a password in it.
    pub(crate) read_address: fn(&str) -> Result<String, &'static str>,
    /// Such a value, for messages.
    pub(crate) address_example: &'static str,
    /// The variable that holds the key, where the service wants one.
    pub(crate) key_variable: Option<&'static str>,
    /// How the key is sent.
    pub(crate) key_header: KeyHeader,
    /// Further headers of every call.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// A model of the service, for messages.
    pub(crate) example: &'static str,
    /// The forms of answers that may be asked for; none where that cannot be chosen.
    pub(crate) forms: &'static [AnswerForm],
    /// Whether the server loads models from files of its own. Such a model can be loaded beforehand, the server is
    /// asked for its digest, and on this machine it costs nothing.
    pub(crate) loads_models: bool,
    /// What starts the server, where that is known.
    pub(crate) start: Option<&'static str>,
    /// What is true of its decision models, where it has them; of a chat server none.
    pub(crate) decision: Option<DecisionFacts>,
    /// What to do where the server does not have the model.
    pub(crate) when_missing: fn(model: &str) -> String,
}

/// What is true of servers of decision models.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecisionFacts {
    /// The form of requests and replies.
    pub(crate) form: DecisionForm,
    /// Where requests go, after the base of the address.
    pub(crate) path: &'static str,
    /// How much they take.
    pub(crate) limits: DecisionLimits,
}

/// How a key is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyHeader {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// In a header of this name.
    Named(&'static str),
}

/// The form of answers asked of a server of openai/ or anthropic/.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerForm {
    /// The strictest form that the server takes, found out by trying; the default.
    #[default]
    Auto,
    /// JSON held to the schema.
    JsonSchema,
    /// Any JSON object, for openai/.
    JsonObject,
    /// The input of a tool that the model has to use, for anthropic/.
    Tool,
    /// Plain text.
    Plain,
}

impl AnswerForm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::JsonSchema => "json_schema",
            Self::JsonObject => "json_object",
            Self::Tool => "tool",
            Self::Plain => "plain",
        }
    }
}

impl PartialEq for ProviderFacts {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl ProviderFacts {
    /// What messages and reports call a model: `openai/gpt-6-luna`.
    pub(crate) fn full_name(&self, model: &str) -> String {
        format!("{}/{model}", self.name)
    }

    pub(crate) fn server(&self) -> Option<&'static ServerFacts> {
        match self.models {
            ModelsKind::Server(server) => Some(server),
            ModelsKind::Embedded | ModelsKind::Recordings => None,
        }
    }

    /// How much its models take, if they are decision models.
    pub(crate) fn decision_limits(&self) -> Option<DecisionLimits> {
        Some(self.server()?.decision?.limits)
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.models, ModelsKind::Embedded)
    }

    pub(crate) fn is_recording(&self) -> bool {
        matches!(self.models, ModelsKind::Recordings)
    }

    /// Why an answer's form cannot be asked of this provider, and which can; `None` where it can.
    pub(crate) fn refusal(&self, form: AnswerForm) -> Option<(String, String)> {
        let forms = self.server()?.forms;
        if forms.is_empty() || forms.contains(&form) {
            return None;
        }
        let names: Vec<&str> = forms.iter().map(|form| form.name()).collect();
        let problem = format!("{}/ has no form \"{}\"", self.name, form.name());
        Some((problem, format!("its forms: {}", names.join(", "))))
    }

    /// Whether its models can be asked for this form of answers.
    ///
    /// # Errors
    /// They cannot.
    pub(super) fn check_form(&self, form: AnswerForm) -> Result<()> {
        match self.refusal(form) {
            Some((problem, help)) => Err(Error::new(ErrorKind::Usage, problem).help(help)),
            None => Ok(()),
        }
    }

    /// Whether a model can be loaded before it is asked.
    pub(crate) fn can_load(&self) -> bool {
        self.is_embedded() || self.server().is_some_and(|server| server.loads_models)
    }
}
