//! From a fault of the transport to a failure. Where no encrypted connection came about, it is mostly the
//! server's certificate.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::peer::{Address, Peer, Timeouts};
use crate::model::{Failure, FailureKind};

/// What is wrong, and what the user can do about it.
pub(super) struct Insecure {
    pub(super) detail: String,
    pub(super) remedy: String,
}

/// The fault of the encryption among the causes of an error, if it is one.
pub(super) fn fault<'a>(
    mut causes: impl Iterator<Item = &'a (dyn Error + 'static)>,
) -> Option<&'a rustls::Error> {
    causes.find_map(within)
}

/// An I/O error does not name what it wraps among its causes, and may wrap another.
fn within<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let wrapped = |error: &'a io::Error| error.get_ref().and_then(|inner| within(inner));
    cause.downcast_ref().or_else(|| cause.downcast_ref::<io::Error>().and_then(wrapped))
}

/// What to do about a server that ends the connection when it is greeted in TLS.
pub(super) const MAYBE_PLAIN: &str =
    "if the server speaks plain HTTP, write `http://` in base_url; otherwise check the port";

/// The fault in words.
pub(super) fn described(peer: &Peer, host: &str, fault: &rustls::Error) -> Insecure {
    let told = |detail: &str, remedy: &str| Insecure { detail: detail.to_owned(), remedy: remedy.to_owned() };
    match fault {
        rustls::Error::InvalidCertificate(fault) => certificate(peer, host, fault),
        rustls::Error::NoCertificatesPresented => {
            told("the server shows no certificate", "check the server's TLS settings")
        }
        rustls::Error::InvalidMessage(_) => told("the server does not answer in TLS", MAYBE_PLAIN),
        rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => Insecure {
            detail: format!("no encrypted connection: {}", peer.presentable(&fault.to_string())),
            remedy:
                "check the server's TLS settings: evenhand speaks TLS 1.2 and 1.3, and has no client certificate"
                    .to_owned(),
        },
        _ => Insecure {
            detail: format!("no encrypted connection: {}", peer.presentable(&fault.to_string())),
            remedy: format!("check the server's TLS settings, and base_url, now {}", peer.base.shown()),
        },
    }
}

fn certificate(peer: &Peer, host: &str, fault: &CertificateError) -> Insecure {
    let words = fault.to_string();
    let (detail, remedy) = match fault {
        CertificateError::UnknownIssuer => (
            "the server's certificate is not signed by an authority that this machine trusts".to_owned(),
            TRUST.to_owned(),
        ),
        // A self-signed certificate as `openssl req -x509` makes it.
        _ if words.contains("CaUsedAsEndEntity") => (
            "the server's certificate is that of an authority, not that of a server (often a self-signed one)".to_owned(),
            format!("make it anew as a server's (with `openssl req -x509`: `-addext basicConstraints=critical,CA:FALSE`), then {TRUST}"),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the server's certificate has expired".to_owned(),
            "renew it on the server; if it is valid, set this machine's clock".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "the server's certificate is not valid yet".to_owned(),
            "set this machine's clock, or the server's certificate".to_owned(),
        ),
        CertificateError::NotValidForName => (
            format!("the server's certificate is not for the name {host}"),
            "write a name that the certificate has in base_url".to_owned(),
        ),
        CertificateError::NotValidForNameContext { presented, .. } => (
            format!("the server's certificate is not for the name {host}, but for {}", peer.presentable(&names(presented))),
            "write a name that the certificate has in base_url".to_owned(),
        ),
        CertificateError::Revoked => (
            "the server's certificate has been revoked".to_owned(),
            "replace it on the server".to_owned(),
        ),
        _ => (
            format!("the server's certificate cannot be used: {}", peer.presentable(&words)),
            "replace it on the server".to_owned(),
        ),
    };
    Insecure { detail, remedy }
}

/// How this machine comes to trust a certificate or an authority.
const TRUST: &str = if cfg!(all(unix, not(target_vendor = "apple"))) {
    "name a PEM file with its authority's certificate in the environment variable SSL_CERT_FILE (the file replaces the system's list), or add it to the system's list"
} else {
    "add its authority's certificate to those that the system trusts"
};

/// `DnsName("a.example")` as `a.example`.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| match name.split('"').nth(1) {
        Some(quoted) => quoted.to_owned(),
        None => name.clone(),
    };
    match presented {
        [] => "no name".to_owned(),
        names => names.iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}

/// Why nothing came back.
pub(super) fn sending(
    peer: &Peer,
    address: &Address,
    timeouts: &Timeouts,
    error: &reqwest::Error,
) -> Failure {
    let io = io_kind(error);
    if error.is_connect() && error.is_timeout() {
        let detail = format!("no connection to {} within {}", address.host(), seconds(timeouts.connect));
        return address.failure(FailureKind::Timeout, detail).remedy(peer.when_unreachable());
    }
    if error.is_dns() {
        let detail = format!("the name {} is not known", address.host());
        let remedy = "check base_url and this machine's network";
        return address.failure(FailureKind::Connection, detail).remedy(remedy);
    }
    if let Some(fault) = fault(causes(error)) {
        let Insecure { detail, remedy } = described(peer, address.host(), fault);
        return address.failure(FailureKind::Tls, detail).remedy(remedy);
    }
    if error.is_connect() {
        let detail = match io {
            Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
            _ => format!("cannot connect: {}", root(peer, error)),
        };
        let is_greeted = address.is_encrypted() && detail.ends_with("tls handshake eof");
        let remedy = if is_greeted { MAYBE_PLAIN.to_owned() } else { peer.when_unreachable() };
        return address.failure(FailureKind::Connection, detail).remedy(remedy);
    }
    address.failure(FailureKind::Connection, "the connection broke before a reply came")
}

/// The whole call took too long.
pub(super) fn late(address: &Address, timeouts: &Timeouts) -> Failure {
    let detail = format!("no whole reply within {}", seconds(timeouts.total));
    let remedy = "raise the model's timeout, or ask for shorter answers";
    address.failure(FailureKind::Timeout, detail).remedy(remedy)
}

/// Why a reply that had begun did not end.
pub(super) fn receiving(address: &Address, received: usize) -> Failure {
    let detail = format!("the reply was cut off after {received} bytes");
    address.failure(FailureKind::BadReply, detail)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The first cause in its own words: `Network is unreachable`.
fn root(peer: &Peer, error: &reqwest::Error) -> String {
    let root = causes(error).last().map(ToString::to_string).unwrap_or_default();
    peer.presentable(&root)
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source())
}

/// A duration as a person says it.
pub(super) fn seconds(duration: std::time::Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
