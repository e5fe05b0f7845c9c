//! `evenhand view`: a run as a page, in the browser.

use std::path::Path;
use std::process::{Command, Stdio};

use super::args::{Global, ViewArgs};
use super::print;
use crate::error::Result;
use crate::report::html;
use crate::suite::Exit;
use crate::suite::config::load_or_default;
use crate::suite::files::to_file;
use crate::suite::finished::assemble;
use crate::suite::finished::{named, newest};

pub(super) fn view(global: &Global, args: &ViewArgs) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let folder = match args.run.as_deref() {
        None | Some("last") => newest(&config)?,
        Some(run) => named(&config, run)?,
    };
    let (report, prompts) = assemble(&config, std::slice::from_ref(&folder))?;
    let path = folder.join("report.html");
    to_file(&path, &html(&report, &prompts)?)?;
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
