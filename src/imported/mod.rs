//! Judgments that are made already, by anyone: from lines of replies to outcomes.
//!
//! Nothing is asked here. A line holds a text, a verdict, numbers or a distribution; it is read as
//! the score file says, joined with its label by id, and becomes the same [`Outcome`] a run gives.
//! What cannot be read is unscored, never wrong.
//!
//! [`Outcome`]: crate::eval::Outcome

mod book;
mod judgment;
mod pair;
mod pattern;
mod reader;
mod scorer;
mod shares;
mod truth;

pub use self::book::{Book, Truths};
pub use self::judgment::{JudgeName, JudgmentFormat, ReplyCounts};
pub use self::pair::{Combine, Equal, Pair, Swapped, Unreadable};
pub use self::pattern::{Pattern, Patterns, Several, Take};
pub use self::reader::{Reader, Source, Stretch};
pub use self::scorer::{Scored, Scorer, observed};
pub use self::shares::Reduce;
pub use self::truth::{LabelPlan, LabelRule, People, PeoplePlan, Truth};
