//! Numbers as people read them, lines of text for the terminal, and the texts of others made fit for a line.

use std::fmt::Write as _;

use crate::number::rounded;
use crate::stats::Interval;
use crate::summary::Rate;

/// A number with what it counts, given in the singular: `1 record`, `12,345 records`, `2 replies`.
#[must_use]
pub(crate) fn count_of(number: u64, what: &str) -> String {
    if number == 1 {
        return format!("1 {what}");
    }
    let number = count(number);
    match what.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {what}s"),
    }
}

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

/// A share without its interval: `passes 83.3 % (10 of 12)`.
pub(super) fn share(what: &str, rate: &Rate) -> String {
    self::rate(what, &Rate { interval: None, ..*rate })
}

/// A share with its interval where statistics are wanted.
pub(super) fn share_by(detail: Detail, what: &str, rate: &Rate) -> String {
    if detail == Detail::Statistics { self::rate(what, rate) } else { share(what, rate) }
}

/// A number with its interval where statistics are wanted.
pub(super) fn number_by(
    detail: Detail,
    what: &str,
    value: Option<f64>,
    interval: Option<Interval>,
) -> String {
    number(what, value, interval.filter(|_| detail == Detail::Statistics))
}

/// Dollars: `$0.0315`; what is too little to be seen so is said to be little.
pub(crate) fn dollars(usd: f64) -> String {
    if usd <= 0.0 {
        "$0".to_owned()
    } else if usd < 0.000_05 {
        "less than $0.0001".to_owned()
    } else {
        format!("${usd:.4}")
    }
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

/// The widest line of a report, in characters: what every terminal shows.
pub(crate) const WIDTH: usize = 80;

/// Where the lines under a heading begin.
const MARGIN: usize = 14;

/// A longer name stands on a line of its own, above what is said of it.
const LONGEST_NAME: usize = 24;

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

    /// A line, folded at spaces where it is too wide.
    pub(super) fn folded(&mut self, line: &str) {
        let indent = 2 + line.chars().take_while(|c| *c == ' ').count();
        self.whole(&folded(line, WIDTH, indent));
    }

    /// A line under a heading, as it is: of a table, or of what is folded already.
    pub(super) fn under(&mut self, heading: &'static str, line: &str) {
        let shown = if heading == self.heading { "" } else { heading };
        self.heading = heading;
        self.whole(&format!("  {shown:<11} {line}"));
    }

    /// A line under a heading, folded at spaces where it is too wide.
    pub(super) fn folded_under(&mut self, heading: &'static str, line: &str) {
        let shown = if heading == self.heading { "" } else { heading };
        self.heading = heading;
        let indent = MARGIN + line.chars().take_while(|c| *c == ' ').count();
        self.whole(&folded(&format!("  {shown:<11} {line}"), WIDTH, indent));
    }

    /// A command under a heading, in one piece.
    pub(super) fn command(&mut self, command: &str) {
        self.whole(&format!("{:MARGIN$}{command}", ""));
    }

    /// What is said of something with a name, beside the others under its heading; `width` is that of the column of names.
    pub(super) fn named(&mut self, heading: &'static str, name: &str, width: usize, line: &str) {
        if name.chars().count() > LONGEST_NAME {
            self.folded_under(heading, name);
            self.folded_under(heading, &format!("  {line}"));
            return;
        }
        let said = folded(&format!("{:MARGIN$}{name:<width$}  {line}", ""), WIDTH, MARGIN + width + 2);
        let shown = if heading == self.heading { "" } else { heading };
        self.heading = heading;
        self.whole(&format!("  {shown:<11} {}", said.get(MARGIN..).unwrap_or_default()));
    }
}

/// A line that stands under a heading, parted behind the heading's margin: the heading, and what is said under it.
pub(crate) fn heading_of(line: &str) -> Option<(&str, &str)> {
    let (margin, said) = line.split_at_checked(MARGIN)?;
    let heading = margin.strip_prefix("  ")?.trim_end();
    let is_heading = heading.chars().all(|c| c.is_ascii_lowercase() || c == ' ') && !heading.starts_with(' ');
    (is_heading && margin.ends_with(' ') && !said.starts_with(' ') && !heading.contains("  "))
        .then_some((margin, said))
}

/// How wide a column of names is: as the longest of them that has no line of its own, in characters.
pub(super) fn name_width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).filter(|width| *width <= LONGEST_NAME).max().unwrap_or(0)
}

/// The longest of some names, in characters.
pub(super) fn longest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0)
}

/// A line, broken at spaces where it is wider than this; what follows is indented. A longer word stays whole, and so
/// do a number and its unit.
pub(crate) fn folded(line: &str, width: usize, indent: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for piece in pieces(line) {
        let length = piece.chars().count();
        let word = piece.trim_start();
        if column + length > width && column > indent && !word.is_empty() {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            text.push_str(word);
            column = indent + word.chars().count();
        } else {
            text.push_str(piece);
            column += length;
        }
    }
    text
}

/// What stays with the number before it.
const UNITS: [&str; 4] = [" %", " ms", " s", " min"];

/// Whether a text begins with a unit, and not with a longer word.
fn begins(text: &str, unit: &str) -> bool {
    text.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// A line's words, each with the spaces before it.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut blank = true;
    for (at, char) in line.char_indices() {
        let (before, rest) = line.split_at(at);
        let glued = before.ends_with(|last: char| last.is_ascii_digit())
            && UNITS.iter().any(|unit| begins(rest, unit));
        if char == ' ' && !blank && !glued {
            pieces.push(line.get(start..at).unwrap_or_default());
            start = at;
        }
        blank = char == ' ' && !glued;
    }
    pieces.push(line.get(start..).unwrap_or_default());
    pieces
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
    fn what_is_counted_is_in_the_plural_but_for_one() {
        let said = [(0, "record"), (1, "record"), (12_345, "record"), (2, "reply"), (1, "reply"), (3, "day")]
            .map(|(number, what)| count_of(number, what));
        assert_eq!(said, ["0 records", "1 record", "12,345 records", "2 replies", "1 reply", "3 days"]);
    }

    #[test]
    fn lines_are_folded_at_spaces_and_columns_stay() {
        let line = "  checks      few_steps          passes 100.0 % (10 of 10, 95 % 72.2 to 100.0 %)";
        assert_eq!(folded(line, 90, 14), line);
        assert_eq!(
            folded(line, 58, 14),
            "  checks      few_steps          passes 100.0 % (10 of 10,\n              95 % 72.2 to 100.0 %)"
        );
        assert_eq!(
            folded("see https://example.com/a/long/address now", 10, 2),
            "see\n  https://example.com/a/long/address\n  now"
        );
        let mut lines = Lines::default();
        let width = name_width(["short", "a_name_that_is_longer_than_the_others"].into_iter());
        lines.named("checks", "short", width, "passes");
        lines.named("checks", "a_name_that_is_longer_than_the_others", width, "passes");
        assert_eq!(
            lines.text,
            "  checks      short  passes\n              a_name_that_is_longer_than_the_others\n                passes\n"
        );
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([0.0, 0.000_01, 0.031_49].map(dollars), ["$0", "less than $0.0001", "$0.0315"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(percent(0.8333), "83.3 %");
        assert_eq!(
            [0.004, 0.8, 59.99, 82.0, 7500.0].map(duration),
            ["4 ms", "0.8 s", "1 min 00 s", "1 min 22 s", "2 h 05 min"]
        );
    }
}
