//! What can be wrong with one record.

use std::fmt;

/// A record that cannot be used: where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
    /// Whether nothing more can be read after this.
    pub fatal: bool,
    /// What to do about it, where that is more than to mend the line.
    pub help: Option<String>,
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dataset line {}: {} ({})", self.line, self.problem, self.file)
    }
}

impl std::error::Error for DataFault {}
