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

pub(crate) use self::book::{Book, Truths};
pub(crate) use self::judgment::ReplyCounts;
pub(crate) use self::judgment::{JudgeName, JudgmentFormat};
pub(crate) use self::pair::{Combine, Equal, Pair, Swapped, Unreadable};
pub(crate) use self::pattern::{Pattern, Patterns, Several, Take};
pub(crate) use self::reader::{Reader, Stretch, VerdictSource};
pub(crate) use self::scorer::{Scored, Scorer, observed};
pub(crate) use self::shares::Reduce;
pub(crate) use self::truth::{LabelPlan, LabelRule, People, PeoplePlan};
