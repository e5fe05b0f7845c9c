//! Judgments that are made already are scored, as `[scores.NAME]` of evenhand.toml says.

mod event;
mod lines;
mod runs;
mod table;

pub use self::event::{ScoreEvent, ScoreOptions, ScoredRun};
pub(crate) use self::table::{names, score};
