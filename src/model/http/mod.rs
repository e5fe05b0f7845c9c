//! HTTP as the providers need it: one JSON request, one body or one stream of
//! lines, and every way this can go wrong as a [`Failure`](super::Failure).

mod address;
mod client;
mod connection;
mod fault;
mod giving_way;
mod incoming;
mod json;
mod lines;
mod options;
mod peer;
mod rejection;
mod remaining;
mod said;
mod sse;
mod wait;

pub use self::connection::Connection;
pub use self::options::{Delivery, Timeouts};

pub(super) use self::address::Address;
pub(super) use self::client::{Http, install_cryptography};
pub(super) use self::giving_way::{Field, Form, Lessons, Plan};
pub(super) use self::incoming::Incoming;
pub(super) use self::json::{WireLogprob, decode};
pub(super) use self::peer::Service;
pub(super) use self::rejection::{Rejection, broken_off, rejection};
pub(super) use self::remaining::Remaining;
pub(super) use self::said::{Said, may_give_way};
pub(super) use self::sse::Events;
