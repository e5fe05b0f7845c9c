//! HTTP as the providers need it: one JSON request, one body or one stream of
//! lines, and every way this can go wrong as a [`Failure`](super::Failure).

mod address;
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
mod lines;
mod logprobs;
mod mend;
mod named_status;
mod options;
mod peer;
mod rejection;
mod remaining;
mod room;
mod sample;
mod secure;
mod sse;
mod system_role;
mod too_many;
mod trouble;
mod wait;

pub use self::connection::Connection;
pub use self::options::{Delivery, Timeouts};

pub(super) use self::address::Address;
pub(super) use self::client::{Http, install_cryptography};
pub(super) use self::content::Content;
pub(super) use self::counts::{Counts, add, millis};
pub(super) use self::error_body::{ErrorBody, may_give_way};
pub(super) use self::fallback::{Capabilities, Field, Form, Plan, System};
pub(super) use self::incoming::Incoming;
pub(super) use self::json::{decode, documents, is_blank};
pub(super) use self::lines::Opening;
pub(super) use self::logprobs::logprobs;
pub(super) use self::peer::Service;
pub(super) use self::rejection::Rejection;
pub(super) use self::remaining::Remaining;
pub(super) use self::sse::{Events, Meaning, meanings};
pub(super) use self::system_role::in_turns;
