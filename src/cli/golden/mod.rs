//! `evenhand check` and `evenhand golden`.

mod check;
mod command;
mod decide;
mod lock;
mod migrate;
mod review;
mod status;

pub(super) use self::check::check;
pub(super) use self::command::golden;
pub(super) use self::lock::lock_run;
