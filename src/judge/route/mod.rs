//! Routes: rules choose which of several models judges a record, and who is asked where that one fails.

mod asking;
pub(super) mod conditions;
pub(super) mod rules;

pub(crate) use self::conditions::{JudgeKind, longest_answer};
pub use self::rules::Routed;
pub(crate) use self::rules::{FallbackOn, RouteOptions, RouteRule};
