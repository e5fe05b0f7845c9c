//! `karat tune`: a better instruction or demos for a suite's judge.

mod args;
mod command;
mod data;
mod estimate;
mod folder;
mod head;
mod optimizer;
mod options;
mod setup;
mod telling;
mod winner;
mod work;

pub(super) use self::args::TuneArgs;
pub(super) use self::command::tune;
