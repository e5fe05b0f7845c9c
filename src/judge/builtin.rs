//! The bundled signatures as Rust types. Each has a twin in `signatures/`; a
//! test holds the two against each other.

mod email;
mod relevance;
mod trajectory;

pub use self::email::ProfessionalEmail;
pub use self::relevance::{GradedRelevance, GradedVerdict, Relevance, RelevanceVerdict, Verdict};
pub use self::trajectory::{GoalVerdict, StepKind, StepVerdict, Trajectory, TrajectoryVerdict};
