//! The terminal: text on the standard output, and how far a run is on the standard error.

use std::io::{ErrorKind as Io, IsTerminal, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, ErrorKind, Result};
use crate::number::real;
use crate::report::{count, duration};

/// Prints to stdout; a reader that went away ends the command quietly.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != Io::BrokenPipe => {
            let detail = format!("cannot write to the standard output: {error}");
            Err(Error::new(ErrorKind::Io, detail))
        }
        _ => Ok(()),
    }
}

/// Between two plain lines.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of one piece of work, on the standard error.
pub(super) struct Progress {
    what: String,
    unit: Unit,
    total: u64,
    done: u64,
    started: Instant,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Records,
    Bytes,
}

impl Progress {
    pub(super) fn start(what: &str, unit: Unit, total: u64) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let now = Instant::now();
        let progress = Self {
            what: what.to_owned(),
            unit,
            total,
            done: 0,
            started: now,
            bar: on_terminal.then(|| bar(what, unit, total)),
            last_line: now,
        };
        if progress.bar.is_none() {
            eprintln!("{}: {}", progress.what, progress.amount(total));
        }
        progress
    }

    pub(super) fn set(&mut self, done: u64, remark: &str) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(remark.to_owned());
            return;
        }
        if self.last_line.elapsed() >= EVERY && done < self.total {
            self.last_line = Instant::now();
            self.line(remark);
        }
    }

    fn line(&self, remark: &str) {
        let elapsed = self.started.elapsed().as_secs_f64();
        let left = elapsed * real(self.total - self.done) / real(self.done.max(1));
        let remark = if remark.is_empty() { String::new() } else { format!(", {remark}") };
        eprintln!(
            "{}: {} of {}, {} gone, about {} left{remark}",
            self.what,
            self.amount(self.done),
            self.amount(self.total),
            duration(elapsed),
            duration(left)
        );
    }

    fn amount(&self, number: u64) -> String {
        match self.unit {
            Unit::Records => count(number),
            Unit::Bytes => format!("{:.0} MB", real(number) / 1e6),
        }
    }

    /// Runs a piece of printing without the bar in its way.
    pub(super) fn aside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &str, unit: Unit, total: u64) -> ProgressBar {
    let template = match unit {
        Unit::Records => "{prefix} {bar:30} {pos}/{len} {per_sec} ETA {eta} {msg}",
        Unit::Bytes => "{prefix} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta} {msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()).with_style(style);
    bar.set_prefix(what.to_owned());
    bar
}
