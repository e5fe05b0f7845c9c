//! `evenhand golden status`.

use std::path::Path;

use super::decide::pending_suites;
use crate::cli::args::Global;
use crate::cli::golden_args::Unreferenced;
use crate::cli::print;
use crate::error::Result;
use crate::golden::{Golden, HeldBy, store};
use crate::report::count;
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::golden::settings;

pub(super) fn status(global: &Global, unreferenced: Option<Unreferenced>) -> Result<Exit> {
    let config = load(&global.folders())?;
    let folder = settings::folder(&config);
    let orphans = orphans(&config, &folder)?;
    match unreferenced {
        None => whole(&config, &folder, &orphans)?,
        Some(Unreferenced::List) => list(&folder, &orphans)?,
        Some(Unreferenced::Delete) => delete(&folder, &orphans)?,
    }
    Ok(Exit::Success)
}

/// Golden files that nobody holds: no suite, and no test.
fn orphans(config: &Config, folder: &Path) -> Result<Vec<String>> {
    let mut orphans = store::suites(folder);
    orphans.retain(|name| !config.file.suites.contains_key(name));
    let mut of_nobody = Vec::new();
    for name in orphans {
        let golden = store::read(&store::path(folder, &name))?;
        if golden.is_none_or(|golden| golden.held_by == HeldBy::Suite) {
            of_nobody.push(name);
        }
    }
    Ok(of_nobody)
}

fn whole(config: &Config, folder: &Path, orphans: &[String]) -> Result<()> {
    let waiting = pending_suites(folder);
    for name in config.file.suites.keys() {
        let path = store::path(folder, name);
        let Some(golden) = store::read(&path)? else {
            print(&format!("{name}: not locked\n"))?;
            continue;
        };
        print(&locked(name, &golden))?;
        if store::replies_path(folder, name).exists() {
            print(&format!("  replies: {}\n", store::replies_path(folder, name).display()))?;
        }
        if waiting.contains(name)
            && let Some(pending) = store::read_pending(&store::pending_path(folder, name))?
        {
            let number = count(pending.records.len() as u64);
            print(&format!("  {number} changed to decide about: evenhand golden review {name}\n"))?;
        }
    }
    if !orphans.is_empty() {
        print(
            "of no suite in evenhand.toml; `evenhand golden status --unreferenced delete` removes them:\n",
        )?;
        list(folder, orphans)?;
    }
    Ok(())
}

fn locked(name: &str, golden: &Golden) -> String {
    let mut text = String::new();
    for (model, entry) in &golden.models {
        let mean = entry.mean.map_or_else(|| "undefined".to_owned(), |mean| format!("{mean:.3}"));
        let interval =
            entry.interval.map_or_else(String::new, |[low, high]| format!(" (95 % {low:.3} to {high:.3})"));
        let records = count(entry.records.len() as u64);
        text += &format!("{name}: {records} records by {model}, mean score {mean}{interval}\n");
    }
    text
}

fn list(folder: &Path, orphans: &[String]) -> Result<()> {
    if orphans.is_empty() {
        return print("every golden file belongs to a suite\n");
    }
    orphans.iter().try_for_each(|name| print(&format!("  {}\n", store::path(folder, name).display())))
}

fn delete(folder: &Path, orphans: &[String]) -> Result<()> {
    for name in orphans {
        let path = store::path(folder, name);
        store::remove(&path)?;
        store::remove(&store::pending_path(folder, name))?;
        store::remove(&store::replies_path(folder, name))?;
        print(&format!("removed {}\n", path.display()))?;
    }
    if orphans.is_empty() { list(folder, orphans) } else { Ok(()) }
}
