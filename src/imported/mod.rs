//! Judgments that are made already, by anyone: from lines of replies to outcomes.
//!
//! Nothing is asked here. A line holds a text, a verdict, numbers or a distribution; it is read as
//! the score file says, joined with its label by id, and becomes the same [`Outcome`] a run gives.
//! What cannot be read is unscored, never wrong.
//!
//! [`Outcome`]: crate::eval::Outcome

mod book;
mod counts;
mod one;
mod pair;
mod pattern;
mod people;
mod plan;
mod reader;
mod scorer;
mod shares;
mod truth;
mod word;

pub use self::book::{Book, Truths};
pub use self::counts::ReplyCounts;
pub use self::pair::{Combine, Equal, Pair, Swapped, Unreadable};
pub use self::pattern::{Pattern, Patterns, Several, Take};
pub use self::people::People;
pub use self::plan::{JudgeName, JudgmentFormat};
pub use self::reader::{Reader, Source, Stretch};
pub use self::scorer::{Scored, Scorer, observed};
pub use self::shares::Reduce;
pub use self::truth::{LabelPlan, LabelRule, PeoplePlan, Truth};
