//! `evenhand golden lock` and `evenhand run --lock`.

use crate::cli::judging_args::{LockArgs, RepliesArgs};
use crate::cli::print;
use crate::cli::run::judge_one;
use crate::error::Result;
use crate::report::locked_text;
use crate::suite::config::Config;
use crate::suite::golden::lock;
use crate::suite::golden::lock::{LockedFile, Locking};
use crate::suite::golden::strict::to_record;
use crate::suite::judges::Suite;
use crate::suite::prospect::suites;
use crate::suite::shell::quoted;
use crate::suite::{Exit, Run, RunOptions};

pub(super) async fn lock(config: &Config, args: &LockArgs) -> Result<Exit> {
    let options = args.locking.options();
    let mut exit = Exit::Success;
    for suite in &suites(config, &args.suites, &options)? {
        exit = exit.worse(one(config, suite, args, &options).await?);
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            break;
        }
    }
    Ok(exit)
}

async fn one(config: &Config, suite: &Suite, args: &LockArgs, options: &RunOptions) -> Result<Exit> {
    let mut locking = Locking::open(config, suite, options)?;
    if let Some(name) = &args.from {
        print(&text(&locking.earlier(name)?))?;
        return Ok(Exit::Success);
    }
    if args.replies {
        locking = locking.with_replies();
    }
    let resume = format!("evenhand golden lock {}", quoted(&suite.name));
    let (exit, folder) = judge_one(config, suite, &locking.options(options)?, &resume).await?;
    if let Some(locked) = locking.after(exit, &folder)? {
        print(&text(&locked))?;
    }
    Ok(exit)
}

/// Records replies, and leaves the locked scores as they are.
pub(super) async fn replies(config: &Config, args: &RepliesArgs) -> Result<Exit> {
    let options = args.locking.options();
    let mut suites = suites(config, &args.suites, &options)?;
    to_record(config, &mut suites, &options)?;
    let mut exit = Exit::Success;
    for suite in &suites {
        let locking = Locking::open(config, suite, &options)?.with_replies();
        let resume = format!("evenhand golden replies {}", quoted(&suite.name));
        let (ended, _) = judge_one(config, suite, &locking.options(&options)?, &resume).await?;
        locking.after_replies(ended)?;
        exit = exit.worse(ended);
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            break;
        }
    }
    Ok(exit)
}

/// Locks a run that was judged just now, if its scores can be had.
pub(in crate::cli) fn lock_run(
    config: &Config,
    suites: &[Suite],
    options: &RunOptions,
    is_json: bool,
    run: &Run,
) -> Result<()> {
    let Some(suite) = suites.iter().find(|suite| suite.name == run.suite()) else {
        return Ok(());
    };
    let Some(locked) = lock::lock_run(config, suite, options, run)? else {
        return Ok(());
    };
    if is_json {
        // The standard output holds JSON lines.
        eprint!("{}", text(&locked));
        return Ok(());
    }
    print(&text(&locked))
}

/// What there is to tell about a golden file that was written.
fn text(locked: &LockedFile) -> String {
    let LockedFile { path, before, after, model, sight } = locked;
    locked_text(&path.display().to_string(), before.as_ref(), after, model, *sight)
}
