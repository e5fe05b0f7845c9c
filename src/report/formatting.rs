//! Numbers as people read them, lines of text for the terminal, and the texts of others made fit for a line.

use std::fmt::Write as _;

use crate::number::rounded;
use crate::stats::Interval;
use crate::summary::Rate;

/// A whole number with its thousands set apart: `12,345`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in `0..=1` as percent: `83.3 %`.
#[must_use]
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A p-value: `0.024`, `< 0.001`.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }
}

/// With its sign and three digits, a true minus for a negative number, and no sign for zero.
pub(super) fn signed(number: f64) -> String {
    let text = format!("{:.3}", number.abs());
    if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return text;
    }
    format!("{}{text}", if number < 0.0 { '−' } else { '+' })
}

/// With at most three digits, and without zeros at its end.
pub(super) fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The level of an interval in percent: `95`, `97.5`, `99.67`.
pub(super) fn level(level: f64) -> String {
    let text = format!("{:.2}", level * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Hundredths of the scale, rounded up: `1 point`, `7 points`.
pub(super) fn whole_points(of_one: f64) -> String {
    let points = (of_one * 100.0 - 1e-9).ceil().max(1.0);
    format!("{points} point{}", if points > 1.5 { "s" } else { "" })
}

/// Seconds as a duration: `0.8 s`, `1 min 22 s`, `2 h 05 min`.
#[must_use]
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 0.0995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = rounded(seconds);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        return format!("{hours} h {minutes:02} min");
    }
    format!("{minutes} min {seconds:02} s")
}

pub(super) fn rate(what: &str, rate: &Rate) -> String {
    let Some(share) = rate.rate else {
        return format!("{what}: none of 0");
    };
    let interval = rate.interval.map_or_else(String::new, |interval| {
        format!(", 95 % {:.1} to {:.1} %", interval.low * 100.0, interval.high * 100.0)
    });
    format!("{what} {} ({} of {}{interval})", percent(share), count(rate.count), count(rate.n))
}

pub(super) fn number(what: &str, number: Option<f64>, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |interval| format!(" (95 % {interval:.2})"));
    format!("{what} {}{interval}", plain(number))
}

pub(super) fn plain(number: Option<f64>) -> String {
    number.map_or_else(|| "undefined".into(), |number| format!("{number:.2}"))
}

/// A difference between shares with its interval, in points of a hundred.
pub(super) fn points(share: f64, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |interval| {
        format!(" (95 % {:+.1} to {:+.1})", 100.0 * interval.low, 100.0 * interval.high)
    });
    format!("{:+.1} points{interval}", 100.0 * share)
}

/// The most records of one kind that a check shows.
pub(super) const MOST_RECORDS: usize = 20;

/// How much a report tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The answer, the records it is about, and the figures.
    #[default]
    Figures,
    /// The tests behind them too.
    Statistics,
}

/// The widest line of reasons.
pub(super) const WIDTH: usize = 96;

/// Lines with a heading in the left margin, shown once for the lines that share it.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
    heading: &'static str,
}

impl Lines {
    pub(super) fn whole(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(super) fn under(&mut self, heading: &'static str, line: &str) {
        let shown = if heading == self.heading { "" } else { heading };
        self.heading = heading;
        let _ = writeln!(self.text, "  {shown:<11} {line}");
    }
}

pub(super) fn cells<'a>(texts: impl Iterator<Item = &'a str>, width: usize) -> String {
    let mut cells = String::new();
    for text in texts {
        let _ = write!(cells, " {text:>width$}");
    }
    cells
}

/// Words broken into lines of at most `width` characters.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Without control characters but tabs and line breaks: no terminal is told anything, and no reader stumbles.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(percent(0.8333), "83.3 %");
        assert_eq!(
            [0.004, 0.8, 59.99, 82.0, 7500.0].map(duration),
            ["4 ms", "0.8 s", "1 min 00 s", "1 min 22 s", "2 h 05 min"]
        );
    }
}
