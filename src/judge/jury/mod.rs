//! Juries: several judges vote on one record, and a rule makes one verdict of their votes.

mod asking;
pub(super) mod rule;

pub use self::asking::JuryOptions;
pub use self::rule::JuryRule;
pub(crate) use self::rule::{TIE, Vote};
