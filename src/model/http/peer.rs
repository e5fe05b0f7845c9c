//! Who is at the other end: where the server is, how its address may be shown, how long it may take, how
//! its reply is to come, and what the user can do when it does not answer.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::model::facts::ServerFacts;
use crate::model::{Failure, FailureKind, Secret};

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the request's first byte to the reply's last.
    pub total: Duration,
    /// Between two pieces of a reply that has begun.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Duration::from_mins(5), idle: Duration::from_mins(2) }
    }
}

/// How a reply comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// In one piece, when it is done.
    #[default]
    Whole,
    /// Piece by piece as it is decoded: the time of the first token becomes known.
    Stream,
}

/// An address of a server's, with or without an endpoint.
#[derive(Clone)]
pub(in crate::model) struct Address(Url);

impl Address {
    /// Reads a base URL. An endpoint of `endpoints` at its end is taken off,
    /// so that a full URL copied from a manual works too.
    pub(in crate::model) fn parse(base: &str, endpoints: &[&str]) -> Result<Self> {
        let mut url = Url::parse(base.trim()).map_err(|error| unusable(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(unusable("it has to begin with http:// or https:// and name a host"));
        }
        let path = url.path().trim_end_matches('/');
        let path = endpoints.iter().find_map(|endpoint| path.strip_suffix(endpoint)).unwrap_or(path);
        let path = path.trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The address of an endpoint: `/chat/completions`. A query of the base stays.
    pub(in crate::model) fn at(&self, endpoint: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{endpoint}", self.0.path().trim_end_matches('/')));
        Self(url)
    }

    /// The address as it may be shown: without credentials, query, and fragment.
    pub(in crate::model) fn shown(&self) -> String {
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.0.path().trim_end_matches('/');
        format!("{}://{}{port}{path}", self.0.scheme(), self.host())
    }

    /// A base URL as it may be shown, though it may be unusable.
    pub(in crate::model) fn shown_of(base: &str) -> String {
        Self::parse(base, &[]).map_or_else(|_| "(not an address)".to_owned(), |address| address.shown())
    }

    /// A failure of a call to this address, after something was sent.
    pub(in crate::model) fn failure(&self, kind: FailureKind, detail: impl Into<String>) -> Failure {
        Failure { url: Some(self.shown()), tries: 1, ..Failure::new(kind, detail) }
    }

    /// The host's name or number.
    pub(in crate::model) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether the server is on this machine: no proxy stands between.
    pub(in crate::model) fn is_loopback(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        let is_name = host == "localhost" || host.ends_with(".localhost");
        is_name || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    /// Passwords within the address: no message may repeat them.
    pub(super) fn secrets(&self) -> Vec<String> {
        let query = self.0.query_pairs().map(|(_, value)| value.into_owned());
        self.0.password().map(str::to_owned).into_iter().chain(query).collect()
    }
}

/// The address in a variable, which has to be a whole one.
pub(in crate::model) fn whole_address(text: &str) -> std::result::Result<String, &'static str> {
    const FORM: &str = "it has to begin with http:// or https:// and name a host";
    let url = Url::parse(text).map_err(|_| FORM)?;
    let is_usable = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if is_usable { Ok(text.to_owned()) } else { Err(FORM) }
}

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the base_url of a model cannot be used: {why}"))
        .help("write it like `http://127.0.0.1:8080/v1`")
}

/// What a failure has to say about the server.
pub(in crate::model) struct Peer {
    /// What is true of such servers.
    pub(in crate::model) facts: &'static ServerFacts,
    pub(in crate::model) model: String,
    /// The environment variable of the key, for messages.
    pub(in crate::model) key_env: Option<String>,
    pub(in crate::model) base: Address,
    /// What no message may repeat.
    pub(in crate::model) secrets: Vec<Secret>,
}

impl Peer {
    pub(super) fn when_unreachable(&self) -> String {
        let base = self.base.shown();
        match self.facts.start.filter(|_| self.base.is_loopback()) {
            Some(command) => format!("start it with `{command}`; it is expected at {base}"),
            None => format!("is the server running at {base}?"),
        }
    }

