//! The door: where a server listens, who is let in, and how it ends.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::error::{Error, ErrorKind, Result};

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// What ends a server: nothing more is taken, and what is in flight is answered.
pub(crate) type Shutdown = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Listens.
///
/// # Errors
/// There is no such address, or it is taken.
pub(crate) async fn listen(host: &str, port: u16) -> Result<Listening> {
    let cannot = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot listen on {host}:{port}: {source}"))
            .help("another --port, or --port 0 for a free one")
    };
    let listener = TcpListener::bind((host, port)).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    Ok(Listening { listener, address })
}

impl Listening {
    /// Serves until the end is wished, and answers what is in flight then.
    ///
    /// # Errors
    /// The address is lost.
    pub(crate) async fn serve(self, router: Router, shutdown: Shutdown) -> Result<()> {
        let served = axum::serve(self.listener, router).with_graceful_shutdown(shutdown).await;
        served.map_err(|source| Error::new(ErrorKind::Io, "the server ended").caused_by(source))
    }

    /// Whether nobody but this machine can reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }
}

/// Whether a request names this machine as its host. A page of elsewhere that a browser shows cannot: its own name
/// stands there, whatever address that name leads to.
pub(super) fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a request brings this key.
pub(super) fn brings(headers: &HeaderMap, key: &str) -> bool {
    let told = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let told = told
        .and_then(|told| told.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    // Hashes are compared in constant time: how long it takes tells nothing about the key.
    told.is_some_and(|(_, told)| blake3::hash(told.trim().as_bytes()) == blake3::hash(key.as_bytes()))
}

/// Whether the body is said to be JSON. Another site's page cannot send such a one unasked.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"))
}

/// JSON.
pub(super) fn reply(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
