//! The `evenhand` command.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with these words, its name first. Gives the exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| evenhand::cli::main_of(words))
}
