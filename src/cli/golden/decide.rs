//! `evenhand golden accept` and `evenhand golden reject`.

use crate::cli::args::Global;
use crate::cli::golden_args::DecideArgs;
use crate::cli::print;
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::config::load;
use crate::suite::golden::waiting::{Decision, Waiting};

pub(super) fn accept(global: &Global, args: &DecideArgs) -> Result<Exit> {
    decide(global, args, "accepted", Decision::Accept)
}

pub(super) fn reject(global: &Global, args: &DecideArgs) -> Result<Exit> {
    decide(global, args, "rejected", Decision::Reject)
}

fn decide(global: &Global, args: &DecideArgs, done: &str, decision: Decision) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut waiting = Waiting::open(&config, args.suite.as_deref())?;
    if waiting.is_empty() {
        return nothing(args.suite.as_deref());
    }
    for one in &mut waiting {
        let number = one.decide(decision, args.record.as_deref())?;
        let scores =
            if number == 1 { "1 changed score".to_owned() } else { format!("{number} changed scores") };
        let rest = match one.pending.records.len() {
            0 => String::new(),
            rest => format!(", {rest} left to decide about"),
        };
        print(&format!("{}: {scores} {done}{rest}\n", one.pending.suite))?;
    }
    Ok(Exit::Success)
}

/// Nothing waits: no fault.
pub(super) fn nothing(suite: Option<&str>) -> Result<Exit> {
    let of = suite.map_or_else(String::new, |suite| format!(" of {suite}"));
    print(&format!("no changed scores{of} wait for a decision; `evenhand check` finds them\n"))?;
    Ok(Exit::Success)
}
