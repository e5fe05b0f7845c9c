//! `evenhand tune`: a better instruction or demos for a suite's judge.

mod account;
mod args;
mod command;
mod data;
mod estimate;
mod folder;
mod forecast;
mod head;
mod models;
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
