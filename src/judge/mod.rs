//! Judges: the answer to a question, read as a score.

mod builtin;
mod calibration;
mod content_free;
mod evidence;
mod judged;
mod judging;
mod options;
mod order;
mod reasons;
mod score;
mod strategy;
mod typed;
mod verdict;

pub use self::builtin::{
    GoalVerdict, GradedRelevance, GradedVerdict, ProfessionalEmail, Relevance, RelevanceVerdict, StepKind,
    StepVerdict, Trajectory, TrajectoryVerdict, Verdict,
};
pub use self::calibration::Calibration;
pub use self::judged::Judged;
pub use self::judging::Judge;
pub use self::options::{Aggregation, JudgeOptions};
pub(crate) use self::order::in_order;
pub use self::order::{Order, OrderVerdict};
pub use self::score::{Evidence, Part, Score};
pub use self::strategy::{Planned, StrategyName};
pub use self::typed::TypedJudge;

pub use crate::ask::{Attempt, Purpose, Question, Reading, Reason, Unscored};
