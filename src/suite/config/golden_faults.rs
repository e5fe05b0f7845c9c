//! What is wrong with what a suite says of its golden file and its gates.

use super::file::SuiteFile;
use crate::document::Places;
use crate::error::Diagnostic;

/// What the whole suite alone can tell about its golden file and its gates.
pub(crate) fn faults(name: &str, suite: &SuiteFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if suite.gates.min_kappa.is_some() && suite.label.is_none() {
        let pointer = format!("/suites/{name}/gates/min_kappa");
        let mut fault = places.at_value(&pointer, "κ is agreement with labels, and this suite names none");
        fault.help = Some("set the suite's `label` to the record's field that holds the label".into());
        faults.push(fault);
    }
    faults
}
