//! The terminal: text on the standard output, fitted and coloured where it is a terminal, how far a run is on the
//! standard error, and Ctrl-C.

mod interrupts;
mod print;
mod progress;
mod style;

pub(crate) use self::interrupts::listen_for_interrupts;
pub(crate) use self::print::{alarm, note, print, print_report};
pub(crate) use self::progress::{Progress, Unit};
