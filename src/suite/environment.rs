//! What a project takes from around it: variables, where to say what happens, and the addresses of model
//! servers where evenhand.toml does not say them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::IpAddr;
use std::sync::Arc;
use std::{env, fmt};

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};

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
pub(crate) fn in_environment(provider: &str, environment: &Environment) -> Result<Option<FromVariable>> {
    found(provider, |name| environment.variable(name))
}

fn found(provider: &str, look: impl Fn(&str) -> Option<OsString>) -> Result<Option<FromVariable>> {
    for variable in variables(provider) {
        let Some(value) = look(variable) else { continue };
        let value = value.to_str().ok_or_else(|| unusable(variable, "it is not UTF-8"))?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        if value.is_empty() {
            continue;
        }
        let url = if provider == "ollama" { ollama_host(value) } else { usable(value) };
        let url = url.map_err(|why| unusable(variable, why))?;
        return Ok(Some(FromVariable { url, variable }));
    }
    Ok(None)
}

/// The first that is set counts.
fn variables(provider: &str) -> &'static [&'static str] {
    match provider {
        "openai" => &["OPENAI_BASE_URL", "OPENAI_API_BASE"],
        "anthropic" => &["ANTHROPIC_BASE_URL"],
        "ollama" => &["OLLAMA_HOST"],
        _ => &[],
    }
}

/// The value is not repeated: it may have a password in it.
fn unusable(variable: &str, why: &str) -> Error {
    let example = if variable == "OLLAMA_HOST" { "127.0.0.1:11434" } else { "http://127.0.0.1:8080/v1" };
    Error::new(ErrorKind::Config, format!("the address in {variable} cannot be used: {why}")).help(format!(
        "write it like `{example}`, unset {variable}, or set base_url for the model in evenhand.toml"
    ))
}

fn usable(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "it has to begin with http:// or https:// and name a host";
    let url = Url::parse(text).map_err(|_| FORM)?;
    let is_usable = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if is_usable { Ok(text.to_owned()) } else { Err(FORM) }
}

/// `OLLAMA_HOST` in every form that Ollama's own client takes, and a port without its
/// colon. It is what the server listens at: all addresses of this machine mean this machine.
fn ollama_host(text: &str) -> Result<String, &'static str> {
    let (scheme, rest, default) = match text.split_once("://") {
        None if text == "ollama.com" => ("https", text, 443),
        None => ("http", text, 11_434),
        Some(("http", rest)) => ("http", rest, 80),
        Some(("https", rest)) => ("https", rest, 443),
        Some(_) => return Err("it has to begin with http:// or https://, or with the host"),
    };
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => (format!("{user}@"), place),
        None => (String::new(), place),
    };
    let (host, port) = host_and_port(place)?;
    let port = match port {
        Some(port) => {
            port.parse::<u16>().ok().filter(|port| *port > 0).ok_or("its port is not 1 to 65535")?
        }
        None => default,
    };
    let path = path.trim_end_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    usable(&format!("{scheme}://{user}{}:{port}{slash}{path}", reachable(host)))
}

fn host_and_port(place: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a `]` is missing")?;
        let port = rest.strip_prefix(':');
        return if port.is_some() || rest.is_empty() {
            Ok((host, port))
        } else {
            Err("its port needs a `:`")
        };
    }
    if place.parse::<IpAddr>().is_ok() {
        return Ok((place, None));
    }
    if !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(("", Some(place)));
    }
    match place.split_once(':') {
        Some((_, port)) if port.contains(':') => Err("an IPv6 address with a port needs brackets"),
        Some((host, "")) => Ok((host, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((place, None)),
    }
}

/// The host as a client reaches it.
fn reachable(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ if host.is_empty() => "127.0.0.1".to_owned(),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

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
        found(provider, |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn every_form_of_ollama_host_is_one_address() {
        let forms = [
            ("gpu-box", "http://gpu-box:11434"),
            ("gpu-box:9000", "http://gpu-box:9000"),
            ("gpu-box:", "http://gpu-box:11434"),
            ("10.0.0.7", "http://10.0.0.7:11434"),
            (":9000", "http://127.0.0.1:9000"),
            ("9000", "http://127.0.0.1:9000"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:9000", "http://127.0.0.1:9000"),
            ("http://0.0.0.0:9000/", "http://127.0.0.1:9000"),
            ("[::]:9000", "http://[::1]:9000"),
            ("::", "http://[::1]:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:9000", "http://[::1]:9000"),
            ("http://gpu-box", "http://gpu-box:80"),
            ("https://gpu-box", "https://gpu-box:443"),
            ("https://gpu-box:8443/ollama/", "https://gpu-box:8443/ollama"),
            ("gpu-box/ollama", "http://gpu-box:11434/ollama"),
            ("me:secret@gpu-box:9000", "http://me:secret@gpu-box:9000"),
            (" \"gpu-box:9000\" ", "http://gpu-box:9000"),
            ("'0.0.0.0'", "http://127.0.0.1:11434"),
            ("ollama.com", "https://ollama.com:443"),
        ];
        for (form, url) in forms {
            let found = of("ollama", &[("OLLAMA_HOST", form)]).expect(form);
            assert_eq!(found.map(|found| found.url).as_deref(), Some(url), "{form}");
        }
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
        let set = [("OPENAI_BASE_URL", " "), ("OPENAI_API_BASE", "http://old/v1")];
        assert_eq!(variable(of("openai", &set).unwrap()), Some(old));
        assert_eq!(of("openai", &[("OPENAI_BASE_URL", "")]).unwrap(), None);
        assert_eq!(of("local", &both).unwrap(), None);
        assert_eq!(of("anthropic", &both).unwrap(), None);
    }
}
