//! `evenhand models fetch` and `rm`: models on the disks of this machine and of servers.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::fetching::fetch as fetch_embedded;
use super::print;
use super::terminal::{Progress, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::suite::config::Config;
use crate::suite::stored_models::{PullProgress, Stored, pull};

/// Whether a question is answered on the command line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Ask,
    Given,
}

pub(super) async fn fetch(names: &[String], config: &Config) -> Result<()> {
    for name in names {
        match Stored::named(name, config)? {
            Stored::Embedded(entry) => {
                let path = fetch_embedded(entry.name, config).await?;
                print(&format!("{}\n", path.display()))?;
            }
            Stored::Served(model_config) => {
                let name = model_config.full_name();
                eprintln!("fetching {name}, by its server");
                let mut shown = Shown::default();
                pull(&model_config, config, &mut |progress| shown.show(&name, progress)).await?;
                drop(shown);
                print(&format!("{name} is on its server\n"))?;
            }
        }
    }
    Ok(())
}

/// How far a server is.
#[derive(Default)]
struct Shown {
    progress: Option<Progress>,
    /// The bytes that the bar is of: a server names one part after the other.
    total: u64,
    status: String,
}

impl Shown {
    fn show(&mut self, name: &str, told: &PullProgress) {
        if told.total > self.total {
            self.total = told.total;
            self.progress = Some(Progress::start(name, Unit::Bytes, told.total));
        }
        if let Some(progress) = &mut self.progress {
            progress.set(told.received, "");
        }
        // `pulling 6a0746a1ec1a` is what the bar shows.
        let is_news = self.status != told.status && !told.status.starts_with("pulling ");
        if is_news {
            self.progress = None;
            eprintln!("  {}", told.status.chars().filter(|c| !c.is_control()).collect::<String>());
        }
        self.status.clone_from(&told.status);
    }
}

pub(super) async fn remove(name: &str, config: &Config, consent: Consent) -> Result<()> {
    let stored = Stored::named(name, config)?;
    let name = stored.full_name();
    let Some(bytes) = stored.bytes(config).await? else {
        let detail = format!("{name} is not there: nothing is removed");
        return Err(Error::new(ErrorKind::Model, detail).help("`evenhand models list` says what is here"));
    };
    let size = format!("{} MB", (bytes + 500_000) / 1_000_000);
    if consent == Consent::Ask && !is_granted(&name, &size)? {
        return Err(Error::new(ErrorKind::Usage, format!("{name} was not removed")));
    }
    stored.remove(config).await?;
    print(&format!("{name} is removed: {size}\n"))
}

/// Asks at the terminal. What is no plain yes is a no.
fn is_granted(name: &str, size: &str) -> Result<bool> {
    let (mut input, mut output) = (io::stdin().lock(), io::stderr().lock());
    if !input.is_terminal() || !output.is_terminal() {
        let detail = format!("{name} ({size}) is not removed unasked, and there is nobody to ask");
        return Err(Error::new(ErrorKind::Usage, detail).help("add --yes"));
    }
    let mut answer = String::new();
    let mut ask = || -> io::Result<usize> {
        write!(output, "Remove {name}, {size}? [y/N] ")?;
        output.flush()?;
        input.read_line(&mut answer)
    };
    Ok(ask().is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
