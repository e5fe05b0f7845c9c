//! `evenhand golden status`.

use crate::cli::args::Global;
use crate::cli::golden_args::Unreferenced;
use crate::cli::print;
use crate::error::Result;
use crate::report::count;
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::golden::status::{GoldenFolder, SuiteStatus};

pub(super) fn status(global: &Global, unreferenced: Option<Unreferenced>) -> Result<Exit> {
    let config = load(&global.folders())?;
    let folder = GoldenFolder::open(&config)?;
    match unreferenced {
        None => whole(&config, &folder)?,
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
        let records = count(entry.records.len() as u64);
        text += &format!("{name}: {records} records by {model}, mean score {mean}{interval}\n");
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
