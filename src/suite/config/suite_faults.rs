//! What is wrong with what a suite says, where only the whole suite can tell.

use std::collections::BTreeSet;

use super::suite::{SuiteFile, members};
use super::{inputs, probes};
use crate::document::Places;
use crate::error::Diagnostic;

/// What the whole suite alone can tell about its golden file and its gates.
pub(crate) fn faults(name: &str, suite: &SuiteFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for check in suite.gates.checks.keys().filter(|check| !suite.checks.contains_key(*check)) {
        let pointer = format!("/suites/{name}/gates/checks/{check}");
        let mut fault = places.at_key(&pointer, format!("the suite has no check named {check:?}"));
        let names: Vec<&str> = suite.checks.keys().map(String::as_str).collect();
        fault.help = Some(format!("its checks: {}", names.join(", ")));
        faults.push(fault);
    }
    if suite.gates.min_kappa.is_some() && suite.label.is_none() && suite.labels.is_none() {
        let pointer = format!("/suites/{name}/gates/min_kappa");
        let mut fault = places.at_value(&pointer, "κ is agreement with labels, and this suite names none");
        fault.help = Some("set the suite's `label` to the record's field that holds the label".into());
        faults.push(fault);
    }
    if suite.ranking.is_some() && suite.label.is_none() && suite.labels.is_none() {
        let pointer = format!("/suites/{name}/ranking");
        let mut fault =
            places.at_key(&pointer, "a ranking is held against labels, and this suite names none");
        fault.help = Some("set the suite's `label` to the record's field that holds the grade".into());
        faults.push(fault);
    }
    faults.extend(probes::faults(name, &suite.gates.probes.each, places));
    faults.extend(inputs::faults(name, &suite.inputs, &suite.fields, places));
    faults.extend(members_faults(name, suite, places));
    faults
}

/// Judges, members of juries and stages of cascades that have the same name: reports and the command line tell them
/// apart by it. And what a member or a stage says that only the other can.
fn members_faults(name: &str, suite: &SuiteFile, places: &Places) -> Vec<Diagnostic> {
    let mut known: BTreeSet<&str> = suite.judges.keys().map(String::as_str).collect();
    let mut faults = Vec::new();
    for (pointer, member) in members(name, suite) {
        if !known.insert(&member.name) {
            let detail = format!("two judges are called {:?}", member.name);
            faults.push(places.at_value(&format!("{pointer}/name"), detail));
        }
        let is_stage = pointer.contains("/stages/");
        let misplaced = match (is_stage, member.accuracy, member.threshold) {
            (true, Some(_), _) => Some(("accuracy", "is of a jury's members: a stage has a `threshold`")),
            (false, _, Some(_)) => Some(("threshold", "is of a cascade's stages: a jury takes every vote")),
            _ => None,
        };
        faults.extend(
            misplaced.map(|(key, problem)| {
                places.at_key(&format!("{pointer}/{key}"), format!("`{key}` {problem}"))
            }),
        );
    }
    let both = std::iter::once((format!("/suites/{name}"), suite.jury.is_some() && suite.cascade.is_some()));
    let further = suite.judges.iter().map(|(judge, table)| {
        (format!("/suites/{name}/judges/{judge}"), table.jury.is_some() && table.cascade.is_some())
    });
    for (pointer, _) in both.chain(further).filter(|(_, has_both)| *has_both) {
        let detail = "a judge is a jury or a cascade, not both".to_owned();
        faults.push(places.at_key(&format!("{pointer}/cascade"), detail));
    }
    faults
}
