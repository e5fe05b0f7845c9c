//! What is locked and what waits: `evenhand golden status`, `accept`, `reject` and `migrate`.

use crate::cli::judging_args::{DecideArgs, MigrateArgs, Unreferenced};
use crate::cli::print;
use crate::error::Result;
use crate::report::{WIDTH, count, count_of, folded, migration_text};
use crate::suite::Exit;
use crate::suite::config::Config;
use crate::suite::golden::lock::Migrating;
use crate::suite::golden::status::{Decision, GoldenFolder, SuiteStatus, Waiting};
use crate::suite::prospect::suites;
use crate::suite::shell::quoted;

pub(super) fn status(config: &Config, unreferenced: Option<Unreferenced>) -> Result<Exit> {
    let folder = GoldenFolder::open(config)?;
    match unreferenced {
        None => whole(config, &folder)?,
        Some(Unreferenced::List) => list(&folder)?,
        Some(Unreferenced::Delete) => delete(&folder)?,
    }
    Ok(Exit::Success)
}

fn whole(config: &Config, folder: &GoldenFolder) -> Result<()> {
    for name in config.file.suites.keys() {
        let Some(status) = folder.suite(name)? else {
            print(&format!("{name}: not locked\n"))?;
            continue;
        };
        print(&locked(name, &status))?;
        if let Some(replies) = status.replies {
            print(&format!("  replies: {}\n", replies.display()))?;
        }
        if let Some(outputs) = status.outputs {
            print(&format!("  outputs: {}\n", outputs.display()))?;
        }
        if let Some(waiting) = status.waiting {
            let number = count(waiting as u64);
            print(&format!("  {number} changed to decide about: evenhand golden review {name}\n"))?;
        }
    }
    if !folder.orphans().is_empty() {
        print(
            "of no suite in evenhand.toml; `evenhand golden status --unreferenced delete` removes them:\n",
        )?;
        list(folder)?;
    }
    Ok(())
}

fn locked(name: &str, status: &SuiteStatus) -> String {
    let mut text = String::new();
    for (model, entry) in &status.golden.models {
        let mean = entry.mean.map_or_else(|| "undefined".to_owned(), |mean| format!("{mean:.3}"));
        let interval =
            entry.interval.map_or_else(String::new, |[low, high]| format!(" (95 % {low:.3} to {high:.3})"));
        let records = count_of(entry.records.len() as u64, "record");
        let line = format!("{name}: {records} by {model}, mean score {mean}{interval}");
        text += &format!("{}\n", folded(&line, WIDTH, 2));
    }
    text
}

fn list(folder: &GoldenFolder) -> Result<()> {
    if folder.orphans().is_empty() {
        return print("every golden file belongs to a suite\n");
    }
    folder.orphans().iter().try_for_each(|name| print(&format!("  {}\n", folder.path(name).display())))
}

fn delete(folder: &GoldenFolder) -> Result<()> {
    for name in folder.orphans() {
        folder.remove(name)?;
        print(&format!("removed {}\n", folder.path(name).display()))?;
    }
    if folder.orphans().is_empty() { list(folder) } else { Ok(()) }
}

pub(super) fn accept(config: &Config, args: &DecideArgs) -> Result<Exit> {
    decide(config, args, "accepted", Decision::Accept)
}

pub(super) fn reject(config: &Config, args: &DecideArgs) -> Result<Exit> {
    decide(config, args, "rejected", Decision::Reject)
}

fn decide(config: &Config, args: &DecideArgs, done: &str, decision: Decision) -> Result<Exit> {
    let mut waiting = Waiting::open(config, args.suite.as_deref())?;
    if waiting.is_empty() {
        return nothing(args.suite.as_deref());
    }
    for one in &mut waiting {
        let number = one.decide(decision, args.record.as_deref())?;
        let scores = count_of(number as u64, "changed score");
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

pub(super) fn migrate(config: &Config, args: &MigrateArgs) -> Result<Exit> {
    let options = args.locking.options();
    let suites = suites(config, std::slice::from_ref(&args.suite), &options)?;
    let Some(suite) = suites.first() else {
        return Ok(Exit::Success);
    };
    let migrating = Migrating::of(config, suite, &options)?;
    let path = migrating.path.display().to_string();
    print(&migration_text(&path, &migrating.model, &migrating.migration, &migrating.notes))?;
    let name = quoted(&suite.name);
    if !args.write {
        eprintln!("nothing is written; keep what can be kept with: evenhand golden migrate {name} --write");
        return Ok(Exit::Success);
    }
    migrating.write()?;
    eprintln!("{path} is written; judge the rest with: evenhand check {name}");
    Ok(Exit::Success)
}
