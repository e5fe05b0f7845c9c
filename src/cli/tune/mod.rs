//! `evenhand tune`: a better instruction or demos for a suite's judge.

mod account;
mod args;
mod cast;
mod command;
mod data;
mod estimate;
mod folder;
mod forecast;
mod head;
mod optimizer;
mod options;
mod rates;
mod setup;
mod sizes;
mod targets;
mod telling;
mod threshold;
mod winner;
mod work;

pub(super) use self::args::TuneArgs;
pub(super) use self::command::tune;
