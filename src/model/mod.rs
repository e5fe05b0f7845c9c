//! Models: one request, one response or one failure.
//!
//! [`Model`] is what the layers above see. It wraps a [`Provider`] in this
//! order: recorded replies, budget, limits, retry, provider.

mod failure;
mod request;
mod response;

pub use self::failure::{Failure, FailureKind};
pub use self::request::{Format, Key, Parameters, Request, Weigh};
pub use self::response::{Finish, Response, Timing, TokenLogprob, Usage};
