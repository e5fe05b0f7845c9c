//! What a project takes from around it: variables, where to say what happens, and the addresses of model
//! servers where evenhand.toml does not say them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::{env, fmt};

use crate::error::{Error, ErrorKind, Result};
use crate::model::ServerFacts;

/// What a project takes from around it. The caller makes it: the library itself reads no variable of the process and
/// prints nothing.
#[derive(Clone)]
pub struct Environment {
    variables: Variables,
    listener: Option<Arc<Listener>>,
}

type Listener = dyn Fn(&str) + Send + Sync;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Variables {
    Process,
    Given(BTreeMap<String, String>),
}

impl Environment {
    /// The variables of this process, looked up when they are needed: keys, addresses, proxies.
    #[must_use]
    pub fn process() -> Self {
        Self { variables: Variables::Process, listener: None }
    }

    /// These variables and no others.
    #[must_use]
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let given = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables: Variables::Given(given), listener: None }
    }

    /// The same, with a listener for messages: which server is asked, what was left out, what could not be used. Each
    /// is one line, without its newline.
    #[must_use]
    pub fn with_messages(self, listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }

    /// A variable's value, if it is set.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        match &self.variables {
            Variables::Process => env::var_os(name),
            Variables::Given(given) => given.get(name).map(OsString::from),
        }
    }

    /// The same as text, if it is not blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok().filter(|value| !value.trim().is_empty())
    }

    /// Says what happens to whoever listens.
    pub(crate) fn tell(&self, message: &str) {
        if let Some(listener) = &self.listener {
            listener(message);
        }
    }
}

/// Environments are equal where their variables are, whoever listens.
impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.variables == other.variables
    }
}

impl Eq for Environment {}

impl fmt::Debug for Environment {
    /// Without values: they may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variables {
            Variables::Process => f.write_str("Environment::process()"),
            Variables::Given(given) => write!(f, "Environment of {:?}", given.keys().collect::<Vec<_>>()),
        }
    }
}

/// Who says where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `base_url` of the model's role.
    Config,
    /// An environment variable.
    Variable(&'static str),
    /// Nobody: it is the provider's usual address.
    Provider,
}

impl Origin {
    /// The origin in words, for the head of a run.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Config => "base_url in evenhand.toml".to_owned(),
            Self::Variable(name) => format!("from {name}"),
            Self::Provider => "the provider's usual address".to_owned(),
        }
    }
}

/// An address that a variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FromVariable {
    pub(crate) url: String,
    pub(crate) variable: &'static str,
}

/// The address in the environment for a provider's models.
///
/// # Errors
/// A variable is set to something that is no address. evenhand never goes on to
/// another address then.
pub(crate) fn in_environment(
    server: &ServerFacts,
    environment: &Environment,
) -> Result<Option<FromVariable>> {
    for variable in server.address_variables {
        let unusable = |why| unusable(variable, server.address_example, why);
        let Some(value) = environment.variable(variable) else { continue };
        let value = value.to_str().ok_or_else(|| unusable("it is not UTF-8"))?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        if value.is_empty() {
            continue;
        }
        let url = (server.read_address)(value).map_err(unusable)?;
        return Ok(Some(FromVariable { url, variable }));
    }
    Ok(None)
}

/// The value is not repeated: it may have a password in it.
fn unusable(variable: &str, example: &str, why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the address in {variable} cannot be used: {why}")).help(format!(
        "write it like `{example}`, unset {variable}, or set base_url for the model in evenhand.toml"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::model::providers;

    #[test]
    fn only_what_is_given_is_there_and_no_value_is_shown() {
        let environment = Environment::of([("KEY", "secret"), ("BLANK", " ")]);
        assert_eq!(environment.text("KEY").as_deref(), Some("secret"));
        assert_eq!((environment.text("BLANK"), environment.variable("PATH")), (None, None));
        assert_eq!(format!("{environment:?}"), "Environment of [\"BLANK\", \"KEY\"]");
    }

    #[test]
    fn messages_reach_the_listener() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&heard);
        let none = Environment::of([("", ""); 0]);
        none.tell("nobody listens");
        none.with_messages(move |message| into.lock().unwrap().push(message.to_owned())).tell("one");
        assert_eq!(*heard.lock().unwrap(), ["one"]);
    }

    fn of(provider: &str, set: &[(&str, &str)]) -> Result<Option<FromVariable>> {
        let facts = providers().find(|facts| facts.name == provider).expect("a provider");
        in_environment(facts.server().expect("a server"), &Environment::of(set.iter().copied()))
    }

    #[test]
    fn what_is_no_address_is_an_error_that_names_the_variable() {
        for (provider, variable, value) in [
            ("ollama", "OLLAMA_HOST", "gpu-box:port"),
            ("ollama", "OLLAMA_HOST", "gpu-box:70000"),
            ("ollama", "OLLAMA_HOST", ":0"),
            ("ollama", "OLLAMA_HOST", "[::1"),
            ("ollama", "OLLAMA_HOST", "fe80::1:x:y"),
            ("ollama", "OLLAMA_HOST", "unix://socket"),
            ("ollama", "OLLAMA_HOST", "two words"),
            ("openai", "OPENAI_BASE_URL", "localhost:8080/v1"),
            ("openai", "OPENAI_API_BASE", "gateway"),
            ("anthropic", "ANTHROPIC_BASE_URL", "ftp://gateway"),
        ] {
            let error = of(provider, &[(variable, value)]).expect_err(value);
            let text = format!("{error:#}");
            assert!(text.contains(variable) && !text.contains(value), "{text}");
        }
    }

    #[test]
    fn the_first_that_is_set_counts_and_empty_is_unset() {
        let both = [("OPENAI_API_BASE", "http://old/v1"), ("OPENAI_BASE_URL", " http://new/v1 ")];
        let variable = |found: Option<FromVariable>| found.map(|found| (found.url, found.variable));
        let new = ("http://new/v1".to_owned(), "OPENAI_BASE_URL");
        assert_eq!(variable(of("openai", &both).unwrap()), Some(new));
        let old = ("http://old/v1".to_owned(), "OPENAI_API_BASE");
        let set = [("OPENAI_BASE_URL", " "), ("OPENAI_API_BASE", " \"http://old/v1\" ")];
        assert_eq!(variable(of("openai", &set).unwrap()), Some(old));
        assert_eq!(of("openai", &[("OPENAI_BASE_URL", "")]).unwrap(), None);
        assert_eq!(of("anthropic", &both).unwrap(), None);
    }
}
