//! The standard output.

use std::io::{ErrorKind as Io, Write as _};

use crate::error::{Error, ErrorKind, Result};

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
