//! How a server is reached, which every provider over HTTP has, and sending.

use std::fmt;
use std::time::{Instant, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::fault::{late, sending};
use super::incoming::Incoming;
use super::peer::{Address, Delivery, Peer, Timeouts};
use super::rate_limit::{LastRemaining, Remaining};
use crate::error::{Error, ErrorKind, Result};
use crate::model::facts::{KeyHeader, ServerFacts};
use crate::model::{Failure, Secret};

/// Chooses ring for encryption, unless another part of the program has chosen already.
pub(in crate::model) fn install_cryptography() {
    // The error says that there is one: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The client of one provider, with its connections.
pub(in crate::model) struct Http {
    client: Client,
    pub(in crate::model) peer: Peer,
    timeouts: Timeouts,
    remaining: LastRemaining,
}

impl Http {
    /// Builds the client. A server on this machine is called without a proxy,
    /// and without encryption no certificates are read, which takes its time.
    pub(super) fn new(peer: Peer, timeouts: Timeouts, headers: HeaderMap) -> Result<Self> {
        install_cryptography();
        let mut builder = Client::builder()
            .user_agent(concat!("evenhand/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(timeouts.connect)
            .redirect(Policy::none());
        if peer.base.is_loopback() {
            builder = builder.no_proxy();
            if !peer.base.is_encrypted() {
                builder = builder.tls_certs_only([]);
            }
        }
        let client = builder.build().map_err(|error| {
            Error::new(ErrorKind::Config, "the HTTP client could not be built")
                .caused_by(error)
                .help("is a set of root certificates installed (often the package `ca-certificates`)?")
        })?;
        Ok(Self { client, peer, timeouts, remaining: LastRemaining::default() })
    }

    pub(in crate::model) async fn post(
        &self,
        address: Address,
        body: &Value,
    ) -> Result<Incoming<'_>, Failure> {
        // Faster than the value's own `to_string`, and the same bytes.
        self.post_text(address, serde_json::to_string(body).unwrap_or_default()).await
    }

    /// Sends a body that is JSON already.
    pub(in crate::model) async fn post_text(
        &self,
        address: Address,
        body: String,
    ) -> Result<Incoming<'_>, Failure> {
        let json = HeaderValue::from_static("application/json");
        let request = self.client.post(address.url()).header(CONTENT_TYPE, json).body(body);
        self.send(address, request).await
    }

    /// Sends a body with the method that removes.
    pub(in crate::model) async fn delete(
        &self,
        address: Address,
        body: &Value,
    ) -> Result<Incoming<'_>, Failure> {
        let json = HeaderValue::from_static("application/json");
        let request = self.client.delete(address.url()).header(CONTENT_TYPE, json);
        self.send(address, request.body(serde_json::to_string(body).unwrap_or_default())).await
    }

    pub(in crate::model) async fn get(&self, address: Address) -> Result<Incoming<'_>, Failure> {
        let request = self.client.get(address.url());
        self.send(address, request).await
    }

    /// A reply that came another way.
    pub(in crate::model) fn kept(&self, address: Address, body: String) -> Incoming<'_> {
        let response = reqwest::Response::from(http::Response::new(body));
        Incoming::new(&self.peer, &self.timeouts, address, response, Instant::now())
    }

    async fn send(&self, address: Address, request: RequestBuilder) -> Result<Incoming<'_>, Failure> {
        let started = Instant::now();
        match timeout(self.timeouts.total, request.send()).await {
            Ok(Ok(response)) => {
                self.remaining.put(Remaining::read(response.headers(), SystemTime::now()));
                Ok(Incoming::new(&self.peer, &self.timeouts, address, response, started))
            }
            Ok(Err(error)) => Err(sending(&self.peer, &address, &self.timeouts, &error)),
            Err(_) => Err(late(&address, &self.timeouts)),
        }
    }

    /// What the server's last reply said is left of its limits, if nobody has taken it yet.
    pub(in crate::model) fn remaining(&self) -> Remaining {
        self.remaining.take()
    }
}

/// How a server is reached.
#[derive(Clone)]
pub struct Connection {
    /// The server's address.
    pub base_url: String,
    /// The key, if the server wants one.
    pub api_key: Option<Secret>,
    /// The environment variable that the key is from: messages name it.
    pub api_key_env: Option<String>,
    /// How long to wait. A cold start loads the model within `total`.
    pub timeouts: Timeouts,
    /// How the reply is to come.
    pub delivery: Delivery,
    /// More fields for the request's body. They win over evenhand's own.
    pub extra: Map<String, Value>,
    /// More headers. Their values are treated as secrets.
    pub headers: Vec<(String, Secret)>,
}

impl Connection {
    /// A server, without a key and with nothing else chosen.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            api_key_env: None,
            timeouts: Timeouts::default(),
            delivery: Delivery::default(),
            extra: Map::new(),
            headers: Vec::new(),
        }
    }

    /// The usual one of a provider. The key is still to be looked up.
    pub(crate) fn usual(facts: &ServerFacts) -> Self {
        Self { api_key_env: facts.key_variable.map(str::to_owned), ..Self::new(facts.base_url) }
    }

    /// Whether the server is on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        Address::parse(&self.base_url, &[]).is_ok_and(|address| address.is_loopback())
    }

    /// The client for a model of this server's. Nothing is sent yet.
    pub(in crate::model) fn open(
        &self,
        facts: &'static ServerFacts,
        model: &str,
        base: &Address,
    ) -> Result<Http> {
        let secrets = self.headers.iter().map(|(_, value)| value).chain(&self.api_key);
        let peer = Peer {
            facts,
            model: model.to_owned(),
            key_env: self.api_key_env.clone(),
            base: base.clone(),
            secrets: secrets.cloned().collect(),
        };
        Http::new(peer, self.timeouts, self.header_map(facts)?)
    }

    /// Headers that every call carries; none of their values is ever printed.
    fn header_map(&self, facts: &ServerFacts) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, value) in facts.headers {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        if let Some(key) = &self.api_key {
            let (name, value) = key_header(facts.key_header, key);
            let value = sensitive(&value).ok_or_else(|| self.unusable_key())?;
            headers.insert(name, value);
        }
        for (name, value) in &self.headers {
            let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(sensitive(value.expose()));
            let (name, value) = header.ok_or_else(|| {
                Error::new(ErrorKind::Config, format!("the header `{name}` cannot be sent"))
            })?;
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn unusable_key(&self) -> Error {
        let place = self.api_key_env.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        Error::new(ErrorKind::Config, format!("the key{place} has characters that cannot be sent"))
    }
}

fn key_header(header: KeyHeader, key: &Secret) -> (HeaderName, String) {
    match header {
        KeyHeader::Bearer => (AUTHORIZATION, format!("Bearer {}", key.expose())),
        KeyHeader::Named(name) => (HeaderName::from_static(name), key.expose().to_owned()),
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("base_url", &Address::shown_of(&self.base_url))
            .field("api_key", &self.api_key)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
