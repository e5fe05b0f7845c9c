//! Strategies of a model that produces outputs: which calls an output takes, and which answer becomes it.

mod asking;
mod choice;
mod prepared;
mod sampled;

pub(super) use self::asking::Asking;
pub(crate) use self::choice::{OutputStrategy, by_name_or_table};
pub(super) use self::prepared::Prepared;
