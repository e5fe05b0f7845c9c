//! `evenhand check` and `evenhand golden`.

mod command;
mod lock;
mod review;
mod status;

pub(super) use self::command::{check, golden};
pub(super) use self::lock::lock_run;
