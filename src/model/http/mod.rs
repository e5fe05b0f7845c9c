//! HTTP as the providers need it: one JSON request, one body or one stream of
//! lines, and every way this can go wrong as a [`Failure`](super::Failure).

mod assembly;
mod calls;
mod client;
mod connection;
mod content;
mod counts;
mod error_body;
mod fallback;
mod fault;
mod incoming;
mod json;
mod peer;
mod rate_limit;
mod rejection;
mod sse;
mod too_many;

pub use self::connection::Connection;
pub use self::peer::{Delivery, Timeouts};

pub(super) use self::assembly::{Assembly, add_events, refuse_error, without_answer};
pub(super) use self::client::{Client, Interface};
pub(super) use self::connection::{Http, install_cryptography};
pub(super) use self::content::Content;
pub(super) use self::counts::{Counts, add_logprobs, millis};
#[cfg(test)]
pub(super) use self::error_body::ErrorBody;
pub(super) use self::error_body::may_give_way;
pub(super) use self::fallback::{Field, FormLevel, Plan, System, in_turns};
pub(super) use self::incoming::Incoming;
pub(super) use self::json::{decode, documents};
pub(super) use self::peer::{Address, whole_address};
pub(super) use self::rate_limit::Remaining;
pub(super) use self::rejection::Rejection;
pub(super) use self::sse::Opening;
