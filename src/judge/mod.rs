//! Judges: the answer to a question, read as a score.

mod by_criterion;
mod cascade;
mod claims;
mod content_free;
mod explained;
mod judging;
mod jury;
mod members;
mod options;
#[cfg(feature = "cli")]
mod probabilities;
mod quoting;
mod reasons;
mod route;
mod score;
mod strategy;
mod together;
mod typed;
mod verdict;

pub use self::judging::{Judge, JuryMember};
pub use self::jury::{JuryOptions, JuryRule};
pub(crate) use self::jury::{TIE, Vote};
pub use self::options::{Aggregation, JudgeOptions};
#[cfg(feature = "cli")]
pub(crate) use self::probabilities::{Told, shares_of};
pub use self::route::Routed;
pub(crate) use self::route::{FallbackOn, JudgeKind, RouteOptions, RouteRule, longest_answer};
pub(crate) use self::score::JudgedCriteria;
pub use self::score::{Calibration, Evidence, Judged, OrderVerdict, Part, Score};
pub(crate) use self::score::{Order, in_order};
pub(crate) use self::strategy::Planned;
pub use self::strategy::StrategyChoice;
#[cfg(test)]
pub(crate) use self::strategy::StrategyName;
pub(crate) use self::together::side_by_side;
pub use self::typed::TypedJudge;

pub use crate::ask::{AnswerLabels, AnswerOrders, Attempt, Purpose, Reading, Reason, Unscored};
