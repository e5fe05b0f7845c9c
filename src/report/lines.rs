//! Lines of text for the terminal.

use std::fmt::Write as _;

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
