//! Sending.

use std::time::{Instant, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio::time::timeout;

use super::address::Address;
use super::fault::{late, sending};
use super::incoming::Incoming;
use super::options::Timeouts;
use super::peer::Peer;
use super::remaining::{LastRemaining, Remaining};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Failure;

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

    pub(in crate::model) async fn get(&self, address: Address) -> Result<Incoming<'_>, Failure> {
        let request = self.client.get(address.url());
        self.send(address, request).await
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
