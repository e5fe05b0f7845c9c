//! Judgments that are made already are scored, as `[scores.NAME]` of evenhand.toml says.

mod runs;
mod table;

pub use self::runs::{ScoreEvent, ScoreOptions, ScoredRun};
pub(crate) use self::table::{names, score};
