//! `evenhand tune`: a better instruction or demos for a suite's judge.

mod args;
mod command;
mod telling;

pub(super) use self::args::TuneArgs;
pub(super) use self::command::tune;
