//! Asking: a question put to a model until its answer is valid, with every attempt kept.

mod asking;
mod attempt;
mod decision;
mod listing;
mod question;
mod reply;
pub(crate) mod stage;

pub(crate) use self::asking::{Asked, Replied, ask, ask_request};
pub use self::attempt::{Attempt, Purpose, Reason, Unscored};
pub(crate) use self::decision::{AskedDecision, ask_decision, left_out};
pub(crate) use self::listing::Listing;
pub use self::listing::{AnswerLabels, AnswerOrders};
pub(crate) use self::question::Weighed;
pub use self::question::{Mapping, Question, Reading};
