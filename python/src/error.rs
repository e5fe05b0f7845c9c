//! The library's errors as exceptions.

use evenhand::{Diagnostic, Error, ErrorKind};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// An `evenhand.Error` that says the same.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|problem| problem)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let class = py.import("evenhand._errors")?.getattr("Error")?;
    let faults: Vec<_> = error.diagnostics().iter().map(fault).collect();
    let made = class.call1((
        format!("{error:#}"),
        error.kind().description(),
        error.detail(),
        error.help_text(),
        faults,
    ))?;
    Ok(PyErr::from_value(made))
}

/// File, line, column, message, help.
fn fault(fault: &Diagnostic) -> (&str, usize, usize, &str, Option<&str>) {
    (&fault.file, fault.line, fault.column, &fault.message, fault.help.as_deref())
}

/// An argument of the caller's that cannot be used.
pub(crate) fn refused(py: Python<'_>, what: &str, problem: &serde_json::Error) -> PyErr {
    // What is read is one line that this package wrote: where in it says nothing.
    let said = problem.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    raised(py, &Error::new(ErrorKind::Usage, format!("{what} cannot be used: {said}")))
}

/// Arguments that only this package's own Python writes.
pub(crate) fn unreadable(what: &str, problem: &dyn std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(format!("a fault of evenhand's own: {what}: {problem}"))
}
