//! How a server is reached: what every provider over HTTP has.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::address::Address;
use super::client::Http;
use super::options::{Delivery, Timeouts};
use super::peer::{Peer, Service};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Secret;

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

    /// The client for a model of this server's. Nothing is sent yet.
    pub(in crate::model) fn open(&self, service: Service, model: &str, base: &Address) -> Result<Http> {
        let secrets = self.headers.iter().map(|(_, value)| value).chain(&self.api_key);
        let peer = Peer {
            service,
            model: model.to_owned(),
            key_env: self.api_key_env.clone(),
            base: base.clone(),
            secrets: secrets.cloned().collect(),
        };
        Http::new(peer, self.timeouts, self.header_map(service)?)
    }

    /// Headers that every call carries; none of their values is ever printed.
    fn header_map(&self, service: Service) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if service == Service::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
        }
        if let Some(key) = &self.api_key {
            let (name, value) = key_header(service, key);
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

/// The version of the messages API that evenhand speaks.
const ANTHROPIC_VERSION: &str = "2023-06-01";

fn key_header(service: Service, key: &Secret) -> (HeaderName, String) {
    match service {
        Service::Anthropic => (HeaderName::from_static("x-api-key"), key.expose().to_owned()),
        Service::OpenAi | Service::Ollama => (AUTHORIZATION, format!("Bearer {}", key.expose())),
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
