//! Judges: the answer to a question, read as a score.

mod judging;
mod options;
mod reasons;
mod score;
mod strategy;
mod typed;
mod verdict;

pub use self::judging::Judge;
pub use self::options::{Aggregation, JudgeOptions};
pub use self::score::{Calibration, Evidence, Judged, OrderVerdict, Part, Score};
pub(crate) use self::score::{Order, in_order};
pub(crate) use self::strategy::Planned;
pub use self::strategy::StrategyName;
pub use self::typed::TypedJudge;

pub use crate::ask::{Attempt, Purpose, Reading, Reason, Unscored};
