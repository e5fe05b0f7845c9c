//! From a fault of the transport to a failure.

use std::error::Error;
use std::io;

use super::address::Address;
use super::options::Timeouts;
use super::peer::Peer;
use super::secure;
use crate::model::{Failure, FailureKind};

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
    if let Some(fault) = secure::fault(causes(error)) {
        let secure::Insecure { detail, remedy } = secure::described(peer, address.host(), fault);
        return address.failure(FailureKind::Tls, detail).remedy(remedy);
    }
    if error.is_connect() {
        let detail = match io {
            Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
            _ => format!("cannot connect: {}", root(peer, error)),
        };
        let is_greeted = address.is_encrypted() && detail.ends_with("tls handshake eof");
        let remedy = if is_greeted { secure::MAYBE_PLAIN.to_owned() } else { peer.when_unreachable() };
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
