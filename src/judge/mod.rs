//! Judges: a question put to a model until its answer is valid, and read as a score.

mod ask;
mod attempt;
mod builtin;
mod criteria;
mod evidence;
mod judging;
mod question;
mod reading;
mod reasons;
mod score;
mod typed;
mod unscored;
mod verdict;

pub use self::attempt::{Attempt, Purpose};
pub use self::builtin::{
    GoalVerdict, GradedRelevance, GradedVerdict, ProfessionalEmail, Relevance, RelevanceVerdict, StepKind,
    StepVerdict, Trajectory, TrajectoryVerdict, Verdict,
};
pub use self::judging::{Aggregation, Judge, JudgeOptions, Judged};
pub use self::question::Question;
pub use self::reading::Reading;
pub use self::score::{Evidence, Part, Score};
pub use self::typed::TypedJudge;
pub use self::unscored::{Reason, Unscored};
