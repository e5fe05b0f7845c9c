//! JSON as it comes from a server.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::address::Address;
use super::peer::Peer;
use crate::model::{Failure, FailureKind, TokenLogprob};

/// Decodes JSON; the fault never repeats the text.
pub(in crate::model) fn decode<T: DeserializeOwned>(
    peer: &Peer,
    address: &Address,
    text: &str,
) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| {
        if is_page(text) {
            return web_page(peer, address);
        }
        let fault = match error.classify() {
            Category::Eof if text.trim().is_empty() => "the reply is empty".to_owned(),
            Category::Eof => format!("the reply's JSON breaks off after {} bytes", text.len()),
            // A decoder that has to look at a value twice no longer knows its place.
            Category::Data if error.line() == 0 => "the reply's JSON is not as documented".to_owned(),
            Category::Data => format!(
                "the reply's JSON is not as documented at column {} of line {}",
                error.column(),
                error.line()
            ),
            Category::Syntax | Category::Io => {
                format!("the reply is not JSON at column {} of line {}", error.column(), error.line())
            }
        };
        address.failure(FailureKind::BadReply, fault)
    })
}

/// Whether a reply is a web page: a site, or a gateway's own page, answers every
/// path with one, and the status is a success.
pub(super) fn is_page(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// The next call would find the same page.
pub(super) fn web_page(peer: &Peer, address: &Address) -> Failure {
    address.failure(FailureKind::WrongAddress, "the reply is a web page, not JSON").remedy(peer.when_lost())
}

/// A token with its log-probability, in the form that OpenAI and Ollama share.
#[derive(Deserialize)]
pub(in crate::model) struct WireLogprob {
    token: String,
    logprob: f64,
    #[serde(default)]
    bytes: Option<Vec<u8>>,
    #[serde(default)]
    top_logprobs: Option<Vec<WireLogprob>>,
}

impl From<WireLogprob> for TokenLogprob {
    fn from(wire: WireLogprob) -> Self {
        let top = wire.top_logprobs.unwrap_or_default().into_iter();
        Self {
            logprob: wire.logprob,
            top: top.map(|other| (spelled(other.token, other.bytes), other.logprob)).collect(),
            token: spelled(wire.token, wire.bytes),
        }
    }
}

/// A token's text by its bytes, where they are told: a server's text for a part
/// of a character is a guess.
fn spelled(token: String, bytes: Option<Vec<u8>>) -> String {
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
        return token;
    };
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let escape = |text: String, byte: &u8| text + &format!("\\x{byte:02x}");
        error.as_bytes().iter().fold("bytes:".to_owned(), escape)
    })
}
