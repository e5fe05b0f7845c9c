//! The terminal: text on the standard output, fitted and coloured where it is a terminal, and how far a run is on the
//! standard error.

mod print;
mod progress;
mod style;

pub(crate) use self::print::{alarm, note, print, print_report};
pub(crate) use self::progress::{Progress, Unit};
