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
        let is_page = text.trim_start().starts_with('<');
        let fault = match error.classify() {
            Category::Eof if text.trim().is_empty() => "the reply is empty".to_owned(),
            Category::Eof => format!("the reply's JSON breaks off after {} bytes", text.len()),
            Category::Data => format!(
                "the reply's JSON is not as documented at column {} of line {}",
                error.column(),
                error.line()
            ),
            Category::Syntax | Category::Io if is_page => "the reply is a web page, not JSON".to_owned(),
            Category::Syntax | Category::Io => {
                format!("the reply is not JSON at column {} of line {}", error.column(), error.line())
            }
        };
        let failure = address.failure(FailureKind::BadReply, fault);
        if is_page { failure.remedy(peer.when_lost()) } else { failure }
    })
}

/// A token with its log-probability, in the form that OpenAI and Ollama share.
#[derive(Deserialize)]
pub(in crate::model) struct WireLogprob {
    token: String,
    logprob: f64,
    #[serde(default)]
    top_logprobs: Option<Vec<WireLogprob>>,
}

impl From<WireLogprob> for TokenLogprob {
    fn from(wire: WireLogprob) -> Self {
        let top = wire.top_logprobs.unwrap_or_default().into_iter();
        Self {
            token: wire.token,
            logprob: wire.logprob,
            top: top.map(|other| (other.token, other.logprob)).collect(),
        }
    }
}
