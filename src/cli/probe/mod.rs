//! `evenhand probe`.

mod args;
mod command;

pub(super) use self::args::ProbeArgs;
pub(super) use self::command::probe;
