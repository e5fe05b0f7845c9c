//! `evenhand golden ...`.

use super::{decide, lock, migrate, review, status};
use crate::cli::args::Global;
use crate::cli::golden_args::GoldenCommand;
use crate::error::Result;
use crate::suite::Exit;

pub(in crate::cli) async fn golden(global: &Global, command: &GoldenCommand) -> Result<Exit> {
    match command {
        GoldenCommand::Lock(args) => lock::lock(global, args).await,
        GoldenCommand::Review { suite } => review::review(global, suite.as_deref()),
        GoldenCommand::Accept(args) => decide::accept(global, args),
        GoldenCommand::Reject(args) => decide::reject(global, args),
        GoldenCommand::Status { unreferenced } => status::status(global, *unreferenced),
        GoldenCommand::Migrate(args) => migrate::migrate(global, args),
    }
}
