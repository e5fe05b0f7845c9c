//! Decision models: they answer typed questions with probabilities, over one of two wire forms.

mod body;
mod client;
mod facts;
mod reply;

pub use self::facts::DecisionOptions;

pub(crate) use self::body::body;
pub(in crate::model) use self::client::{open_decisions, open_systemone};
pub(in crate::model) use self::facts::{DECISIONS, SYSTEMONE};
