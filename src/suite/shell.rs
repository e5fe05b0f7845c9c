//! What a command and its shell exchange: the exit code, and words quoted for the commands that messages
//! name.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};

/// How a run or a command ends, as the exit code of `evenhand`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// 0: done, and every gate passes.
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
    /// 6: a fault of evenhand's own, or the system refused a file.
    Internal = 6,
    /// 130: interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The worse of two, where several suites end: what broke off before what is known, and a regression
    /// before what could not be found out.
    pub(crate) fn worse(self, other: Self) -> Self {
        let order = |exit: Self| match exit {
            Self::Success => 0,
            Self::Inconclusive => 1,
            Self::Unscored => 2,
            Self::Quality => 3,
            Self::Budget => 4,
            Self::Usage => 5,
            Self::Internal => 6,
            Self::Interrupted => 7,
        };
        if order(other) > order(self) { other } else { self }
    }

    /// The exit code of an error.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Io | ErrorKind::Internal => Self::Internal,
            _ => Self::Usage,
        }
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,+@=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}
