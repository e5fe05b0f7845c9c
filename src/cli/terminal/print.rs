//! Printing: plain text for machines and pipes, reports for people.

use std::io::{ErrorKind as Io, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use terminal_size::{Width, terminal_size_of};

use super::style::{dim, fitted, is_colored, red, styled};
use crate::error::{Error, ErrorKind, Result};

/// Prints to stdout as it is; a reader that went away ends the command quietly.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    done(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints a report. On a terminal no line is wider than the terminal, and what passed, what failed and what the answer
/// is can be seen at a glance.
pub(crate) fn print_report(text: &str) -> Result<()> {
    let out = std::io::stdout();
    let width = terminal_size_of(&out).map(|(Width(width), _)| usize::from(width));
    let text =
        width.filter(|_| out.is_terminal()).map_or_else(|| text.to_owned(), |width| fitted(text, width));
    if !colored(out.is_terminal()) {
        return print(&text);
    }
    let mut out = AutoStream::new(out.lock(), ColorChoice::Always);
    done(out.write_all(styled(&text).as_bytes()).and_then(|()| out.flush()))
}

/// Tells something by the way on the standard error.
pub(crate) fn note(text: &str) {
    tell(text, dim);
}

/// Tells on the standard error what went wrong; the first words are marked.
pub(crate) fn alarm(who: &str, text: &str) {
    tell(who, |who| format!("{} {text}", red(who)));
}

fn tell(text: &str, style: impl Fn(&str) -> String) {
    let out = std::io::stderr();
    let choice = if colored(out.is_terminal()) { ColorChoice::Always } else { ColorChoice::Never };
    // Where nobody listens there is nobody to tell that.
    let _ = writeln!(AutoStream::new(out.lock(), choice), "{}", style(text));
}

fn colored(is_terminal: bool) -> bool {
    is_colored(is_terminal, |name| std::env::var(name).ok())
}

fn done(written: std::io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != Io::BrokenPipe => {
            let detail = format!("cannot write to the standard output: {error}");
            Err(Error::new(ErrorKind::Io, detail))
        }
        _ => Ok(()),
    }
}