    pub(super) fn when_unauthorized(&self) -> String {
        match &self.key_env {
            Some(name) => format!("check the key in the environment variable {name}"),
            None => "this server asks for a key: name the environment variable that holds it".to_owned(),
        }
    }

    pub(in crate::model) fn when_missing(&self) -> String {
        (self.facts.when_missing)(&self.model)
    }

    pub(super) fn when_lost(&self) -> String {
        format!("check base_url, now {}", self.base.shown())
    }

    /// A text from the server as it may be shown: on one line, without secrets, not long.
    pub(in crate::model) fn presentable(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let addresses = self.base.secrets();
        let known = self.secrets.iter().map(Secret::expose).chain(addresses.iter().map(String::as_str));
        for secret in known.filter(|secret| secret.len() >= SHORTEST_SECRET) {
            text = text.replace(secret, "***");
        }
        clip(&TOKENS.replace_all(&text, "***"))
    }
}

/// Shorter values are words like `v1`, and replacing them would spoil the text.
const SHORTEST_SECRET: usize = 6;

/// Keys as the services write them, masked ones included.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sk|pk|rk|gsk|xai|hf)[-_][a-z0-9_*.\-]{6,}|\bbearer\s+\S+")
        .expect("the pattern is constant and is compiled by the tests")
});

/// The longest text of a server's that a message repeats, in characters.
const LONGEST: usize = 300;

fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(base: &str) -> String {
        let address = Address::parse(base, &["/chat/completions"]).expect("a usable address");
        address.at("/chat/completions").url().to_string()
    }

    #[test]
    fn a_base_in_every_spelling_leads_to_the_same_endpoint() {
        for base in [
            "http://host/v1",
            "http://host/v1/",
            " http://host/v1/chat/completions",
            "http://host/v1/chat/completions/#x",
        ] {
            assert_eq!(chat(base), "http://host/v1/chat/completions");
        }
        assert_eq!(chat("http://host:81"), "http://host:81/chat/completions");
        assert_eq!(chat("https://host/x?api-version=3"), "https://host/x/chat/completions?api-version=3");
    }

    #[test]
    fn credentials_and_query_are_not_shown() {
        let address = Address::parse("https://me:pass@[::1]:9/v1?key=abc", &[]).expect("usable");
        assert_eq!(address.shown(), "https://[::1]:9/v1");
        assert_eq!(address.secrets(), ["pass", "abc"]);
        assert!(address.is_loopback());
    }

    #[test]
    fn what_is_no_address_says_how_one_is_written() {
        let fault = |base| Address::parse(base, &[]).err().map(|error| format!("{error:#}"));
        insta::assert_snapshot!(fault("localhost:8080/v1").unwrap_or_default());
        insta::assert_snapshot!(fault("nonsense").unwrap_or_default());
        assert!(!Address::parse("http://10.0.0.1/v1", &[]).expect("usable").is_loopback());
    }

    #[test]
    fn secrets_do_not_pass_and_long_texts_are_clipped() {
        let peer = Peer {
            facts: crate::model::openai::FACTS.server().expect("a server"),
            model: "m".into(),
            key_env: None,
            base: Address::parse("http://u:hunter22@host/v1?token=tok123456", &[]).expect("usable"),
            secrets: vec![Secret::new("my-own-key")],
        };
        let text = "keys my-own-key\n hunter22 tok123456 sk-proj-abc**********xyz; Authorization: Bearer abc";
        assert_eq!(peer.presentable(text), "keys *** *** *** ***; Authorization: ***");
        assert_eq!(
            peer.presentable("response_format api_version top_p"),
            "response_format api_version top_p"
        );
        assert_eq!(peer.presentable(&"é".repeat(400)).chars().count(), LONGEST + 1);
    }
}
