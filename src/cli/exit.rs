//! The exit codes.

use crate::error::{Error, ErrorKind};

/// How the command ends, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// 0: done, and every gate holds.
    Success = 0,
    /// 1: quality is below a gate, or drifted from golden.
    Quality = 1,
    /// 2: the command line, the configuration or a file of the user's is wrong.
    Usage = 2,
    /// 3: too many records without a score to judge by the rest.
    Unscored = 3,
    /// 4: inconclusive, where a gate asks for a conclusion.
    Inconclusive = 4,
    /// 5: a budget was reached.
    Budget = 5,
    /// 6: a fault of karat's own, or the system refused a file.
    Internal = 6,
    /// 130: interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The exit code of an error.
    pub(super) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Io | ErrorKind::Internal => Self::Internal,
            _ => Self::Usage,
        }
    }

    pub(super) fn code(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self as u8)
    }
}
