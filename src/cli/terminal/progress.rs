//! How far a piece of work is, on the standard error: a bar on a terminal, else a line now and then.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::print::note;
use crate::number::real;
use crate::report::{WIDTH, count, duration};

/// Between two plain lines.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of one piece of work, on the standard error.
pub(crate) struct Progress {
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
pub(crate) enum Unit {
    Records,
    Bytes,
}

impl Progress {
    pub(crate) fn start(what: &str, unit: Unit, total: u64) -> Self {
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
            note(&format!("{}: {}", progress.what, progress.amount(total)));
        }
        progress
    }

    pub(crate) fn set(&mut self, done: u64, remark: &str) {
        self.done = done;
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(if remark.is_empty() { String::new() } else { format!(", {remark}") });
            return;
        }
        if self.last_line.elapsed() >= EVERY && done < self.total {
            self.last_line = Instant::now();
            self.line(remark);
        }
    }

    fn line(&self, remark: &str) {
        let elapsed = self.started.elapsed().as_secs_f64();
        let remark = if remark.is_empty() { String::new() } else { format!(", {remark}") };
        note(&format!(
            "{}: {} of {}, {} gone{}{remark}",
            self.what,
            self.amount(self.done),
            self.amount(self.total),
            duration(elapsed),
            left(elapsed, self.done, self.total)
        ));
    }

    fn amount(&self, number: u64) -> String {
        match self.unit {
            Unit::Records => count(number),
            Unit::Bytes => format!("{:.0} MB", real(number) / 1e6),
        }
    }

    /// Runs a piece of printing without the bar in its way.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
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

/// `, about 40.0 s left`: what is left takes as long as what is done took, by the clock that the report's time is of.
fn left(elapsed: f64, done: u64, total: u64) -> String {
    match (done, total.saturating_sub(done)) {
        (0, _) | (_, 0) => String::new(),
        (done, rest) => format!(", about {} left", duration(elapsed * real(rest) / real(done))),
    }
}

/// The bar takes the room that the rest of the line leaves; a long name leaves it half of the line.
fn bar(what: &str, unit: Unit, total: u64) -> ProgressBar {
    let amount = match unit {
        Unit::Records => "{pos} of {len}",
        Unit::Bytes => "{bytes} of {total_bytes}",
    };
    let template = format!("{{prefix}} {{wide_bar}} {amount}{{left}}{{msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let left = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        let _ = text.write_str(&left(
            state.elapsed().as_secs_f64(),
            state.pos(),
            state.len().unwrap_or_default(),
        ));
    };
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
        .with_style(style.with_key("left", left));
    bar.set_prefix(shortened(what, width() / 3));
    bar
}

/// A name with its end left out where it is longer.
fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The terminal's width.
fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(WIDTH, |(size, _)| usize::from(size.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_goes_by_what_was_done() {
        assert_eq!(left(10.0, 12, 60), ", about 40.0 s left");
        assert_eq!(left(0.5, 0, 60) + &left(50.0, 60, 60), "", "nothing is known, nothing is left");
    }

    #[test]
    fn a_long_name_is_shortened() {
        assert_eq!(shortened("polite by m", 20), "polite by m");
        assert_eq!(shortened("a-long-suite by a-long-model", 10), "a-long-su…");
    }
}
