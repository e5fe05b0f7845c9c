//! Where a server is, and how its address may be shown.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Failure, FailureKind};

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

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the base_url of a model cannot be used: {why}"))
        .help("write it like `http://127.0.0.1:8080/v1`")
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
}
