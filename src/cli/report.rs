//! A run that is over: `evenhand report` writes it in other forms, `evenhand view` shows it in the browser.

use std::path::Path;
use std::process::{Command, Stdio};

use super::args::{Global, ReportArgs, ViewArgs};
use super::report_files::ReportFiles;
use super::terminal::{note, print, print_report};
use crate::error::Result;
use crate::suite::Exit;
use crate::suite::config::{Config, load_or_default};
use crate::suite::finished::{Finished, assemble, folders, named, newest};
use crate::suite::parts::{Summed, has_parts};
use crate::suite::runs::to_file;

pub(super) fn report(global: &Global, args: &ReportArgs) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let folders = folders(&config, &args.runs)?;
    let json_report = args.json.clone().or_else(|| args.files.json_report.clone());
    let files = ReportFiles { json_report, ..args.files.clone() };
    if files.any() {
        files.write(&config, &folders)?;
        return Ok(Exit::Success);
    }
    for folder in &folders {
        if has_parts(folder) {
            parts(global, &config, folder)?;
            continue;
        }
        let run = Finished::open(folder, &config)?;
        print_report(&format!("\n{}\n", run.file.summary.text(&[], global.detail())))?;
        note(&format!("journal: {}", folder.join("journal.jsonl").display()));
    }
    Ok(Exit::Success)
}

/// The numbers of a run in parts. Its outcomes are read one by one.
fn parts(global: &Global, config: &Config, folder: &Path) -> Result<()> {
    let summed = Summed::open(folder, config)?;
    let file = summed.file(config)?;
    print_report(&format!("\n{}\n", file.summary.text(&[], global.detail())))
}

pub(super) fn view(global: &Global, args: &ViewArgs) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let folder = match args.run.as_deref() {
        None | Some("last") => newest(&config)?,
        Some(run) => named(&config, run)?,
    };
    let report = assemble(&config, std::slice::from_ref(&folder))?;
    let path = folder.join("report.html");
    to_file(&path, &report.html()?)?;
    print(&format!("{}\n", path.display()))?;
    if !args.no_open {
        open(&path);
    }
    Ok(Exit::Success)
}

/// Shows the page in the browser. Where that cannot be, its path was printed.
fn open(path: &Path) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if cfg!(target_os = "linux") && !has_screen() {
        eprintln!("there is no screen here to open it on");
        return;
    }
    let mut command = opener(&path);
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        eprintln!("cannot open it: {error}; open it in a browser yourself");
    }
}

fn has_screen() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].iter().any(|name| std::env::var_os(name).is_some())
}

fn opener(path: &Path) -> Command {
    let (program, first): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(first).arg(path);
    command
}
