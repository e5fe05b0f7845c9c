//! The differences from what was recorded that are wanted.

/// A part of a file that may differ from what was recorded.
pub struct Allowed {
    /// The project.
    pub project: &'static str,
    /// The file below `expected/`.
    pub file: &'static str,
    /// What may differ: all that this regular expression matches.
    pub pattern: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// Every difference that is allowed so far. One that is not needed fails the test.
pub const ALLOWED: &[Allowed] = &[];
